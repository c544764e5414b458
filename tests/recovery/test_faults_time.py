"""The fault catalogue, part two: clocks, zones, silence and backups."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, tagged

from ...models.recovery.facts import AWAKE_SINCE
from ..common_engine import EngineCase

LEFT = ("sending", "sent")


class ClockCase(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders(days_ago=900)
        cls.steps = cls.campaign.step_ids
        cls.channel = cls.steps[0].channel_id
        cls.crons = cls.env["ir.cron"].browse(
            cls.env.ref(f"website_sale_order_handling.ir_cron_{name}").id
            for name in ("find", "send")
        )

    def note_run(self, at):
        """Let the crons have run last at that moment."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron SET lastcall = %s WHERE id IN %s", [at, tuple(self.crons.ids)]
        )
        self.env.invalidate_all()

    def run_at(self, at):
        with freeze_time(at):
            self._run_cron("find")
            self._run_cron("send")
        self.note_run(at)

    def left(self, messages):
        return messages.filtered(lambda message: message.state in LEFT)


@tagged("post_install", "-at_install")
class TestClockChanges(ClockCase):
    def test_fault_21_quiet_hours_are_kept_through_both_clock_changes_and_each_step_leaves_once(
        self,
    ):
        """The night in which the clock is changed, on three continents; quiet until eight."""
        self.channel.write({"has_quiet_hours": True, "quiet_from": 21.0, "quiet_to": 8.0})
        nights = (
            ("Europe/Sofia", "2026-03-28 23:30:00", "2026-03-29 05:00:00"),
            ("Europe/Sofia", "2026-10-24 23:30:00", "2026-10-25 06:00:00"),
            ("America/New_York", "2026-03-08 05:30:00", "2026-03-08 12:00:00"),
            ("America/New_York", "2026-11-01 04:30:00", "2026-11-01 13:00:00"),
            ("Australia/Lord_Howe", "2026-04-04 14:00:00", "2026-04-04 21:30:00"),
            ("Australia/Lord_Howe", "2026-10-03 14:00:00", "2026-10-03 21:00:00"),
        )
        for number, (zone, left_at, opens_at) in enumerate(nights):
            with self.subTest(zone=zone, night=left_at):
                start = fields.Datetime.to_datetime(left_at)
                opening = fields.Datetime.to_datetime(opens_at)
                buyer = self._make_customer("Eve", f"night{number}@example.com")
                with freeze_time(start):
                    cart = self._make_cart(buyer, hours_ago=0, cart_tz=zone)
                self.note_run(start)
                at, sent_at = start, []
                while at <= opening + timedelta(hours=1):
                    self.run_at(at)
                    messages = self.env["recovery.message"].search(
                        [("unfinished_id.order_id", "=", cart.id)]
                    )
                    sent_at += [at] * (len(self.left(messages)) - len(sent_at))
                    at += timedelta(minutes=30)
                self.assertEqual(sent_at, [opening])


@tagged("post_install", "-at_install")
class TestWrongClock(ClockCase):
    def test_fault_22_a_clock_that_jumps_a_day_and_back_makes_no_burst_and_sends_nothing_twice(
        self,
    ):
        start = datetime(2026, 3, 2, 12)
        self.note_run(start)
        with freeze_time(start):
            carts = [
                self._make_cart(self._make_customer(f"J{n}", f"j{n}@e.eu"), hours_ago=0)
                for n in range(4)
            ]
        for hours in (1, 2, 24 + 2.1, 24 + 2.2, 2.3, 3, 23.5, 25, 27, 48, 71, 74):
            self.run_at(start + timedelta(hours=hours))
        messages = self.env["recovery.message"].search(
            [("unfinished_id.order_id", "in", [cart.id for cart in carts])]
        )
        for unfinished in messages.unfinished_id:
            sent = self.left(unfinished.message_ids)
            self.assertEqual(len(sent.step_id), len(sent), "each step once")
            self.assertEqual(len(set(sent.mapped("local_day"))), len(sent), "one a day")
            self.assertIn(self.steps[2], sent.step_id, "and it goes on")

    def test_fault_22_a_silence_noted_by_a_wrong_clock_is_forgotten(self):
        facts = self.env["recovery.facts"]
        with freeze_time("2026-03-05 12:00:00"):
            facts._note_silence(datetime(2026, 3, 2, 12))
            self.assertEqual(facts._awake_since(), datetime(2026, 3, 5, 12))
        with freeze_time("2026-03-02 12:10:00"):
            facts._note_silence(datetime(2026, 3, 5, 12))
            self.assertIsNone(facts._awake_since())
        self.assertFalse(self.env["ir.config_parameter"].get_param(AWAKE_SINCE))


