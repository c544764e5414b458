"""A payment that fails is answered minutes later, with a link that leads back to the payment."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import SQL

from ..common_engine import EngineCase, smtp_server
from ..common_shop import ShopCase

NOON = "2026-03-02 12:00:00"


def at(time):
    return freeze_time(f"2026-03-02 {time}:00")


class FailedCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaigns = cls.website.recovery_campaign_ids
        cls.soon = cls.campaigns.filtered(lambda c: c.trigger == "payment_failed")
        cls.soon.is_running = True
        cls.soon.active_since = fields.Datetime.now() - timedelta(days=30)
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def fail(self, cart, words="The card was refused."):
        """Let the buyer of a cart try to pay, and the provider refuse it."""
        number = len(cart.transaction_ids)
        payment = self._make_transaction(cart, reference=f"TEST-{cart.id}-{number}")
        payment._set_error(words)
        return payment


@tagged("post_install", "-at_install")
class TestFailedDoor(FailedCase, TransactionCase):
    def answers(self, cart):
        """Return what predicate, domain, SQL and the snapshot say about a cart."""
        payments, orders = self.env["payment.transaction"], self.env["sale.order"]
        domain = payments._last_has_failed_domain()
        self.env.flush_all()
        by_sql = self.env.execute_query(
            SQL(
                "SELECT %s FROM sale_order o WHERE o.id = %s",
                payments._last_has_failed_sql(SQL("o.id")),
                cart.id,
            )
        )
        (row,) = self.env["unfinished.order.snapshot"]._read(cart)
        return {
            cart.transaction_ids._last_has_failed(),
            bool(orders.search(domain) & cart),
            bool(cart.filtered_domain(domain)),
            by_sql[0][0],
            row["payment_failed"],
        }

    def test_predicate_domain_sql_and_snapshot_agree(self):
        for states, expected in (
            ((), False),
            (("error",), True),
            (("cancel",), True),
            (("error", "draft"), False),
            (("draft", "error"), True),
            (("pending",), False),
            (("error", "done"), False),
        ):
            cart = self._make_cart()
            for number, state in enumerate(states):
                self._make_transaction(cart, state, reference=f"T-{cart.id}-{number}")
            with self.subTest(states=states):
                self.assertEqual(self.answers(cart), {expected})

    def test_a_cart_whose_payment_failed_is_an_unfinished_order_at_once(self):
        cart = self._make_cart(hours_ago=0)
        self.assertFalse(cart.is_abandoned_cart)
        self.fail(cart)
        cart.invalidate_recordset(["is_abandoned_cart"])
        self.assertTrue(cart.is_abandoned_cart)
        self.assertIn(cart, self.env["sale.order"].search([("is_abandoned_cart", "=", True)]))

    def test_the_search_is_woken_for_carts_and_for_nothing_else(self):
        triggers = self.env["ir.cron.trigger"]
        cron = self.env.ref("website_sale_order_handling.ir_cron_find")
        ours = [("cron_id", "=", cron.id)]
        order = self.env["sale.order"].create({"partner_id": self._make_customer().id})
        before = triggers.search_count(ours)
        self.fail(order)
        self.assertEqual(triggers.search_count(ours), before)
        self.fail(self._make_cart())
        self.assertEqual(triggers.search_count(ours), before + 1)

    def test_the_search_takes_a_failure_in_once_in_few_queries(self):
        scan = self.env["unfinished.order.scan"]
        carts = [
            self._make_cart(self._make_customer(email=f"f{n}@e.eu"), hours_ago=0) for n in range(3)
        ]
        for cart in carts[:2]:
            self.fail(cart)
        self.assertEqual(scan._find_failed(self.website), 2)
        self.assertEqual(scan._find_failed(self.website), 0)
        self.fail(carts[2])
        self.assertEqual(scan._find_failed(self.website), 1)


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestPaymentFailed(FailedCase, TransactionCase):
    def found(self, cart):
        """Find a cart as the job does, and return what is planned by the campaign."""
        return self._find(cart).message_ids.filtered(lambda m: m.campaign_id == self.soon)

    def test_a_failure_is_answered_minutes_later_and_not_after_an_hour(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        message = self.found(cart)
        due = fields.Datetime.now() + timedelta(minutes=10)
        self.assertRecordValues(message, [{"state": "waiting", "due_at": due}])
        with at("12:09"):
            self._run_cron("send")
            self.assertEqual(message.state, "waiting")
        with at("12:10"):
            self._run_cron("send")
            self.assertEqual(message.state, "sending")
        self.assertIn("did not go through", message.text)
        self.assertIn("Pay again", message.text)

    def test_a_campaign_for_carts_that_were_left_waits_until_they_are_idle(self):
        left = self._start_reminders()
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        unfinished = self._find(cart)
        self.assertEqual(unfinished.message_ids.campaign_id, self.soon)
        with at("13:05"):
            self._find(cart)
            first = unfinished.message_ids.filtered(lambda m: m.campaign_id == left)
            self.assertEqual(first.due_at, fields.Datetime.to_datetime("2026-03-02 13:00:00"))

    def test_the_campaign_is_about_failures_only(self):
        cart = self._make_cart(hours_ago=5)
        self.assertFalse(self.found(cart))

    def test_both_campaigns_share_the_customers_one_message_of_a_day(self):
        self._start_reminders()
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        self._find(cart)
        with at("12:10"):
            self._run_cron("send")
        with at("13:05"):
            messages = self._remind(cart)
        by_campaign = {m.campaign_id: (m.state, m.reason) for m in messages}
        self.assertEqual(by_campaign[self.soon][0], "sending")
        self.assertEqual(by_campaign[messages.campaign_id - self.soon], ("waiting", "daily_limit"))

    def test_a_failure_from_before_the_campaign_runs_is_left_alone(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        self.soon.active_since = fields.Datetime.now() + timedelta(minutes=1)
        self.assertFalse(self.found(cart))

    def test_a_payment_that_succeeds_meanwhile_withdraws_it(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        message = self.found(cart)
        cart.action_confirm()
        self.assertRecordValues(message, [{"state": "skipped", "reason": "bought"}])

    def test_a_payment_that_succeeds_when_the_mail_is_in_the_queue_takes_it_back(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        message = self.found(cart)
        with at("12:10"):
            self._run_cron("send")
            self.assertEqual(message.state, "sending")
            cart.action_confirm()
            with smtp_server(self.env) as inbox:
                self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)
        self.assertEqual(message.reason, "bought")

    def test_a_payment_whose_order_is_not_placed_yet_holds_it(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        message = self.found(cart)
        self._make_transaction(cart, "done", reference="second")
        with at("12:10"):
            self._run_cron("send")
        self.assertRecordValues(message, [{"state": "waiting", "reason": "payment_in_progress"}])

    def test_an_attempt_that_starts_anew_holds_it_and_another_failure_plans_it_anew(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        first = self.found(cart)
        with at("12:05"):
            again = self._make_transaction(cart, reference="again")
        with at("12:10"):
            self._run_cron("send")
            self.assertEqual(first.reason, "payment_in_progress")
        with at("12:12"):
            again._set_canceled("The buyer pressed back.")
            second = self.found(cart) - first
        self.assertRecordValues(first, [{"state": "skipped", "reason": "cart_changed"}])
        due = fields.Datetime.to_datetime("2026-03-02 12:22:00")
        self.assertRecordValues(second, [{"state": "waiting", "due_at": due}])

    def test_an_attempt_that_starts_anew_in_the_queue_keeps_the_mail_from_leaving(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        message = self.found(cart)
        with at("12:10"):
            self._run_cron("send")
        with at("12:11"):
            self._make_transaction(cart, reference="again")
            with smtp_server(self.env) as inbox:
                self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)
        self.assertRecordValues(message, [{"state": "waiting", "reason": "payment_in_progress"}])

    def test_a_second_failure_after_the_message_brings_no_second_one(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        message = self.found(cart)
        with at("12:10"):
            self._run_cron("send")
        with at("15:00"):
            self.fail(cart)
            self.assertEqual(self.found(cart), message)

    def test_a_buyer_who_goes_on_changing_the_cart_is_met_when_it_is_idle(self):
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        first = self.found(cart)
        with at("12:08"):
            cart._cart_add(self.chair.id)
        with at("12:10"):
            self._run_cron("send")
            self.assertEqual(first.reason, "cart_changed")
            self.assertEqual(self.found(cart), first)
        with at("13:10"):
            second = self.found(cart) - first
            self._run_cron("send")
        self.assertEqual(second.state, "sending")

    def test_a_failure_of_a_cart_that_was_left_already_is_answered_too(self):
        cart = self._make_cart(hours_ago=30)
        unfinished = self._find(cart)
        self.assertFalse(unfinished.payment_failed)
        self.fail(cart)
        message = self.found(cart)
        self.assertTrue(unfinished.payment_failed)
        self.assertEqual(message.unfinished_id, unfinished)
        self.assertEqual(message.due_at, fields.Datetime.now() + timedelta(minutes=10))

    def test_a_colleagues_failure_is_answered_by_nobody(self):
        clerk = new_test_user(self.env, "clerk", groups="base.group_user", email="c@example.com")
        cart = self._make_cart(clerk.partner_id, hours_ago=0)
        self.fail(cart)
        message = self.found(cart)
        with at("12:10"):
            self._run_cron("send")
        self.assertRecordValues(message, [{"state": "skipped", "reason": "staff"}])

    def test_a_failure_of_somebody_who_cannot_be_reached_is_no_unfinished_order(self):
        cart = self._make_anonymous_cart(hours_ago=0)
        self.fail(cart)
        self.assertFalse(self._find(cart))


@tagged("post_install", "-at_install")
class TestTrigger(FailedCase, TransactionCase):
    def test_minutes_are_entered_as_minutes(self):
        step = self.soon.step_ids
        self.assertEqual((step.delay_minutes, step.display_name), (10, "After 10 min: E-mail"))
        step.delay_minutes = 25
        self.assertEqual(step.display_name, "After 25 min: E-mail")

    def test_what_has_begun_does_not_begin_with_something_else(self):
        default = self.campaigns.filtered("is_default")
        with self.assertRaisesRegex(UserError, "Make another campaign"), self.env.cr.savepoint():
            default.trigger = "payment_failed"
        self.soon.trigger = "left"
        self.soon.trigger = "payment_failed"
        cart = self._make_cart(hours_ago=0)
        self.fail(cart)
        self.assertTrue(self._find(cart).message_ids)
        with self.assertRaisesRegex(UserError, "Make another campaign"), self.env.cr.savepoint():
            self.soon.trigger = "left"

    def test_last_months_carts_are_those_that_could_not_be_paid(self):
        cart, other = (
            self._make_cart(self._make_customer(email=f"r{n}@e.eu"), hours_ago=3) for n in range(2)
        )
        self.fail(cart)
        found = self._find(cart, other)
        found.write({"activity_at": fields.Datetime.now() - timedelta(hours=2)})
        note = self.soon.step_ids.reach_note
        self.assertTrue(note.startswith("1 of the "), note)

    def test_a_step_of_minutes_is_never_too_late_for_a_shop_that_waits_long(self):
        self.website.cart_idle_hours = 48
        self.assertFalse(self.soon.step_ids._troubles())

    def test_who_sends_by_hand_gets_the_words_that_fit(self):
        cart, other = (
            self._make_cart(self._make_customer(email=f"h{n}@e.eu"), hours_ago=3) for n in range(2)
        )
        self.fail(cart)
        left = self._find(other)
        template = self.env.ref("website_sale_order_handling.mail_template_payment_failed")
        self.assertEqual(self._find(cart)._default_template_by_hand(), template)
        self.assertNotEqual(left._default_template_by_hand(), template)


@tagged("post_install", "-at_install")
class TestLinkToPay(FailedCase, ShopCase):
    def sent(self, cart, campaign=None):
        """Return a message that a cart has got from a campaign."""
        step = (campaign or self.soon).step_ids[0]
        vals = self._find(cart)._prepare_message_vals(
            step.channel_id,
            fields.Datetime.now(),
            campaign_id=step.campaign_id.id,
            step_id=step.id,
        )
        return self.env["recovery.message"].create(vals)

    def test_the_link_leads_on_to_the_checkout(self):
        cart = self._make_cart()
        message = self.sent(cart)
        page = self._press_continue(self._link(cart, message.id))
        self.assertRegex(page.url, "/shop/(checkout|address|payment|confirm_order)")
        self.assertEqual(self._contents(self._session_cart()), {self.lamp: 1})

    def test_other_links_and_forged_ones_lead_to_the_cart(self):
        mine, other = self._make_cart(), self._make_cart(self._make_customer(email="o@e.eu"))
        failed = self.sent(other)
        left = self.sent(other, self.campaigns.filtered("is_default"))
        for cart, message in ((mine, left.browse()), (mine, failed), (other, left)):
            self._come_as(None)
            page = self._press_continue(self._link(cart, message.id or 0))
            with self.subTest(cart=cart, message=message):
                self.assertIn("/shop/cart", page.url)

    def test_what_has_changed_is_read_in_the_cart_first(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        message = self.sent(cart)
        self.chair.is_published = False
        page = self._press_continue(self._link(cart, message.id))
        self.assertIn("/shop/cart", page.url)
        self.assertIn("Chair", self._text(page))

    def test_the_link_shows_a_stranger_nobodys_address(self):
        buyer = self._make_customer("Ada Buyer", "ada@example.com", street="Secret Street 1")
        cart = self._make_cart(buyer)
        page = self._press_continue(self._link(cart, self.sent(cart).id))
        self.assertNotIn("Secret Street", page.text)
        self.assertNotIn("ada@example.com", page.text)
        self.assertEqual(self._session_cart().partner_id, self.public_partner)
        self.assertEqual(cart.order_line.mapped("product_uom_qty"), [1.0])
        self.assertNotEqual(self._session_cart(), cart)
