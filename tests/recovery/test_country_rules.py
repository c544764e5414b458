"""The law of the buyer's country: who plans, who sends and what the list says agree about it."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged

from ..common import queries_of
from ..common_engine import EngineCase

SAIGON = "Asia/Ho_Chi_Minh"  # seven hours ahead of UTC, all year
NOON = "2026-03-02 05:00:00"  # there, on a Monday
EVENING = "2026-03-02 14:30:00"  # half past nine there
NIGHT = "2026-03-02 16:00:00"  # eleven there
SEVEN = datetime(2026, 3, 3, 0, 0)
NUMBER = "+84912345678"
HOLDS = "Held: The law of the customer's country does not allow it at this time"


class CountryRuleCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vietnam, cls.bulgaria = cls.env.ref("base.vn"), cls.env.ref("base.bg")
        cls.rules = cls.env["recovery.country.rule"]
        cls.rules.search([]).unlink()
        cls.website.tz = "UTC"
        cls.website.company_id.country_id = cls.env.ref("base.be")

    def setUp(self):
        super().setUp()
        with freeze_time(NOON):
            self.campaign = self._start_reminders()
        self.step = self.campaign.step_ids[0]
        self.channel = self.step.channel_id

    def make_rule(self, kind="email", **vals):
        values = {"country_id": self.vietnam.id, "kind": kind, "from_hour": 7.0, "to_hour": 22.0}
        return self.rules.create({**values, **vals})

    def make_buyer(self, name="Lan", **vals):
        email = f"{name.lower()}@example.com"
        return self._make_customer(
            name, email, **{"country_id": self.vietnam.id, "tz": SAIGON, **vals}
        )

    def make_cart(self, *args, **kwargs):
        return self._make_cart(self.make_buyer(*args, **kwargs), cart_tz=SAIGON)

    def first(self, cart):
        return self.env["recovery.message"].search(
            [("unfinished_id.order_id", "=", cart.id), ("step_id", "=", self.step.id)]
        )

    def send_by_number(self):
        """Let the campaign write to numbers, as SMS does."""
        driver = type(self.env["recovery.driver.dry_run"])
        for name, value in (("_kind", "sms"), ("_address", "phone")):
            patcher = patch.object(driver, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)
        self.campaign.step_ids[1:].active = False
        self.step.channel_id = self.env.ref("website_sale_order_handling.channel_dry_run")


@tagged("post_install", "-at_install")
class TestCountryRules(CountryRuleCase, TransactionCase):
    @freeze_time(NIGHT)
    def test_who_plans_puts_off_who_sends_waits_and_the_list_says_why(self):
        self.make_rule()
        cart = self.make_cart()
        self._remind(cart)
        message = self.first(cart)
        self.assertRecordValues(
            message,
            [
                {
                    "state": "waiting",
                    "reason": "country_hours",
                    "due_at": SEVEN,
                    "planned_at": SEVEN,
                }
            ],
        )
        unfinished = message.unfinished_id
        self.assertEqual((unfinished.reminder_note, unfinished.next_reminder_at), (HOLDS, SEVEN))
        with freeze_time(SEVEN - timedelta(minutes=1)):
            self._run_cron("send")
            self.assertEqual(message.state, "waiting")
        with freeze_time(SEVEN):
            self._run_cron("send")
        self.assertEqual((message.state, message.reason), ("sending", False))

    def test_what_was_due_in_time_and_is_looked_at_too_late_waits_as_well(self):
        self.make_rule()
        with freeze_time(EVENING):
            cart = self.make_cart()
            self.step.delay_hours = 2.25
            self._find(cart)
        message = self.first(cart)
        self.assertEqual(message.due_at, datetime(2026, 3, 2, 14, 45))
        with freeze_time("2026-03-02 15:05:00"):  # five past ten there
            unfinished = message.unfinished_id
            self.assertEqual(unfinished.next_reminder_at, SEVEN, "the list knows before")
            self._run_cron("send")
            self.assertEqual((message.state, message.reason), ("waiting", "country_hours"))
            self.assertEqual(message.due_at, SEVEN)
            self.env.invalidate_all()
            self.assertEqual(
                (unfinished.reminder_note, unfinished.next_reminder_at), (HOLDS, SEVEN)
            )
        with freeze_time(SEVEN):
            self._run_cron("send")
        self.assertEqual(message.state, "sending")

    def test_what_a_law_holds_for_more_than_a_day_leaves_when_it_may(self):
        self.make_rule(on_sundays=False)
        with freeze_time("2026-03-07 14:00:00"):  # nine in the evening of a Saturday, there
            cart = self.make_cart()
            self.step.delay_hours = 2.9
            self._find(cart)
        message = self.first(cart)
        monday = datetime(2026, 3, 9, 0, 0)
        with freeze_time("2026-03-07 15:01:00"):
            self._run_cron("send")
        self.assertEqual((message.due_at, message.reason), (monday, "country_hours"))
        with freeze_time(monday):
            self.assertGreater(monday - message.planned_at, timedelta(hours=24))
            self._run_cron("send")
        self.assertEqual(message.state, "sending")

    @freeze_time(NIGHT)
    def test_who_sends_by_hand_reads_when_it_leaves_and_why(self):
        self.make_rule()
        cart = self.make_cart()
        unfinished = self._make_unfinished(cart)
        plan = unfinished._plan_by_hand(self.channel)[unfinished]
        self.assertFalse(plan.reason)
        self.assertEqual(plan.due_at, SEVEN)
        self.assertIn("the law of the customer's country", plan.text)

    @freeze_time(NIGHT)
    def test_the_country_is_that_of_the_contact_else_of_the_phone_else_of_the_shop(self):
        self.make_rule()
        law = self.env["recovery.law"]
        belgium = self.env.ref("base.be")
        for number, (contact, phone, shop, country) in enumerate(
            (
                (self.bulgaria, NUMBER, self.vietnam, "BG"),
                (False, NUMBER, self.bulgaria, "VN"),
                (False, "+359888123456", self.vietnam, "BG"),
                (False, False, self.vietnam, "VN"),
                (False, False, belgium, "BE"),
            )
        ):
            with self.subTest(country=country, phone=phone):
                self.website.company_id.country_id = shop
                cart = self.make_cart(
                    f"Buyer{number}", country_id=contact and contact.id, phone=phone
                )
                self._remind(cart)
                message = self.first(cart)
                self.assertEqual(law._country_of(message.unfinished_id), country)
                held = message.reason == "country_hours"
                self.assertEqual(held, country == "VN", "planned and sent by the same country")
                facts = message._facts(datetime(2026, 3, 2, 16))[message]
                self.assertEqual(facts.closed_because == "country_hours", country == "VN")

    @freeze_time(NIGHT)
    def test_where_no_country_limits_the_hours_nobody_asks_for_a_country(self):
        self.make_rule("sms")
        unfinished = self._make_unfinished(self.make_cart())
        law = self.env["recovery.law"]
        windows = law._windows(self.channel)
        self.assertFalse(windows.by_country)
        self.assertIs(law._window_for(windows, unfinished), windows.own)
        self.assertEqual(queries_of(self.env, lambda: law._window_for(windows, unfinished)), 0)
        cart = self.make_cart("Night")
        self._remind(cart)
        self.assertEqual(self.first(cart).state, "sending", "e-mail leaves at night")

    def test_the_laws_themselves_are_read_once(self):
        self.make_rule()
        self.rules._laws("email")
        self.assertEqual(queries_of(self.env, lambda: self.rules._laws("email")), 0)

    def test_one_number_gets_no_more_than_the_law_allows_in_a_day_and_nothing_is_lost(self):
        """A family shares a phone: several customers, each with an e-mail of their own."""
        self.make_rule("sms", max_a_day=3)
        self.send_by_number()
        with freeze_time(NOON):
            carts = [self.make_cart(name, phone=NUMBER) for name in ("A", "B", "C", "D", "E")]
            messages = self._remind(*carts).filtered(lambda m: m.step_id == self.step)
            states = sorted(messages.mapped("state"))
            self.assertEqual(states, ["sent", "sent", "sent", "waiting", "waiting"])
            held = messages.filtered(lambda m: m.state == "waiting")
            self.assertEqual(set(held.mapped("reason")), {"country_limit"})
            tomorrow = datetime(2026, 3, 3, 5, 0)
            self.assertEqual(set(held.mapped("due_at")), {tomorrow})
            plans = held.unfinished_id._plan_by_hand(held.channel_id)
            self.assertEqual({plan.reason for plan in plans.values()}, {"country_limit"})
        with freeze_time(tomorrow - timedelta(minutes=1)):
            self._run_cron("send")
            self.assertEqual(set(held.mapped("state")), {"waiting"})
        with freeze_time(tomorrow):
            self._run_cron("send")
        self.assertEqual(set(messages.mapped("state")), {"sent"})

    def test_limits_are_counted_in_as_many_queries_for_many_as_for_one(self):
        self.make_rule("sms", max_a_day=3)
        self.send_by_number()
        with freeze_time(NOON):
            carts = [self.make_cart(f"N{n}", phone=f"+849123456{n:02}") for n in range(12)]
            found = self._find(*carts).message_ids
            messages = found.browse(found.ids)  # read together
            now = datetime(2026, 3, 2, 5)
            few = [queries_of(self.env, lambda: messages[:3]._facts(now)) for _round in range(2)]
            many = [queries_of(self.env, lambda: messages._facts(now)) for _round in range(2)]
        self.assertEqual(few[-1], many[-1])

    @freeze_time(NOON)
    def test_a_message_begins_with_the_label_that_the_country_asks_for(self):
        self.make_rule(label=" [QC]\n")
        lan, petar = self.make_cart(), self.make_cart("Petar", country_id=self.bulgaria.id)
        self._remind(lan, petar)
        self.assertTrue(self.first(lan).subject.startswith("[QC] "))
        self.assertNotIn("[QC]", self.first(petar).subject)
        self.assertEqual(self.first(lan).subject, f"[QC] {self.first(petar).subject}")

    @freeze_time(NIGHT)
    def test_what_waits_follows_a_rule_that_is_changed_and_one_that_goes(self):
        rule = self.make_rule()
        cart = self.make_cart()
        self._find(cart)
        message = self.first(cart)
        self.assertEqual(message.due_at, SEVEN)
        rule.from_hour = 9.5
        self.assertEqual(message.due_at, SEVEN + timedelta(hours=2.5))
        rule.active = False
        self.assertEqual((message.due_at, message.reason), (datetime(2026, 3, 2, 15), False))
        rule.active = True
        self.assertEqual(message.due_at, SEVEN + timedelta(hours=2.5))
        rule.unlink()
        self.assertEqual(message.due_at, datetime(2026, 3, 2, 15))

    def test_what_can_never_be_is_refused(self):
        for values in (
            {"from_hour": 22.0, "to_hour": 7.0},
            {"from_hour": -1.0},
            {"to_hour": 25.0},
            {"max_a_day": -1},
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self.make_rule("chat", **values)
        self.make_rule("chat", active=False)
        with self.assertRaisesRegex(ValidationError, "already"):
            self.make_rule("chat")

    def test_administrators_change_rules_and_sellers_read_them(self):
        rule = self.make_rule()
        seller = new_test_user(self.env, "law", groups="sales_team.group_sale_manager")
        self.assertEqual(rule.with_user(seller).max_a_day, 0)
        with self.assertRaises(AccessError):
            rule.with_user(seller).max_a_day = 9
        administrator = new_test_user(self.env, "lawyer", groups="base.group_system")
        rule.with_user(administrator).max_a_day = 9
        self.assertEqual(rule.max_a_day, 9)
