"""The dialog: what it offers, what it counts, and what it refuses."""

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ...tools import conditions
from .common_export import RIGHTS, ExportCase

DIALOG = "unfinished.order.export.dialog"


@tagged("post_install", "-at_install")
class TestExportDialog(ExportCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.orders = self._make_many(5)

    def _dialog(self, ids=(), active_domain=(), **vals):
        """Open the dialog as the list does."""
        context = {
            "active_model": "unfinished.order",
            "active_ids": list(ids),
            "active_domain": list(active_domain),
        }
        return self.env[DIALOG].with_user(self.exporter).with_context(**context).create(vals)

    def _begin(self, dialog):
        action = dialog.action_export()
        return self.env[action["res_model"]].with_user(self.exporter).browse(action["res_id"])

    def _names(self, export):
        self._run_cron("export")
        return [row[0] for row in self._csv_rows(export)[1:]]

    # === Which rows ===#

    def test_the_selection_is_exported_and_nothing_beside_it(self):
        dialog = self._dialog(self.orders[1:3].ids, [("state", "=", "open")], file_format="csv")
        self.assertEqual((dialog.source, dialog.row_count), ("selection", 2))
        export = self._begin(dialog)
        self.assertEqual(self._names(export), ["UO90003", "UO90002"])

    def test_without_a_selection_the_current_filter_is_exported(self):
        self.orders[0]._move_to("emptied")
        dialog = self._dialog(active_domain=[["state", "=", "emptied"]], file_format="csv")
        self.assertEqual((dialog.source, dialog.row_count), ("filter", 1))
        self.assertEqual(self._names(self._begin(dialog)), ["UO90001"])

    def test_a_dialog_from_elsewhere_offers_conditions_only(self):
        dialog = self.env[DIALOG].with_user(self.exporter).create({})
        self.assertEqual(dialog.allowed_sources, ["conditions"])
        self.assertEqual(dialog.row_count, 5)

    def test_conditions_with_fields_of_their_own_are_met_together(self):
        self.orders[0].activity_at = "2026-06-30 20:59:59"  # still the 30th in Sofia
        self.orders[1].activity_at = "2026-06-30 21:00:00"  # the 1st
        self.orders[2].activity_at = "2026-07-01 20:59:59"
        self.orders[3].activity_at = "2026-07-01 21:00:00"  # the 2nd
        self.orders[2]._move_to("expired")
        days = {"date_from": "2026-07-01", "date_to": "2026-07-01"}
        dialog = self._dialog(source="conditions", file_format="csv", **days)
        self.assertEqual(dialog.row_count, 2)
        dialog.state = "expired"
        dialog.website_ids = self.website
        self.assertEqual(dialog.row_count, 1)
        dialog.domain = "[('email', 'ilike', 'buyer3')]"
        self.assertEqual(dialog.row_count, 1)
        export = self._begin(dialog)
        self.assertEqual(self._names(export), ["UO90003"])
        dialog.team_ids = self.env["crm.team"].create({"name": "Nobody's"})
        self.assertEqual(dialog.row_count, 0)
        with self.assertRaisesRegex(UserError, "nothing to export"):
            dialog.action_export()

    def test_every_filter_of_the_list_can_be_exported(self):
        view = self.env.ref("website_sale_order_handling.unfinished_order_view_search")
        arch = etree.fromstring(view.get_combined_arch())
        domains = [node.get("domain") for node in arch.iter("filter") if node.get("domain")]
        domains += [node.get("filter_domain") for node in arch.iter("field")]
        checked = 0
        for domain in filter(None, domains):
            with self.subTest(domain=domain):
                leaves = safe_eval(domain, {"uid": self.exporter.id, "self": "0888 123"})
                dialog = self._dialog(active_domain=leaves)
                self.assertFalse(dialog.trouble)
                self.env["unfinished.order.export"].with_user(self.exporter)._start(
                    dialog._conditions(), ["name"], "csv"
                )
                checked += 1
        self.assertGreater(checked, 14)

    def test_conditions_are_read_as_data_and_only_about_known_fields(self):
        for text in (
            "__import__('os').system('true')",
            "[('id', '=', __import__('os').getpid())]",
            "[('create_uid.password', '!=', False)]",
            "[('customer_key', '=', 'x')]",
            "[('id', 'inselect', ('SELECT 1', []))]",
            "[('order_id', 'any', [('access_token', 'like', 'a')])]",
            "[(1, '=', 2)]",
            "['&']",
            "[('id', '=')]",
            "[('state', '=', {'a': 1})]",
            "{'a': 1}",
            "(" * 5000,
            "[('id', '=', 1)",
            "",
        ):
            with self.subTest(text=text[:60]):
                dialog = self._dialog(source="conditions", domain=text)
                if not text:
                    self.assertEqual(dialog.row_count, 5)
                    continue
                self.assertIn("cannot be used", dialog.trouble)
                with self.assertRaisesRegex(UserError, "cannot be used"):
                    dialog.action_export()
        self.assertFalse(self.env["unfinished.order.export"].search([]))

    def test_a_condition_may_follow_what_a_known_field_refers_to(self):
        dialog = self._dialog(source="conditions", domain="[('product_ids.name', '=', 'Lamp')]")
        self.orders[0].product_ids = self.chair
        self.assertEqual(dialog.row_count, 4)

    def test_conditions_are_parsed_without_a_database(self):
        fields = {"state"}
        self.assertEqual(conditions.parse("[]", fields), [])
        text = "['|', ('state', 'in', ['open']), (1, '=', 1)]"
        self.assertEqual(
            conditions.parse(text, fields), ["|", ("state", "in", ["open"]), (1, "=", 1)]
        )
        for text in ("[1]", "open", "[('name', '=', 'x')]", "['or']"):
            with self.assertRaises(ValueError, msg=text):
                conditions.parse(text, fields)

    # === Columns ===#

    def test_columns_can_be_chosen_ordered_and_saved_for_the_next_time(self):
        with Form(self._dialog(file_format="csv")) as form:
            while len(form.column_ids):
                form.column_ids.remove(0)
            for name in ("email", "name"):
                with form.column_ids.new() as column:
                    column.name = name
            form.save_as = "Call centre"
        export = self._begin(form.record)
        self.assertEqual(export.columns, ["email", "name"])
        saved = self.env["ir.exports"].search([("name", "=", "Call centre")])
        self.assertEqual(saved.resource, "unfinished.order")
        with Form(self._dialog()) as again:
            again.saved_id = saved
        self.assertEqual(again.record._chosen_columns(), ["email", "name"])

    def test_saving_under_a_known_name_replaces_those_columns(self):
        for names in (["name"], ["email", "phone"]):
            dialog = self._dialog(save_as=" Mine ")
            dialog.column_ids = [Command.clear(), *dialog._prepare_columns(names)]
            dialog.action_export()
        saved = self.env["ir.exports"].search([("name", "=", "Mine")])
        self.assertEqual(saved.export_fields.mapped("name"), ["email", "phone"])

    def test_columns_that_cores_dialog_saved_are_offered_as_far_as_they_are_known(self):
        names = ["name", "website_id/display_name", "order_id/partner_id/vat", "activity_at"]
        saved = self.env["ir.exports"].create(
            {
                "name": "By core",
                "resource": "unfinished.order",
                "export_fields": [Command.create({"name": name}) for name in names],
            }
        )
        with Form(self._dialog()) as form:
            form.saved_id = saved
        self.assertEqual(form.record._chosen_columns(), ["name", "website_id", "activity_at"])

    def test_no_column_or_an_unknown_one_is_refused_in_words(self):
        exports = self.env["unfinished.order.export"].with_user(self.exporter)
        with self.assertRaisesRegex(UserError, "at least one"):
            exports._start("[]", [], "csv")
        for name in ("customer_key", "order_id.access_token", "=1+1"):
            with self.assertRaisesRegex(UserError, "no column"):
                exports._start("[]", ["name", name], "csv")

    def test_an_amount_always_comes_with_its_currency(self):
        export = self._ask(["amount_total", "name", "amount_company", "amount_total"])
        self.assertEqual(
            export.columns,
            ["amount_total", "currency_id", "name", "amount_company", "company_currency_id"],
        )

    # === Who may ===#

    def test_a_person_who_may_not_export_cannot_even_open_it(self):
        seller = new_test_user(self.env, "no_export", groups="sales_team.group_sale_salesman")
        clerk = new_test_user(self.env, "clerk", groups="base.group_allow_export")
        for user in (seller, clerk):
            with self.assertRaises(AccessError):
                self.env[DIALOG].with_user(user).create({})
            with self.assertRaises(AccessError):
                self._ask(user=user)

    def test_another_persons_dialog_is_nobodys_business(self):
        dialog = self._dialog()
        other = new_test_user(self.env, "other", groups=RIGHTS)
        with self.assertRaises(AccessError):
            dialog.with_user(other).action_export()