@tagged("post_install", "-at_install")
class TestZones(ClockCase):
    def test_fault_23_the_window_is_by_the_buyers_clock_and_the_day_by_the_websites(self):
        self.website.tz = "Europe/Sofia"  # UTC+2 in winter
        self.env.user.tz = "Pacific/Auckland"  # UTC+13, and nobody's business
        self.channel.write({"has_quiet_hours": True, "quiet_from": 21.0, "quiet_to": 8.0})
        buyer = self._make_customer("Eve", "eve@example.com")
        self.note_run(datetime(2026, 1, 15, 22))
        with freeze_time("2026-01-15 22:00:00"):  # 17:00 in New York
            cart = self._make_cart(buyer, hours_ago=0, cart_tz="America/New_York")
        self.run_at(datetime(2026, 1, 15, 23, 1))  # 18:01 there, 01:01 on the 16th in Sofia
        first = self.left(self._messages_of(cart))
        self.assertEqual(first.due_at, datetime(2026, 1, 15, 23), "stored in UTC")
        self.assertEqual(fields.Date.to_string(first.local_day), "2026-01-16")
        self.steps[1].write(
            {"timing": "time", "days_later": 1, "at_hour": 7.0, "cutoff_hour": 24.0}
        )
        following = self._messages_of(cart).filtered(lambda m: m.state == "waiting")
        self.assertEqual(following.due_at, datetime(2026, 1, 16, 13), "07:00 is quiet, 08:00 EST")
        self.run_at(datetime(2026, 1, 16, 13, 1))
        self.assertEqual(following.reason, "daily_limit", "the 16th in Sofia is used")
        self.assertEqual(following.due_at.date(), datetime(2026, 1, 17).date())

    def _messages_of(self, cart):
        return self.env["recovery.message"].search([("unfinished_id.order_id", "=", cart.id)])


@tagged("post_install", "-at_install")
class TestSilence(ClockCase):
    def prepare(self, start):
        """Leave carts of every age, and run once."""
        self.note_run(start - timedelta(minutes=5))
        with freeze_time(start):
            carts = [
                self._make_cart(
                    self._make_customer(f"S{age}", f"s{age}@example.com"), hours_ago=age
                )
                for age in (0, 2, 20, 30, 60, 75)
            ]
        self.run_at(start)
        return self.env["sale.order"].concat(*carts)

    def messages_of(self, carts):
        return self.env["recovery.message"].search([("unfinished_id.order_id", "in", carts.ids)])

    def test_fault_24_three_days_without_cron_end_without_a_burst(self):
        start = datetime(2026, 3, 2, 12)
        carts = self.prepare(start)
        before = self.left(self.messages_of(carts))
        back = start + timedelta(days=3)
        self.run_at(back)
        sent = self.left(self.messages_of(carts)) - before
        self.assertEqual(len(set(sent.mapped("customer_key"))), len(sent), "one a customer")
        overdue = self.messages_of(carts).filtered(
            lambda m: m.due_at < back and m.state != "waiting" and m not in before
        )
        late = overdue.filtered(lambda m: m.step_id and m.planned_for and m.state in LEFT)
        self.assertFalse(late, "nothing leaves that was due while nobody was there")
        stale = self.messages_of(carts).filtered(lambda m: m.reason == "stale")
        self.assertTrue(stale)
        self.assertIn("too late", stale[0]._reason_label())
        for hours in (1, 24, 48):
            self.run_at(back + timedelta(hours=hours))
        for unfinished in self.messages_of(carts).unfinished_id:
            sent = self.left(unfinished.message_ids)
            self.assertEqual(len(sent.step_id), len(sent))
        newest = self.messages_of(carts[0])
        self.assertIn(self.steps[2], self.left(newest).step_id | stale.step_id)

    def test_fault_73_a_restored_backup_sends_nothing_of_the_gap_again_and_later_steps_go_on(self):
        backup = datetime(2026, 3, 2, 12)
        carts = self.prepare(backup)
        waiting = self.messages_of(carts).filtered(lambda m: m.state == "waiting")
        restored = backup + timedelta(days=2)
        in_gap = waiting.filtered(lambda m: m.due_at <= restored)
        later = waiting - in_gap
        self.assertTrue(in_gap)
        # The crons of the backup ran last when it was made.
        self.run_at(restored)
        self.assertEqual(set(in_gap.mapped("state")), {"skipped"})
        self.assertEqual(set(in_gap.mapped("reason")), {"stale"})
        self.assertEqual(set(later.mapped("state")) - {"waiting"}, set())
        self.run_at(restored + timedelta(hours=23))
        young = backup - timedelta(hours=24)
        to_come = in_gap.unfinished_id.filtered(lambda unfinished: unfinished.activity_at > young)
        self.assertTrue(to_come)
        for unfinished in to_come:
            following = self.left(unfinished.message_ids).step_id
            self.assertIn(self.steps[2], following, "later steps go on")
        self.assertFalse(self.left(in_gap))
