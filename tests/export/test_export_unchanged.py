"""A file is what was written, whatever its requester changes before, while and after."""

from datetime import datetime
from unittest.mock import patch

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger
from odoo.tools.sql import table_columns

from ...tools import xlsx
from .common_export import ExportCase

LANGUAGE = "fr_FR"
MAILS = "odoo.addons.website_sale_order_handling.models.export.unfinished_order_export_end"
COLUMNS = ["name", "email", "activity_at", "state", "product_ids"]
ROWS = 6


class ChangingCase(ExportCase):
    """Somebody who changes everything that a file is made with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(LANGUAGE)
        cls.translate("email", "Courriel, en français")
        translate = cls.env._
        cls.title = "Commandes inachevées, dont le titre est bien plus long"
        french = {"Unfinished Orders": cls.title, "Customer": "Cliente"}

        def in_french(env, source, *args, **kwargs):
            text = french.get(source) if env.lang == LANGUAGE else None
            return text or translate.__func__(env, source, *args, **kwargs)

        patcher = patch.object(type(cls.env), "_", in_french)
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        cls.lamp.with_context(lang=LANGUAGE).name = "Lampe"
        cls._make_rows()

    @classmethod
    def translate(cls, name, text):
        field = cls.env["ir.model.fields"]._get("unfinished.order", name)
        field.with_context(lang=LANGUAGE).field_description = text

    @classmethod
    def _make_rows(cls):
        cls.orders = cls.env["unfinished.order"].create(
            [cls._prepare_unfinished(cls, number) for number in range(1, ROWS + 1)]
        )

    def changes(self):
        """Return what a person can change about themselves and the shop, by name."""
        return {
            "language": lambda: self.exporter.write({"lang": LANGUAGE}),
            "time zone": lambda: self.exporter.write({"tz": "Asia/Tokyo"}),
            "no time zone": lambda: self.exporter.write({"tz": False}),
            "name": lambda: self.exporter.write({"name": "Somebody Else", "login": "else"}),
            "label": lambda: self.label("email", "The address of the buyer"),
            "code": lambda: self.patch(xlsx, "STYLES", xlsx.STYLES + "<!-- later -->"),
            "group": lambda: self.exporter.write(
                {"group_ids": [(4, self.env.ref("sales_team.group_sale_manager").id)]}
            ),
        }

    def label(self, name, text):
        self.env["ir.model.fields"]._get("unfinished.order", name).field_description = text

    def _write(self, export, **limits):
        export = export.sudo()
        for _batch in range(50):
            export._write_batch(**limits)
            self.env.flush_all()
            self.env.invalidate_all()
            if export.state == "done":
                return
        self.fail("the file never ends")

    def _sheets(self, export):
        book = self._book(export)
        return {name: [list(row) for row in book[name].values] for name in book.sheetnames}


@tagged("post_install", "-at_install")
class TestExportUnchanged(ChangingCase, TransactionCase):
    def test_a_file_has_the_size_that_was_promised_whatever_is_changed_when(self):
        for file_format in ("csv", "xlsx"):
            for name, change in self.changes().items():
                for moment in ("before", "between", "after"):
                    with (
                        self.subTest(file_format=file_format, change=name, moment=moment),
                        self.env.cr.savepoint(flush=False) as savepoint,
                    ):
                        export = self._ask(COLUMNS, file_format)
                        if moment == "before":
                            change()
                        export.sudo()._write_batch(batch=2, sheet_rows=3)
                        if moment == "between":
                            change()
                        self._write(export, batch=2, sheet_rows=3)
                        written = self._content(export)
                        if moment == "after":
                            change()
                        self.env.flush_all()
                        self.env.invalidate_all()
                        export._ensure_downloadable()
                        content = self._content(export)
                        self.assertEqual(content, written)
                        self.assertEqual(export.file_size, len(content))
                        self.assertEqual(export._size_of(export._pieces()), len(content))
                        self.assertTrue(self._rows(export))
                        savepoint.rollback()
                        self.env.invalidate_all()

    def _rows(self, export):
        if export.file_format == "csv":
            return self._csv_rows(export)
        return list(self._sheets(export).values())

    def test_all_sheets_have_the_title_the_heads_and_the_clock_of_the_first_part(self):
        export = self._ask(COLUMNS, "xlsx")
        export.sudo()._write_batch(batch=2, sheet_rows=2)
        self.exporter.write({"lang": LANGUAGE, "tz": "Asia/Tokyo"})
        self.label("email", "The address of the buyer")
        self._write(export, batch=2, sheet_rows=2)
        sheets = self._sheets(export)
        self.assertEqual(
            list(sheets), ["Unfinished Orders", "Unfinished Orders 2", "Unfinished Orders 3"]
        )
        for rows in sheets.values():
            self.assertEqual(rows[0], ["Number", "E-mail", "Last Activity", "State", "Products"])
            for row in rows[1:]:
                self.assertEqual(row[2:], [datetime(2026, 7, 2, 0, 30), "Open", "Lamp, Chair"])

    def test_rows_of_a_csv_file_stay_in_its_language_and_time_zone(self):
        export = self._ask(COLUMNS, "csv")
        export.sudo()._write_batch(batch=2)
        self.exporter.write({"lang": LANGUAGE, "tz": "Asia/Tokyo"})
        self._write(export, batch=2)
        head, *rows = self._csv_rows(export)
        self.assertEqual(head[1], "E-mail")
        self.assertEqual({tuple(row[2:]) for row in rows}, {tuple(rows[0][2:])})
        self.assertEqual(rows[0][4], "Lamp, Chair")

    def test_what_is_changed_before_the_first_part_is_in_the_file(self):
        export = self._ask(COLUMNS, "xlsx")
        self.exporter.lang = LANGUAGE
        self._write(export)
        ((title, rows),) = self._sheets(export).items()
        self.assertEqual(title, self.title[:31])
        self.assertEqual((rows[0][1], rows[1][4]), ("Courriel, en français", "Lampe, Chair"))

    def test_trying_again_takes_the_words_of_now(self):
        export = self._export(COLUMNS, "xlsx")
        self.exporter.lang = LANGUAGE
        export.sudo()._move_to("expired")
        export.action_retry()
        self._write(export)
        self.assertEqual(list(self._sheets(export)), [self.title[:31]])
        self.assertEqual(export.file_size, len(self._content(export)))

    @mute_logger(MAILS)  # other environments of this test's transaction keep the language
    def test_a_language_that_is_removed_meanwhile_stops_no_export(self):
        self.exporter.lang = LANGUAGE
        export = self._ask(COLUMNS, "xlsx")
        export.sudo()._write_batch(batch=2)
        self.exporter.lang = "en_US"
        known = self.registry["res.lang"]._get_data

        def only_others(langs, **search):  # what a real removal leaves in caches outlives a test
            return known(langs, **({"code": "gone"} if search.get("code") == LANGUAGE else search))

        self.patch(self.registry["res.lang"], "_get_data", only_others)
        self._write(export, batch=2)
        self.assertEqual(list(self._sheets(export)), [self.title[:31]])
        self.assertEqual(export.file_size, len(self._content(export)))

    def test_a_file_begun_before_the_upgrade_is_finished(self):
        export = self._ask(COLUMNS, "xlsx").sudo()
        export._write_batch(batch=2)
        export.wording = False
        self._write(export, batch=2)
        self.assertEqual(export.file_size, len(self._content(export)))

    # === Large files ===#

    def test_the_size_of_a_file_of_more_than_4_gib_is_kept(self):
        for file_format in ("csv", "xlsx"):
            with self.subTest(file_format=file_format):
                export = self._ask(["name"], file_format).sudo()
                for _batch in range(3):
                    export._write_batch(batch=2)
                    self.env.flush_all()
                    self.env.cr.execute(
                        "UPDATE ir_attachment SET file_size = 2000000000 WHERE id IN %s",
                        [tuple(export.part_ids.attachment_id.ids)],
                    )
                    self.env.invalidate_all()
                self._write(export, batch=2)
                self.assertGreater(export.file_size, 2**32)
                self.assertEqual(export.file_size, export._size_of(export._pieces()))
                self.assertEqual(export.file_size_text, "5.59 Gb")
                self.assertEqual(export.read(["file_size"])[0]["file_size"], export.file_size)
                domain = [("file_size", ">", 2**32), ("id", "=", export.id)]
                self.assertEqual(export.search(domain), export)

    def test_the_column_of_an_earlier_version_is_widened_with_what_it_holds(self):
        export = self._export(["name"])
        size = export.file_size
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE unfinished_order_export ALTER file_size TYPE int4")
        columns = table_columns(self.env.cr, export._table)
        export._fields["file_size"].update_db_column(export, columns["file_size"])
        self.env.cr.execute(
            """SELECT data_type FROM information_schema.columns
                WHERE table_name = 'unfinished_order_export' AND column_name = 'file_size'"""
        )
        self.assertEqual(self.env.cr.fetchone(), ("bigint",))
        self.env.invalidate_all()
        self.assertEqual(export.file_size, size)


@tagged("post_install", "-at_install")
class TestDownloadUnchanged(ChangingCase, HttpCase):
    def test_a_download_is_as_long_as_it_says_whatever_was_changed(self):
        exports = [self._export(COLUMNS, file_format) for file_format in ("csv", "xlsx")]
        written = [self._content(export) for export in exports]
        for name, change in self.changes().items():
            change()
            self.authenticate(self.exporter.login, "exporter")
            for export, content in zip(exports, written, strict=True):
                with self.subTest(after=name, file_format=export.file_format):
                    answer = self.url_open(export._download_path(), allow_redirects=False)
                    self.assertEqual(answer.status_code, 200)
                    self.assertEqual(answer.content, content)
                    self.assertEqual(int(answer.headers["Content-Length"]), len(content))

    def test_a_download_says_its_length_beyond_4_gib(self):
        export = self._export(COLUMNS)
        large = 5 * 2**30
        self.patch(self.registry["unfinished.order.export"], "_size_of", lambda *_args: large)
        self.patch(self.registry["unfinished.order.export"], "_pieces", lambda _self: [])
        self.authenticate("exporter", "exporter")
        answer = self.url_open(export._download_path(), method="HEAD", allow_redirects=False)
        self.assertEqual(answer.headers["Content-Length"], str(large))
