"""What is left of a website that is deleted: nothing is open, and its buyers are forgotten."""

from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..common import queries_of
from .test_retention import OLD, RetentionCase


@tagged("post_install", "-at_install")
class TestWithoutWebsite(RetentionCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["website"].create({"name": "Second", "domain": "https://two.example"})

    def _leave(self, hours_ago=2, **vals):
        """Let a buyer leave a cart in the shop that will be deleted."""
        return self._find(self._make_cart(website=self.shop, hours_ago=hours_ago, **vals))

    def _grow_old(self, unfinished, days=31):
        unfinished.activity_at = fields.Datetime.now() - timedelta(days=days)

    def _knows_somebody(self, unfinished):
        return any(unfinished[name] for name in ("customer_name", "email", "phone", "partner_id"))

    def test_what_was_open_is_closed_with_the_website(self):
        unfinished = self._leave()
        self.shop.unlink()
        self.assertEqual(unfinished.state, "expired")
        self.assertTrue(unfinished.closed_at)

    def test_many_are_closed_in_as_many_queries_as_a_few(self):
        def delete(count):
            shop = self.env["website"].create({"name": "Third", "domain": "https://3.example"})
            self._find(*(self._make_cart(website=shop) for _number in range(count)))
            return queries_of(self.env, shop.unlink)

        delete(1)
        self.assertAlmostEqual(delete(2), delete(12), delta=3)

    def test_what_an_earlier_deletion_has_left_open_is_closed(self):
        unfinished = self._leave()
        unfinished.website_id = False
        self._run_cron("find")
        self.assertEqual(unfinished.state, "expired")

    def test_its_buyers_are_forgotten_once_they_are_old_and_its_orders_stay(self):
        self._start_reminders(self.shop)
        left = self._leave()
        left.order_id.cart_email = "typed@example.com"
        placed = self._leave()
        placed.order_id.action_confirm()
        gone = self._leave()
        gone.order_id.unlink()
        self._remind(left.order_id)
        messages = left.message_ids
        self.assertTrue(messages.filtered("address"))
        cart, order = left.order_id, placed.order_id
        self.shop.unlink()
        self._run_cron("erase_old")
        self.assertTrue(left.email and placed.email and gone.email, "nobody is old yet")
        self._grow_old(left | placed | gone)
        self._run_cron("erase_old")
        self.assertFalse(gone.exists())
        self.assertFalse(self._knows_somebody(left))
        self.assertFalse(self._knows_somebody(placed))
        self.assertFalse(any(messages.mapped("address")))
        self.assertTrue((cart | order).exists())
        self.assertFalse(cart.cart_email)
        self.assertTrue(order.cart_email, "an order knows its own buyer")

    def test_the_longest_time_of_the_companys_websites_holds(self):
        patient = self.env["website"].create(
            {"name": "Patient", "cart_retention": "other", "cart_retention_days": 90}
        )
        self._begin_at_once(patient)
        unfinished = self._leave()
        self.shop.unlink()
        self._grow_old(unfinished, days=89)
        self._run_cron("erase_old")
        self.assertTrue(unfinished.email)
        self._grow_old(unfinished, days=91)
        self._run_cron("erase_old")
        self.assertFalse(unfinished.email)

    def test_a_company_that_keeps_carts_for_ever_keeps_these(self):
        self.website.cart_retention = "never"
        unfinished = self._leave()
        self.shop.unlink()
        self._grow_old(unfinished, days=900)
        self._run_cron("erase_old")
        self.assertTrue(unfinished.email)

    def test_a_company_without_a_website_keeps_them_for_thirty_days(self):
        company = self.env["res.company"].create({"name": "Without a Shop"})
        unfinished = self._leave()
        self.shop.unlink()
        self._grow_old(unfinished, days=29)
        self.env.flush_all()
        query = "UPDATE unfinished_order SET company_id = %s WHERE id = %s"
        self.env.cr.execute(query, [company.id, unfinished.id])
        self.env.invalidate_all()
        self._run_cron("erase_old")
        self.assertTrue(unfinished.email)
        self._grow_old(unfinished, days=31)
        self._run_cron("erase_old")
        self.assertFalse(unfinished.email)

    def test_the_figures_are_the_same_before_and_after(self):
        def figures():
            self.env.flush_all()
            report = self.env["unfinished.order.report"]
            return report._read_group([], ["state"], ["carts:sum", "amount:sum"])

        unfinished = self._leave(hours_ago=OLD) | self._leave()
        unfinished[0].order_id.unlink()
        self.shop.unlink()
        self._grow_old(unfinished)
        before = figures()
        self._run_cron("erase_old")
        self.assertEqual(len(unfinished.exists()), 1)
        self.assertEqual(figures(), before)
