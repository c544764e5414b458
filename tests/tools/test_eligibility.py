from dataclasses import replace
from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ...tools.eligibility import DEFER, SEND, SKIP, Facts, verdict

NOW = datetime(2026, 3, 1, 12, 0)
FINE = Facts(
    by_hand=False,
    reminders_on=True,
    made_by="",
    cart_exists=True,
    cart_open=True,
    has_products=True,
    has_sellable_products=True,
    is_sold_out=False,
    buyer_is_gone=False,
    address="a@example.com",
    opted_out=False,
    address_bounces=False,
    stopped=False,
    consent_declined=False,
    consent_missing=False,
    has_newer_cart=False,
    other_cart="",
    below_minimum=False,
    bought_since=False,
    payment="none",
    closes_at=NOW + timedelta(days=30),
    activity_at=NOW - timedelta(hours=2),
    changed_by_staff=False,
    planned_for=NOW - timedelta(hours=2),
    too_late=False,
    reminded_today=False,
    tomorrow_at=NOW + timedelta(days=1),
    opens_at=NOW,
    closed_because="",
)
OBSTACLES = {
    "bought": {"bought_since": True},
    "contact_archived": {"buyer_is_gone": True},
    "cart_gone": {"cart_exists": False},
    "cart_closed": {"cart_open": False},
    "emptied": {"has_products": False},
    "archived_products": {"has_sellable_products": False},
    "staff": {"made_by": "staff"},
    "robot": {"made_by": "robot"},
    "no_address": {"address": ""},
    "opted_out": {"opted_out": True},
    "stopped": {"stopped": True},
    "bounced": {"address_bounces": True},
    "declined": {"consent_declined": True},
    "no_consent": {"consent_missing": True},
    "reminders_off": {"reminders_on": False},
    "stale": {"too_late": True},
}
# What a campaign respects, and a person who knows better may pass over.
OF_THE_CAMPAIGN = {
    "newer_cart": {"has_newer_cart": True},
    "below_minimum": {"below_minimum": True},
    "cart_changed": {"activity_at": NOW - timedelta(minutes=10)},
}


class TestEligibility(BaseCase):
    def judge(self, **facts):
        return verdict(replace(FINE, **facts), NOW)

    def test_a_cart_left_two_hours_ago_may_be_reminded(self):
        self.assertEqual(verdict(FINE, NOW).action, SEND)

    def test_each_obstacle_has_its_own_reason(self):
        for reason, facts in (OBSTACLES | OF_THE_CAMPAIGN).items():
            with self.subTest(reason=reason):
                decision = self.judge(**facts)
                self.assertEqual((decision.action, decision.reason), (SKIP, reason))

    def test_sending_by_hand_passes_over_the_campaign_and_nothing_else(self):
        for facts in OF_THE_CAMPAIGN.values():
            self.assertEqual(self.judge(by_hand=True, **facts).action, SEND)
        for reason, facts in OBSTACLES.items():
            with self.subTest(reason=reason):
                self.assertEqual(self.judge(by_hand=True, **facts).reason, reason)

    def test_what_is_sold_out_is_held(self):
        decision = self.judge(is_sold_out=True)
        self.assertEqual((decision.action, decision.reason), (DEFER, "sold_out"))
        self.assertGreater(decision.until, NOW)

    def test_what_is_sold_out_does_not_leave_later_when_a_person_sent_it(self):
        decision = self.judge(is_sold_out=True, by_hand=True)
        self.assertEqual((decision.action, decision.reason), (SKIP, "sold_out"))

    def test_a_second_message_on_one_day_waits_for_the_next(self):
        decision = self.judge(reminded_today=True)
        self.assertEqual(
            (decision.action, decision.reason, decision.until),
            (DEFER, "daily_limit", NOW + timedelta(days=1)),
        )

    def test_a_closed_channel_is_waited_for(self):
        morning = NOW + timedelta(hours=20)
        decision = self.judge(opens_at=morning, closed_because="quiet_hours", by_hand=True)
        self.assertEqual(
            (decision.action, decision.reason, decision.until), (DEFER, "quiet_hours", morning)
        )

    def test_a_payment_on_its_way_holds_the_reminder(self):
        for payment in ("started", "on_its_way"):
            decision = self.judge(payment=payment)
            self.assertEqual(decision.action, DEFER)
            self.assertEqual(decision.reason, "payment_in_progress")
            self.assertGreater(decision.until, NOW)

    def test_a_cart_that_counts_as_closed_by_then_is_left_alone(self):
        decision = self.judge(closes_at=NOW)
        self.assertEqual((decision.action, decision.reason), (SKIP, "cart_closed"))
        self.assertEqual(self.judge(closes_at=NOW + timedelta(seconds=1)).action, SEND)

    def test_who_is_at_another_cart_is_not_written_to_meanwhile(self):
        for other_cart, reason in (("paid", "payment_in_progress"), ("filled", "shopping")):
            decision = self.judge(other_cart=other_cart)
            self.assertEqual((decision.action, decision.reason), (DEFER, reason))
            self.assertGreater(decision.until, NOW)
        self.assertEqual(self.judge(other_cart="filled", by_hand=True).action, SEND)

    def test_a_reminder_of_a_cart_as_it_was_is_not_sent(self):
        decision = self.judge(activity_at=NOW - timedelta(minutes=10))
        self.assertEqual((decision.action, decision.reason), (SKIP, "cart_changed"))

    def test_a_colleagues_change_is_not_said_to_be_the_customers(self):
        decision = self.judge(activity_at=NOW - timedelta(minutes=10), changed_by_staff=True)
        self.assertEqual((decision.action, decision.reason), (SKIP, "cart_edited"))

    def test_nothing_that_holds_a_message_keeps_it_from_being_too_late(self):
        holds = (
            {"payment": "started"},
            {"payment": "on_its_way"},
            {"other_cart": "paid"},
            {"other_cart": "filled"},
            {"is_sold_out": True},
            {"reminded_today": True},
            {"opens_at": NOW + timedelta(hours=1), "closed_because": "quiet_hours"},
        )
        for facts in holds:
            with self.subTest(**facts):
                self.assertEqual(self.judge(**facts).action, DEFER)
                decision = self.judge(too_late=True, **facts)
                self.assertEqual((decision.action, decision.reason), (SKIP, "stale"))

    def test_a_payment_that_changes_the_cart_holds_the_reminder_first(self):
        decision = self.judge(activity_at=NOW, payment="expected")
        self.assertEqual((decision.action, decision.reason), (DEFER, "payment_in_progress"))

    def test_a_purchase_wins_over_everything(self):
        decision = self.judge(bought_since=True, payment="expected", address="")
        self.assertEqual((decision.action, decision.reason), (SKIP, "bought"))
