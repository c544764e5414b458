"""Faults of Odoo's own abandoned-cart mail (B1 to B18): each test fails on core."""

from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, tagged

from .common_engine import EngineCase, smtp_server


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestCoreMailFaults(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.first = cls.campaign.step_ids[0]
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def sending(self, *carts):
        return self._remind(*carts).filtered(lambda message: message.state == "sending")

    def deliver(self):
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        return inbox

    def test_b1_each_website_sends_its_own_template(self):
        """Core's cron sends one hard-coded template for every website."""
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        for website, subject in ((self.website, "From the first"), (other, "From the other")):
            template = website.cart_recovery_mail_template_id.copy({"subject": subject})
            website.cart_recovery_mail_template_id = template
        here = self._make_cart(self._make_customer("A", "a@example.com"))
        there = self._make_cart(self._make_customer("B", "b@example.com"), website=other)
        subjects = {m.address: m.subject for m in self.sending(here, there)}
        self.assertEqual(
            subjects, {"a@example.com": "From the first", "b@example.com": "From the other"}
        )

    def test_b2_the_link_always_carries_a_token_that_opens_the_cart(self):
        """Core's cron mails links without a token."""
        cart = self._make_cart()
        self.assertFalse(cart.access_token)
        body = self.sending(cart).body
        token = body.split("/shop/recover/")[1].split('"')[0]
        links = self.env["unfinished.order.link"]
        self.assertEqual(links._read_token(token)[0], cart)
        self.assertFalse(cart.access_token, "the portal's token is not needed, so none is made")

    def test_b3_one_reminder_is_one_mail(self):
        """Core sends each mail twice: once to the address, once to the contact."""
        cart = self._make_cart()
        message = self.sending(cart)
        self.assertEqual(len(self._queued_mails(message)._prepare_outgoing_list()), 1)
        inbox = self.deliver()
        self.assertEqual(inbox.recipients, ["ada@example.com"])

    def test_b3_neither_does_an_adopted_core_template_send_two(self):
        self.first.mail_template_id = self.env.ref("website_sale.mail_template_sale_cart_recovery")
        self.sending(self._make_cart())
        self.assertEqual(self.deliver().recipients, ["ada@example.com"])

    def test_b5_one_bad_website_does_not_hold_up_the_others(self):
        """In core one failing mail rolls back those of all websites, hour after hour."""
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        template = other.cart_recovery_mail_template_id.copy()
        template.body_html = "<p t-out=\"1 / (object.website_id.name != 'Other' and 1 or 0)\"/>"
        other.cart_recovery_mail_template_id = template
        bad = self._make_cart(self._make_customer("B", "b@example.com"), website=other)
        good = self._make_cart(self._make_customer("A", "a@example.com"))
        messages = self._remind(bad, good)
        states = {m.address: m.state for m in messages if m.step_id.sequence == 0}
        self.assertEqual(states, {"a@example.com": "sending", "b@example.com": "failed"})

    def test_b6_queries_do_not_grow_with_the_number_of_carts(self):
        """Core asks ten queries and more for each cart."""
        carts = [
            self._make_cart(self._make_customer("C", f"c{number}@example.com"))
            for number in range(80)
        ]
        self._find(*carts)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.env["recovery.message"]._send_due_batch(500), 80)
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 80)

    def test_b7_a_cart_that_cannot_be_reminded_is_not_counted_as_reminded(self):
        """Core marks it as reminded for ever; here a later e-mail address helps."""
        buyer = self._make_customer("Eve", email=False, phone="+359888123456")
        cart = self._make_cart(buyer)
        unfinished = self._find(cart)
        self._run_cron("send")
        self.assertFalse(unfinished.is_reminded)
        self.assertFalse(cart.cart_recovery_email_sent)
        buyer.email = "eve@example.com"
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=1, minutes=30)
        self.assertEqual(self.sending(cart).address, "eve@example.com")

    def test_b10_the_mail_queue_is_woken_at_once(self):
        """Core leaves the mails to a queue that runs once an hour."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"]
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        self.sending(self._make_cart())
        trigger = triggers.search([("cron_id", "=", cron.id)])
        self.assertTrue(trigger)
        self.assertLessEqual(min(trigger.mapped("call_at")), fields.Datetime.now())

    def test_b11_core_sends_nothing_beside_us(self):
        cart = self._make_cart(hours_ago=48)
        self.website.send_abandoned_cart_email_activation_time = "2020-01-01"
        mails = self.env["mail.mail"].search_count([])
        self.env.ref("website_sale.ir_cron_send_availability_email").method_direct_trigger()
        self.env["website"]._send_abandoned_cart_email()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertFalse(cart.cart_recovery_email_sent)

    def test_b12_the_delay_counts_from_the_last_change_not_from_the_first(self):
        """In core a customer who is shopping in a cart of ten hours ago has abandoned it."""
        cart = self._make_cart(hours_ago=0, date_order=fields.Datetime.now() - timedelta(hours=10))
        cart._cart_add(self.chair.id)
        self.assertFalse(cart.is_abandoned_cart)
        self.assertFalse(self._find(cart))

    def test_b13_a_delay_of_zero_means_as_soon_as_the_cart_is_unfinished(self):
        """Core reads 0 in three ways; one of them mails customers who have bought."""
        self.website.cart_abandoned_delay = 0
        bought, left = (
            self._make_cart(self._make_customer(name, f"{name}@example.com"))
            for name in ("bought", "left")
        )
        self._find(bought, left)
        self._make_cart(
            self._make_customer("x", "bought@example.com"), hours_ago=0
        ).action_confirm()
        self.assertEqual(self.sending(bought, left).address, "left@example.com")

    def test_b14_a_customer_who_bought_later_is_not_mailed(self):
        """Core overlooks purchases older than the delay, bank transfers and other contacts."""
        buyer = self._make_customer("Eve", "eve@example.com")
        with freeze_time("2026-03-02 07:00:00"):
            cart = self._make_cart(buyer, hours_ago=0)
        with freeze_time("2026-03-02 10:00:00"):
            self._make_cart(buyer, hours_ago=0).action_confirm()
        with freeze_time("2026-03-02 10:30:00"):
            newer = self._make_cart(buyer, hours_ago=0)
        sent = self.sending(cart, newer)
        self.assertEqual(sent.unfinished_id.order_id, newer)

    def test_b17_due_carts_are_found_through_an_index(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'sale_order' AND indexdef LIKE %s",
            ["%cart_activity_at%"],
        )
        (definition,) = self.env.cr.fetchone()
        self.assertIn("(website_id, cart_activity_at, id)", definition)
        self.assertIn("WHERE", definition)

    def test_b18_visitors_carts_do_not_use_up_order_numbers(self):
        """In core every visitor's cart takes an order number, so that orders have gaps."""
        first = self._make_cart()
        first.action_confirm()
        for _visitor in range(5):
            self._make_cart()
        second = self._make_cart()
        second.action_confirm()
        numbers = [int("".join(filter(str.isdigit, order.name))) for order in (first, second)]
        self.assertEqual(numbers[1] - numbers[0], 1)
