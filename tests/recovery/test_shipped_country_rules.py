from odoo.tests import TransactionCase, tagged

from ...tools.law import Law, has_hours


@tagged("post_install", "-at_install")
class TestShippedCountryRules(TransactionCase):
    def test_vietnam_allows_three_texts_from_seven_to_ten_that_begin_with_a_label(self):
        rule = self.env.ref("website_sale_order_handling.country_rule_vn_sms")
        self.assertEqual(rule._law(), Law(from_hour=7, to_hour=22, limit=3, label="[QC]"))

    def test_no_country_limits_the_hours_of_e_mail(self):
        laws = self.env["recovery.country.rule"]._laws("email")
        self.assertFalse([code for code, law in laws.items() if has_hours(law)])

    def test_each_shipped_rule_says_where_that_is_written(self):
        shipped = self.env["ir.model.data"].search(
            [
                ("module", "=", "website_sale_order_handling"),
                ("model", "=", "recovery.country.rule"),
            ]
        )
        self.assertTrue(shipped)
        self.assertTrue(all(shipped.mapped("noupdate")))
        rules = self.env["recovery.country.rule"].browse(shipped.mapped("res_id"))
        self.assertTrue(all(rules.mapped("reference")))
