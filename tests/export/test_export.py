"""Exports: what is in the file, how it grows, and how it ends."""

from datetime import datetime, timedelta
from functools import partial

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ...tools import status
from ..common import queries_of
from ..tools.test_cells import RUN_BY_SPREADSHEETS
from .common_export import ExportCase

LOG = "odoo.addons.website_sale_order_handling.models.export.unfinished_order_export_end"
RENDERING = "odoo.addons.mail.models.mail_render_mixin"


@tagged("post_install", "-at_install")
class TestExportedFile(ExportCase, TransactionCase):
    def test_a_csv_file_has_a_row_for_each_order_newest_first(self):
        self._make_many(3)
        export = self._export(["name", "email", "amount_total"])
        self.assertEqual(
            self._csv_rows(export),
            [
                ["Number", "E-mail", "Amount", "Currency"],
                ["UO90003", "buyer3@example.com", "31.5", "USD"],
                ["UO90002", "buyer2@example.com", "21.0", "USD"],
                ["UO90001", "buyer1@example.com", "10.5", "USD"],
            ],
        )
        self.assertTrue(self._content(export).startswith(b"\xef\xbb\xbf"))
        self.assertEqual(export.file_size, len(self._content(export)))

    def test_numbers_moments_and_choices_are_real_cells_in_xlsx(self):
        self._make_many(1, payment_failed=True, quantity=2.5)
        columns = ["activity_at", "amount_total", "quantity", "state", "payment_failed"]
        columns += ["product_ids", "website_id", "closed_at"]
        sheet = self._book(self._export(columns, "xlsx")).active
        head, row = sheet.values
        self.assertEqual(head[:3], ("Last Activity", "Amount", "Currency"))
        self.assertEqual(
            row,
            (
                datetime(2026, 7, 2, 0, 30),  # in the requester's time zone
                10.5,
                "USD",
                2.5,
                "Open",
                True,
                "Lamp, Chair",
                self.website.name,
                None,
            ),
        )
        self.assertEqual(sheet.freeze_panes, "A2")

    def test_every_column_there_is_can_be_exported_in_both_formats(self):
        self._start_reminders()
        self._remind(self._make_cart())
        columns = self.env["unfinished.order.export"]._known_columns()
        (head, row) = self._csv_rows(self._export(columns))
        self.assertEqual(len(head), len(columns))
        (_head, cells) = self._book(self._export(columns, "xlsx")).active.values
        shown = dict(zip(columns, row, strict=True))
        self.assertEqual(shown["reminder_count"], "0")
        self.assertEqual(shown["reminder_note"], "Scheduled")
        self.assertEqual(shown["company_currency_id"], "USD")
        due = cells[columns.index("next_reminder_at")]
        self.assertEqual(str(due), shown["next_reminder_at"])

    def test_labels_and_names_are_in_the_language_of_the_requester(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.model.fields"]._get("unfinished.order", "email").with_context(
            lang="fr_FR"
        ).field_description = "Courriel"
        self.lamp.with_context(lang="fr_FR").name = "Lampe"
        self.exporter.lang = "fr_FR"
        self._make_many(1)
        head, row = self._csv_rows(self._export(["email", "product_ids"]))
        self.assertEqual(head[0], "Courriel")
        self.assertEqual(row[1], "Lampe, Chair")

    def test_fault_57_nothing_that_a_buyer_types_is_run_by_a_spreadsheet(self):
        orders = self._make_many(len(RUN_BY_SPREADSHEETS))
        for order, text in zip(orders, RUN_BY_SPREADSHEETS, strict=True):
            order.write({"customer_name": text, "email": text, "phone": text})
        self.lamp.name = "=1+1"
        columns = ["customer_name", "email", "phone", "product_ids", "amount_total"]
        rows = self._csv_rows(self._export(columns))[1:]
        for row, text in zip(reversed(rows), RUN_BY_SPREADSHEETS, strict=True):
            for cell in row[:4]:
                self.assertTrue(cell.startswith("'"), (text, cell))
            self.assertGreater(float(row[4]), 0)
        for row in self._book(self._export(columns, "xlsx")).active.iter_rows(min_row=2):
            for cell in row[:4]:
                self.assertEqual(cell.data_type, "s")
                self.assertTrue(cell.quotePrefix)
            self.assertEqual(row[4].data_type, "n")

    def test_only_what_meets_the_conditions_is_exported(self):
        orders = self._make_many(4)
        orders[0]._move_to("expired")
        export = self._export(["name"], domain="[('state', '=', 'open')]")
        self.assertEqual(export.total_count, 3)
        self.assertEqual(len(self._csv_rows(export)), 4)

    def test_an_export_that_finds_nothing_more_has_its_head_only(self):
        for file_format in ("csv", "xlsx"):
            export = self._export(["name"], file_format, domain="[('id', '=', 0)]")
            self.assertEqual((export.row_count, export.progress), (0, 100))
        self.assertEqual(list(self._book(export).active.values), [("Number",)])

    # === Growing ===#

    def _write(self, export, **limits):
        """Write the file in small batches, each by a process that knows only the database."""
        export = export.sudo()
        for _batch in range(50):
            export._write_batch(**limits)
            self.env.invalidate_all()
            if export.state == "done":
                return
        self.fail("the file never ends")

    def test_what_is_in_a_file_is_not_kept_for_search(self):
        self._make_many(1)
        for file_format in ("csv", "xlsx"):
            attachment = self._export(file_format=file_format).sudo().part_ids.attachment_id
            self.assertFalse(attachment.index_content)

    def test_many_batches_make_the_same_file_as_one(self):
        self._make_many(10)
        for file_format in ("csv", "xlsx"):
            whole, pieces = (self._ask(file_format=file_format) for _export in range(2))
            self._write(whole)
            for size in (3, 5, 10):
                with self.subTest(file_format=file_format, size=size):
                    pieces.sudo()._move_to("done")
                    pieces.sudo()._move_to("expired")
                    pieces.action_retry()
                    self._write(pieces, batch=size)
                    self.assertEqual(self._table(pieces), self._table(whole))
                    self.assertEqual(pieces.row_count, 10)

    def _table(self, export):
        if export.file_format == "csv":
            return self._csv_rows(export)
        return [list(sheet.values) for sheet in self._book(export)]

    def test_a_million_rows_would_be_split_into_sheets(self):
        self._make_many(10)
        for rows, sizes in ((4, [4, 4, 2]), (5, [5, 5]), (10, [10]), (11, [10])):
            for batch in (2, 3, 5, 100):
                with self.subTest(rows=rows, batch=batch):
                    export = self._ask(file_format="xlsx")
                    self._write(export, batch=batch, sheet_rows=rows)
                    sheets = self._table(export)
                    self.assertEqual([len(sheet) - 1 for sheet in sheets], sizes)
                    self.assertEqual({sheet[0] for sheet in sheets}, {("Number", "E-mail")})
                    names = [row[0] for sheet in sheets for row in sheet[1:]]
                    self.assertEqual(names, sorted(names, reverse=True))
                    self.assertEqual(len(set(names)), 10)

    def test_orders_that_change_or_come_meanwhile_are_neither_lost_nor_doubled(self):
        orders = self._make_many(6)
        export = self._ask(["name"])
        export.sudo()._write_batch(batch=3)
        orders[0].activity_at = "2026-07-02 10:00:00"
        self._make_many(1, name="UO99999")
        self._write(export, batch=3)
        names = [row[0] for row in self._csv_rows(export)[1:]]
        self.assertEqual(names, [order.name for order in reversed(orders)])

    def test_a_batch_takes_the_same_number_of_queries_whatever_its_size(self):
        self._make_many(120)
        columns = self.env["unfinished.order.export"]._known_columns()
        counts = []
        for size in (5, 50):
            export = self._ask(columns, "xlsx").sudo()
            export._write_batch(batch=size)
            counts.append(queries_of(self.env, partial(export._write_batch, batch=size)))
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_how_far_it_is_can_be_seen(self):
        self._make_many(10)
        export = self._ask()
        self.assertEqual((export.row_count, export.progress), (0, 0))
        export.sudo()._write_batch(batch=3)
        self.assertEqual((export.state, export.row_count, export.progress), ("running", 3, 30))
        self._write(export, batch=3)
        self.assertEqual((export.row_count, export.progress), (10, 100))

    # === Ending ===#

    def test_cancelling_stops_it_and_drops_what_was_written(self):
        self._make_many(6)
        export = self._ask()
        export.sudo()._write_batch(batch=3)
        export.action_cancel()
        self.assertEqual(export.state, "cancelled")
        self.assertFalse(export.sudo().part_ids)
        self._run_cron("export")
        self.assertEqual(export.state, "cancelled")
        with self.assertRaisesRegex(UserError, "not finished"):
            export.action_download()

    def test_what_failed_or_was_cancelled_can_be_tried_again(self):
        self._make_many(2)
        export = self._ask()
        export.action_cancel()
        export.action_retry()
        self._run_cron("export")
        self.assertEqual(export.state, "done")
        self.assertEqual(len(self._csv_rows(export)), 3)

    def test_states_move_as_the_table_says(self):
        export = self._ask().sudo()
        for state, targets in status.EXPORT_MOVES.items():
            for target in status.EXPORT_MOVES:
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE unfinished_order_export SET state = %s WHERE id = %s",
                    [state, export.id],
                )
                export.invalidate_recordset()
                export._move_to(target)
                self.assertEqual(export.state, target if target in targets else state)

    def test_fault_20_a_full_disk_fails_visibly_and_leaves_no_half_file(self):
        self._make_many(6)
        export = self._ask()
        export.sudo()._write_batch(batch=3)

        def refuse(_self, _value, _checksum):
            raise OSError(28, "No space left on device")

        self.patch(self.registry["ir.attachment"], "_file_write", refuse)
        self._run_cron("export")
        self.assertEqual(export.state, "failed")
        self.assertIn("No space left on device", export.error)
        self.assertFalse(export.sudo().part_ids)
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "unfinished.order.export.part")]
        )
        self.assertFalse(attachments)

    def test_fault_20_bytes_that_cannot_be_read_back_are_no_file(self):
        self._make_many(1)
        export = self._ask()
        self.patch(self.registry["ir.attachment"], "_file_read", lambda *_args, **_kw: b"half")
        self._run_cron("export")
        self.assertEqual(export.state, "failed")
        self.assertIn("cannot be read back", export.error)

    def test_fault_9_a_poisoned_export_fails_and_the_next_one_is_written(self):
        self._make_many(1)
        poisoned, fine = self._ask(), self._ask()
        poisoned.sudo().columns = ["gone"]
        self._run_cron("export")
        self.assertEqual((poisoned.state, fine.state), ("failed", "done"))
        self.assertIn("gone", poisoned.error)

    def test_a_broken_mail_template_does_not_spoil_the_file(self):
        self._make_many(1)
        template = self.env.ref("website_sale_order_handling.mail_template_export_done")
        template.body_html = '<t t-out="object.nonsense"/>'
        export = self._ask()
        with mute_logger(RENDERING), self.assertLogs(LOG, "ERROR"):
            self._run_cron("export")
        self.assertEqual(export.state, "done")

    # === Telling ===#

    def _mail(self, export):
        mails = self.env["mail.mail"].search([("model", "=", export._name)])
        return mails.filtered(lambda mail: mail.res_id == export.id)

    def test_the_requester_gets_an_e_mail_with_a_link_to_the_page(self):
        self._make_many(2)
        export = self._export()
        mail = self._mail(export)
        self.assertEqual(mail.recipient_ids, self.exporter.partner_id)
        self.assertIn(f"/odoo/unfinished-order-exports/{export.id}", mail.body_html)
        self.assertNotIn("access_token", mail.body_html)
        self.assertNotIn("/web/content", mail.body_html)
        self.assertNotIn("buyer1@example.com", mail.body_html)
        self.assertFalse(mail.attachment_ids)

    def test_the_requester_hears_of_a_failure_and_why(self):
        export = self._ask()
        export.sudo().columns = ["gone"]
        self._run_cron("export")
        mail = self._mail(export)
        self.assertIn("could not be written", mail.body_html)
        self.assertIn("gone", mail.body_html)

    def test_a_requester_without_e_mail_still_gets_the_file(self):
        self.exporter.email = False
        export = self._export()
        self.assertFalse(self._mail(export))

    # === Expiring ===#

    def test_a_file_is_deleted_after_a_week(self):
        self._make_many(1)
        with freeze_time("2026-03-02 10:00:00"):
            export = self._export()
        self.assertEqual(export.expires_at, fields.Datetime.to_datetime("2026-03-09 10:00:00"))
        attachments = export.sudo().part_ids.attachment_id
        with freeze_time("2026-03-09 09:59:00"):
            self.env["unfinished.order.export"]._gc_files()
            self.assertEqual(export.state, "done")
        with freeze_time("2026-03-09 10:01:00"):
            with self.assertRaisesRegex(UserError, "has been deleted"):
                export.action_download()
            self.env["unfinished.order.export"]._gc_files()
        self.assertEqual((export.state, export.row_count), ("expired", 1))
        self.assertIn("is kept for 7 days", export.gone_text)
        self.assertFalse(attachments.exists())

    def test_the_line_itself_goes_after_three_months(self):
        export = self._export()
        for days, left in ((80, export), (100, export.browse())):
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.env["unfinished.order.export"]._gc_files()
            self.assertEqual(export.exists(), left)

    def test_erasing_a_person_takes_the_files_with_it_in_which_they_may_be(self):
        orders = self._make_many(6, customer_key="x")
        done, running, about = (
            self._export(),
            self._ask(),
            self._ask(domain="[('email', 'ilike', 'BUYER1@example.com')]"),
        )
        waiting = self._ask()
        running.sudo()._write_batch(batch=3)
        manager = new_test_user(self.env, "eraser", groups="sales_team.group_sale_manager")
        orders[0].with_user(manager)._erase_person()
        self.assertEqual((done.state, running.state), ("expired", "cancelled"))
        self.assertFalse((done | running).sudo().part_ids)
        self.assertIn("a person was erased", done.gone_text)
        self.assertIn("was stopped, because a person was erased", running.gone_text)
        self.assertNotIn("buyer1", about.domain.lower())
        self.assertEqual(about.state, "cancelled")
        self.assertIn("named a person who has been erased", about.gone_text)
        with self.assertRaisesRegex(UserError, "named a person"):
            about.action_retry()
        self.assertFalse(waiting.end_reason)
        self.assertEqual(waiting.state, "waiting")

    def test_deleting_an_export_deletes_its_file(self):
        self._make_many(1)
        export = self._export()
        attachments = export.sudo().part_ids.attachment_id
        export.unlink()
        self.assertFalse(attachments.exists())

    def test_what_the_database_leaves_of_a_deleted_users_exports_is_swept_up(self):
        self._make_many(1)
        export = self._export()
        attachments = export.sudo().part_ids.attachment_id
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM unfinished_order_export WHERE id = %s", [export.id])
        self.env.invalidate_all()
        self.env["unfinished.order.export"]._gc_files()
        self.assertFalse(attachments.exists())
