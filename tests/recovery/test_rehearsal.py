"""The dry run: what a campaign would have done, by those who decide when it is real."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, tagged

from ...models.recovery import rehearsal
from ..common import queries_of
from ..common_engine import EngineCase, NewShopCase, smtp_server

NOW = "2026-04-20 12:00:00"
PHONE = "+84912345678"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestRehearsal(NewShopCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.count = 0

    def leave(self, hours_ago, email=None, **kwargs):
        """Let somebody have left a cart."""
        type(self).count += 1
        email = f"buyer{self.count}@example.com" if email is None else email
        buyer = self._make_customer(email or "Nobody", email)
        cart = self._make_cart(buyer, website=self.shop, hours_ago=hours_ago, **kwargs)
        return self._make_unfinished(cart)

    def rehearse(self, campaign=None):
        return self.env["recovery.rehearsal"]._rehearse(campaign or self.campaign)

    def told(self, unfinished, campaign=None):
        """Return what becomes of each step for one cart, in the order of the steps."""
        rows = [r for r in self.rehearse(campaign).rows if r.unfinished_id == unfinished.id]
        order = (campaign or self.campaign)._steps_in_order().ids
        rows.sort(key=lambda row: order.index(row.step_id))
        return [(row.outcome, row.reason) for row in rows]

    def test_each_step_that_was_due_would_have_been_sent(self):
        self.assertEqual(self.told(self.leave(100)), [("sent", "")] * 3)
        self.assertEqual(self.told(self.leave(30)), [("sent", "")] * 2)
        self.assertEqual(self.told(self.leave(1.5)), [("sent", "")])
        found = self.rehearse()
        self.assertEqual((found.day_count, found.carts, found.looked_at), (30, 3, 3))
        self.assertFalse(self.env["recovery.message"].search([("website_id", "=", self.shop.id)]))

    def test_what_was_placed_between_two_steps_gets_the_first_one_only(self):
        unfinished = self.leave(100)
        unfinished.order_id.action_confirm()
        unfinished.closed_at = fields.Datetime.now() - timedelta(hours=90)
        skipped = ("skipped", "bought")
        self.assertEqual(self.told(unfinished), [("sent", ""), skipped, skipped])

    def test_a_change_that_came_later_had_not_been_made(self):
        unfinished = self.leave(100)
        unfinished.order_id.cart_activity_at = fields.Datetime.now() - timedelta(hours=90)
        changed = ("skipped", "cart_changed")
        self.assertEqual(self.told(unfinished), [("sent", ""), changed, changed])

    def test_who_would_have_got_nothing_says_why(self):
        for prepare, reason in (
            (lambda u: self.env["mail.blacklist"]._add(u.email), "opted_out"),
            (lambda u: u.write({"made_by": "staff"}), "staff"),
            (lambda u: u.write({"stopped_at": fields.Datetime.now()}), "stopped"),
        ):
            unfinished = self.leave(2)
            prepare(unfinished)
            with self.subTest(reason=reason):
                self.assertEqual(self.told(unfinished), [("skipped", reason)])
        self.campaign.min_amount = 50
        self.assertEqual(self.told(self.leave(2)), [("skipped", "below_minimum")])

    def test_the_channel_is_asked_for_an_address(self):
        unfinished = self.leave(2, email=False)
        self.assertFalse(unfinished)
        unfinished = self.leave(2)
        unfinished.email = False
        self.assertEqual(self.told(unfinished), [("skipped", "no_address")])

    def test_a_newer_cart_of_the_same_person_is_the_one_that_counts(self):
        older = self.leave(90, email="same@example.com")
        newer = self.leave(36, email="same@example.com")
        sent = ("sent", "")
        self.assertEqual(self.told(older), [sent, sent, ("skipped", "newer_cart")])
        self.assertEqual(self.told(newer), [sent, sent])

    def test_a_customer_gets_one_message_a_day(self):
        step = self.steps[1]
        step.delay_hours = 3
        told = self.told(self.leave(40))
        self.assertEqual(told, [("sent", ""), ("sent", "daily_limit")])

    def test_a_day_that_another_campaign_has_taken_is_taken(self):
        unfinished = self.leave(2)
        message = self.env["recovery.message"].create(
            unfinished._prepare_message_vals(
                self.steps.channel_id,
                fields.Datetime.now(),
                local_day=fields.Date.today(),
                by_hand=True,
            )
        )
        self.assertFalse(self.told(unfinished))  # it would leave tomorrow
        message.write({"campaign_id": self.campaign.id, "by_hand": False})
        self.assertEqual(self.told(unfinished), [("sent", "")])

    def test_quiet_hours_put_off_and_drop_nothing(self):
        channel = self.steps.channel_id
        channel.write({"has_quiet_hours": True, "quiet_from": 21, "quiet_to": 8})
        # Left at 22:00 in Sofia: due at 23:00.
        row = next(r for r in self.rehearse_one(hours_ago=17) if r.step_id == self.steps[0].id)
        self.assertEqual((row.outcome, row.reason), ("sent", "quiet_hours"))
        self.assertEqual(row.at, fields.Datetime.to_datetime("2026-04-20 05:00:00"))

    def rehearse_one(self, hours_ago):
        unfinished = self.leave(hours_ago)
        return [row for row in self.rehearse().rows if row.unfinished_id == unfinished.id]

    def test_a_step_without_a_turn_is_superseded_as_it_would_be(self):
        self.shop.cart_idle_hours = 30
        told = self.told(self.leave(100))
        self.assertEqual(told, [("skipped", "superseded"), ("sent", ""), ("sent", "")])

    def test_the_campaign_about_failures_looks_at_failures(self):
        soon = self.shop.recovery_campaign_ids.filtered(lambda c: c.trigger == "payment_failed")
        left, failed = self.leave(5), self.leave(5)
        failed.payment_failed = True
        self.assertEqual(self.rehearse(soon).carts, 1)
        self.assertEqual(self.told(failed, soon), [("sent", "")])
        self.assertFalse(self.told(left, soon))

    def test_it_says_when_it_has_not_looked_at_all_of_them(self):
        for _number in range(4):
            self.leave(3)
        with patch.object(rehearsal, "LATEST", 3):
            found = self.rehearse()
        self.assertEqual((found.carts, found.looked_at, len(found.rows)), (4, 3, 3))

    def test_as_many_queries_for_many_carts_as_for_few(self):
        def count(size):
            for _number in range(size):
                self.leave(100)
            return queries_of(self.env, self.rehearse)

        count(1)
        few = count(2)
        self.assertEqual(count(20), few)

    def test_it_agrees_with_what_the_engine_then_does(self):
        """Run a campaign for real, hour by hour, and ask afterwards what it would have done."""
        start = fields.Datetime.now()
        self.campaign.is_running = True
        self.campaign.active_since = start - timedelta(days=30)
        carts = [
            self._make_cart(
                self._make_customer(f"r{n}", f"r{n}@example.com"), website=self.shop, hours_ago=0
            )
            for n in range(3)
        ]
        for hours in (1, 24, 30, 72):
            with freeze_time(start + timedelta(hours=hours, minutes=1)):
                self._run_cron("find")
                self._run_cron("send")
                with smtp_server(self.env):
                    self.env["mail.mail"].process_email_queue()
                if hours == 30:
                    carts[1].action_confirm()
        sent = self.env["recovery.message"].search(
            [("website_id", "=", self.shop.id), ("state", "=", "sent")]
        )
        with freeze_time(start + timedelta(hours=80)):
            rows = self.rehearse().rows
        would = {(row.unfinished_id, row.step_id) for row in rows if row.outcome == "sent"}
        self.assertEqual(would, {(m.unfinished_id.id, m.step_id.id) for m in sent})
        self.assertEqual(len(would), 8)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestRehearsalOfWays(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["website"].create({"name": "New Shop", "tz": "Europe/Sofia"})
        cls.campaign = cls.shop.recovery_campaign_ids.filtered("is_default")
        cls.step = cls.campaign.step_ids[0]
        cls.campaign.step_ids[1:].active = False
        cls.email = cls.step.channel_id
        cls.sms = cls.env.ref("website_sale_order_handling.channel_sms")
        cls.sms.has_quiet_hours = False
        cls.way = cls.env["recovery.way"].create(
            {"step_id": cls.step.id, "channel_id": cls.sms.id, "text": "{shop}: {link}"}
        )

    def leave(self, email, phone=PHONE, hours_ago=0):
        buyer = self._make_customer(email or phone, email, phone=phone)
        return self._make_cart(buyer, website=self.shop, hours_ago=hours_ago)

    def rows(self):
        return self.env["recovery.rehearsal"]._rehearse(self.campaign).rows

    def test_who_has_a_phone_and_no_email_is_counted_by_the_second_way(self):
        both = self._make_unfinished(self.leave("both@example.com", hours_ago=5))
        phone = self._make_unfinished(self.leave(False, "+84912345679", hours_ago=5))
        found = {row.unfinished_id: row for row in self.rows()}
        self.assertEqual([found[each.id].outcome for each in (both, phone)], ["sent", "sent"])
        self.assertEqual(found[both.id].channel_id, self.email.id)
        self.assertFalse(found[both.id].way_id)
        self.assertEqual(found[phone.id].channel_id, self.sms.id)
        self.assertEqual(found[phone.id].way_id, self.way.id)

    def test_it_agrees_with_an_engine_that_goes_another_way(self):
        """A mail that had come back, an address that there is not, and one that is fine."""
        start = fields.Datetime.now()
        self.campaign.is_running = True
        self.campaign.active_since = start - timedelta(days=30)
        self.leave("fine@example.com", "+84912345671")
        self.leave("back@example.com", "+84912345672")
        self.leave(False, "+84912345673")
        self.leave("only@example.com", False)
        with freeze_time(start + timedelta(hours=1, minutes=1)):
            self._run_cron("find")
            self._run_cron("send")
            sent = self.env["recovery.message"].search([("website_id", "=", self.shop.id)])
            back = sent.filtered(lambda message: message.address == "back@example.com")
            back._on_mail_result(back._refs(), "bad_address", "550 5.1.1 unknown")
            self._run_cron("send")
        self.assertEqual(set(sent.mapped("state")), {"sending"})
        self.assertEqual(len(sent.filtered("way_id")), 2)
        with freeze_time(start + timedelta(hours=2)):
            would = {
                (row.unfinished_id, row.step_id, row.channel_id, row.way_id)
                for row in self.rows()
                if row.outcome == "sent"
            }
        self.assertEqual(
            would,
            {(m.unfinished_id.id, m.step_id.id, m.channel_id.id, m.way_id.id) for m in sent},
        )
