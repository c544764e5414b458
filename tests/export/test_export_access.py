"""Who gets a file: the one who asked for it, as long as they may, and nobody else."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from .common_export import RIGHTS, ExportCase

EXPORT = "unfinished.order.export"


@tagged("post_install", "-at_install")
class TestExportAccess(ExportCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = new_test_user(cls.env, "other", groups=RIGHTS)
        cls.administrator = new_test_user(
            cls.env, "administrator", groups=f"base.group_system,{RIGHTS}"
        )

    def test_everybody_sees_their_own_exports_and_administrators_all(self):
        mine, theirs = self._ask(), self._ask(user=self.other)
        for user, seen in (
            (self.exporter, mine),
            (self.other, theirs),
            (self.administrator, mine | theirs),
        ):
            self.assertEqual(self.env[EXPORT].with_user(user).search([]), seen, user.login)

    def test_who_has_no_e_mail_is_not_told_to_wait_for_one(self):
        for address, promised in (("exporter@example.com", True), (False, False)):
            self.exporter.email = address
            export = self._ask().with_user(self.exporter)
            said = "you get an e-mail" in export.wait_text
            self.assertEqual(said, promised, export.wait_text)
            self.assertEqual(export.is_told, promised)
            with self.assertRaisesRegex(UserError, "not finished yet") as refused:
                export.action_download()
            self.assertEqual(str(refused.exception), export.wait_text)

    def test_another_persons_export_cannot_be_stopped_repeated_downloaded_or_deleted(self):
        export = self._export().with_user(self.other)
        for forbidden in ("action_cancel", "action_retry", "action_download", "unlink"):
            with self.assertRaises(AccessError, msg=forbidden):
                getattr(export, forbidden)()

    def test_an_administrator_may_stop_an_export_but_not_read_it(self):
        export = self._ask().with_user(self.administrator)
        export.action_cancel()
        self.assertEqual(export.state, "cancelled")
        done = self._export().with_user(self.administrator)
        with self.assertRaises(AccessError):
            done.action_download()

    def test_nobody_writes_an_export_by_hand(self):
        export = self._ask()
        for user in (self.exporter, self.administrator):
            with self.assertRaises(AccessError):
                export.with_user(user).write({"domain": "[]"})
            with self.assertRaises(AccessError):
                export.with_user(user).create({"name": "X", "user_id": user.id, "columns": []})

    def test_the_parts_of_a_file_are_for_nobody(self):
        self._make_many(1)
        part = self._export().sudo().part_ids
        for user in (self.exporter, self.other):
            with self.assertRaises(AccessError):
                part.with_user(user).read(["last_id"])
            with self.assertRaises(AccessError):
                part.attachment_id.with_user(user).read(["raw"])

    def test_fault_61_only_the_requesters_companies_are_exported(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        shop = self.env["website"].create({"name": "Other Shop", "company_id": company.id})
        ours = self._make_many(1)
        self._make_many(1, name="UO80001", company_id=company.id, website_id=shop.id)
        export = self._export()
        self.assertEqual([row[0] for row in self._csv_rows(export)[1:]], ours.mapped("name"))
        # Of two companies, those that were switched on when the file was asked for.
        self.exporter.company_ids = [Command.link(company.id)]
        exports = self.env[EXPORT].with_user(self.exporter)
        for companies in (ours.company_id, ours.company_id | company):
            switched_on = exports.with_context(allowed_company_ids=companies.ids)
            export = switched_on._start("[]", ["name"], "csv")
            self._run_cron("export")
            self.assertEqual(len(self._csv_rows(export)) - 1, len(companies))

    def test_record_rules_hold_while_the_file_is_written(self):
        orders = self._make_many(3)
        export = self._ask()
        self.env["ir.rule"].create(
            {
                "name": "Only one",
                "model_id": self.env["ir.model"]._get_id("unfinished.order"),
                "domain_force": f"[('id', '=', {orders[1].id})]",
            }
        )
        self._run_cron("export")
        self.assertEqual([row[0] for row in self._csv_rows(export)[1:]], ["UO90002"])

    def test_a_colleagues_order_that_the_requester_may_not_see_has_no_name_in_the_file(self):
        order = self.env["sale.order"].create(
            {"partner_id": self._make_customer().id, "user_id": self.other.id}
        )
        self._make_many(1, placed_order_id=order.id)
        _head, row = self._csv_rows(self._export(["name", "placed_order_id"]))
        self.assertEqual(row, ["UO90001", ""])

    def test_who_loses_the_right_gets_no_file(self):
        self._make_many(1)
        running, done = self._ask(), self._export()
        running.sudo()._move_to("waiting")
        late = self._ask()
        self.exporter.group_ids -= self.env.ref("base.group_allow_export")
        self._run_cron("export")
        self.assertEqual(late.state, "failed")
        self.assertIn("may not export", late.error)
        with self.assertRaises(AccessError):
            done.action_download()
        with self.assertRaises(AccessError):
            late.action_retry()

    def test_who_loses_a_company_gets_no_file_of_it(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        self.exporter.company_ids = [Command.link(company.id)]
        exports = self.env[EXPORT].with_user(self.exporter)
        export = exports.with_context(allowed_company_ids=self.exporter.company_ids.ids)._start(
            "[]", ["name"], "csv"
        )
        self.exporter.company_ids = [Command.unlink(company.id)]
        self._run_cron("export")
        self.assertEqual(export.sudo().state, "failed")
        self.assertIn("no longer have access", export.sudo().error)

    def test_fault_74_an_archived_requester_stops_only_their_own_export(self):
        self._make_many(1)
        theirs, ours = self._ask(user=self.other), self._ask()
        self.other.active = False
        self._run_cron("export")
        self.assertEqual((theirs.sudo().state, ours.state), ("failed", "done"))


@tagged("post_install", "-at_install")
class TestExportDownload(ExportCase, HttpCase):
    def setUp(self):
        super().setUp()
        self._make_many(3)
        self.export = self._export(file_format="xlsx")
        self.path = f"/unfinished-orders/exports/{self.export.id}"
        self.page = f"/odoo/unfinished-order-exports/{self.export.id}"

    def _come_as(self, login):
        self.authenticate(login, login)

    def _get(self, path):
        return self.url_open(path, allow_redirects=False)

    def test_the_requester_downloads_the_file(self):
        self._come_as("exporter")
        self.assertEqual(self._get(self.page).status_code, 200)
        answer = self._get(self.path)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.content, self._content(self.export))
        self.assertEqual(len(answer.content), int(answer.headers["Content-Length"]))
        self.assertIn(".xlsx", answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_fault_46_a_stranger_is_asked_to_sign_in(self):
        self._come_as(None)
        for path in (self.path, self.page):
            answer = self._get(path)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_fault_46_nobody_else_gets_anything(self):
        new_test_user(self.env, "other", groups=RIGHTS)
        new_test_user(self.env, "clerk", groups="base.group_user,base.group_allow_export")
        new_test_user(self.env, "administrator", groups=f"base.group_system,{RIGHTS}")
        self._make_portal_user("portal_ada")
        attachment = self.export.sudo().part_ids.attachment_id[:1]
        for login in ("other", "clerk", "administrator", "portal_ada"):
            self._come_as(login)
            with self.subTest(login=login):
                self.assertEqual(self._get(self.path).status_code, 404)
                raw = self._get(f"/web/content/{attachment.id}?download=1")
                if login != "administrator":
                    self.assertEqual(raw.status_code, 404)

    def test_fault_46_the_parts_cannot_be_fetched_one_by_one(self):
        attachment = self.export.sudo().part_ids.attachment_id[:1]
        for login in ("exporter", None):
            self._come_as(login)
            self.assertEqual(self._get(f"/web/content/{attachment.id}").status_code, 404)

    def test_fault_47_a_number_that_means_nothing_is_not_found(self):
        self._come_as("exporter")
        for number in ("0", "999999999", "9" * 30, "-1", "abc", "1.5"):
            with self.subTest(number=number):
                answer = self._get(f"/unfinished-orders/exports/{number}")
                self.assertEqual(answer.status_code, 404)

    def test_a_file_that_is_not_there_leads_to_its_page(self):
        self._come_as("exporter")
        self.export.sudo()._move_to("expired")
        answer = self._get(self.path)
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith(self.page))

    def test_a_user_who_may_no_longer_export_gets_nothing(self):
        self.exporter.group_ids -= self.env.ref("base.group_allow_export")
        self._come_as("exporter")
        self.assertEqual(self._get(self.path).status_code, 404)


@tagged("post_install", "-at_install")
class TestExportInBrowser(ExportCase, HttpCase):
    def test_a_selection_is_exported_in_a_browser(self):
        self._make_many(3)
        admin = self.env.ref("base.user_admin")
        admin.group_ids += self.env.ref("base.group_allow_export")
        self.env["ir.exports"].create(
            {
                "name": "Two columns",
                "resource": "unfinished.order",
                "export_fields": [Command.create({"name": name}) for name in ("name", "state")],
            }
        )
        self.start_tour("/odoo/unfinished-orders", "backend_export", login="admin")
        export = self.env[EXPORT].search([])
        self.assertEqual(export.columns, ["name", "activity_at"])
        names = [row[0] for row in self._book(export).active.values]
        self.assertEqual(names, ["Number", "UO90003", "UO90001"])
