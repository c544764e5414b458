"""When a reminder leaves (R2), how often (R5), and whether at all (R6)."""

from datetime import datetime, timedelta

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import queries_of
from ..common_engine import EngineCase, smtp_server
from ..common_promotions import PromotionsCase

NOW = "2026-03-02 12:00:00"  # a Monday
SAIGON = "Asia/Ho_Chi_Minh"  # UTC+7, without summer time


class RulesCase(PromotionsCase, EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.steps = cls.campaign.step_ids
        cls.channel = cls.steps.channel_id
        cls.website.tz = "UTC"

    def first(self, cart):
        """Return the message of the first step about `cart`."""
        messages = self.env["recovery.message"].search(
            [("unfinished_id.order_id", "=", cart.id), ("step_id", "=", self.steps[0].id)]
        )
        self.assertTrue(messages)
        return max(messages, key=lambda message: message.id)

    def remind(self, *carts):
        """Find and send; return what became of each cart's first reminder."""
        self._remind(*carts)
        return [(self.first(cart).state, self.first(cart).reason) for cart in carts]

    def send_at(self, moment):
        with freeze_time(moment):
            self._run_cron("send")


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestWhen(RulesCase):
    def test_a_time_of_day_is_meant_in_the_buyers_own_time_zone(self):
        self.steps[0].write({"timing": "time", "at_hour": 8.0, "days_later": 1})
        user = self._make_portal_user(tz=SAIGON)
        cart = self._make_cart(user.partner_id)
        self._find(cart)
        self.assertEqual(self.first(cart).due_at, datetime(2026, 3, 3, 1, 0))

    def test_a_guests_time_zone_is_that_of_the_browser(self):
        self.steps[0].write({"timing": "time", "at_hour": 8.0, "days_later": 1})
        guest = self._make_customer(tz="America/New_York")  # guessed from the address
        cart = self._make_cart(guest, cart_tz=SAIGON)
        self._find(cart)
        self.assertEqual(self.first(cart).due_at, datetime(2026, 3, 3, 1, 0))

    def test_an_unknown_time_zone_leaves_that_of_the_website(self):
        self.website.tz = "Europe/Sofia"
        self.steps[0].write({"timing": "time", "at_hour": 8.0, "days_later": 1})
        cart = self._make_cart(cart_tz="Mars/Olympus_Mons")
        self._find(cart)
        self.assertFalse(self.first(cart).unfinished_id.tz)
        self.assertEqual(self.first(cart).due_at, datetime(2026, 3, 3, 6, 0))

    def test_a_changed_time_of_day_moves_what_is_waiting(self):
        self.steps[0].delay_hours = 5
        cart = self._make_cart()
        self._find(cart)
        self.steps[0].write({"timing": "time", "at_hour": 9.5})
        self.assertEqual(self.first(cart).due_at, datetime(2026, 3, 3, 9, 30))

    def test_quiet_hours_put_off_and_never_drop(self):
        self.channel.write({"has_quiet_hours": True, "quiet_from": 11, "quiet_to": 15.5})
        cart = self._make_cart()
        self.assertEqual(self.remind(cart), [("waiting", "quiet_hours")])
        message = self.first(cart)
        self.assertEqual(message.due_at, datetime(2026, 3, 2, 15, 30))
        self.assertEqual(message.unfinished_id.reminder_note, "Held: Quiet hours of the channel")
        self.send_at("2026-03-02 15:30:00")
        self.assertEqual((message.state, message.reason), ("sending", False))

    def test_a_clock_that_ticks_while_the_facts_are_asked_puts_nothing_off(self):
        self.channel.write({"has_quiet_hours": True, "quiet_from": 20, "quiet_to": 8})
        cart = self._make_cart()
        self._remind(cart)
        message = self.first(cart)
        a_moment_ago = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(message._sort_out(a_moment_ago), message)

    def test_quiet_hours_are_those_of_the_buyers_clock(self):
        self.channel.write({"has_quiet_hours": True, "quiet_from": 18, "quiet_to": 8})
        here = self._make_cart(self._make_customer("A", "a@example.com"))
        there = self._make_cart(self._make_customer("B", "b@example.com"), cart_tz=SAIGON)
        self.assertEqual(self.remind(here, there), [("sending", False), ("waiting", "quiet_hours")])
        self.assertEqual(self.first(there).due_at, datetime(2026, 3, 3, 1, 0))

    def test_quiet_hours_that_begin_while_the_mail_is_queued_hold_it(self):
        cart = self._make_cart()
        self._remind(cart)
        self.channel.write({"has_quiet_hours": True, "quiet_from": 11, "quiet_to": 15})
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)
        self.assertEqual(
            (self.first(cart).state, self.first(cart).reason), ("waiting", "quiet_hours")
        )

    def test_lifting_the_quiet_hours_lets_go_what_they_held(self):
        self.channel.write({"has_quiet_hours": True, "quiet_from": 11, "quiet_to": 15})
        cart = self._make_cart()
        self._remind(cart)
        self.channel.has_quiet_hours = False
        self.assertEqual(self.first(cart).reason, False)
        self._run_cron("send")
        self.assertEqual(self.first(cart).state, "sending")

    def test_nothing_leaves_on_weekends_and_holidays_of_the_channels_calendar(self):
        calendar = self.env["resource.calendar"].create({"name": "Office", "tz": "UTC"})
        self.assertEqual(set(calendar.attendance_ids.mapped("dayofweek")), set("01234"))
        calendar.global_leave_ids = [
            Command.create(
                {
                    "name": "Liberation Day",
                    "date_from": "2026-03-02 00:00:00",
                    "date_to": "2026-03-03 23:59:59",
                }
            )
        ]
        self.channel.calendar_id = calendar
        cart = self._make_cart()
        self.assertEqual(self.remind(cart), [("waiting", "day_off")])
        self.assertEqual(self.first(cart).due_at, datetime(2026, 3, 4, 11, 0))

    def test_impossible_times_are_refused_with_what_to_do(self):
        for values in (
            {"has_quiet_hours": True, "quiet_from": 8, "quiet_to": 8},
            {"quiet_from": 25},
            {"quiet_to": -1},
            {
                "calendar_id": self.env["resource.calendar"]
                .create({"name": "Never", "attendance_ids": [Command.clear()]})
                .id
            },
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self.channel.write(values)

    def test_a_step_before_the_one_above_it_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "would be due before “After 30 h"):
            self.campaign.step_ids = [Command.update(self.steps[0].id, {"delay_hours": 30})]
        # What counts is the result, not the order in which a form saves it.
        self.campaign.step_ids = [
            Command.update(self.steps[0].id, {"delay_hours": 30}),
            Command.update(self.steps[1].id, {"timing": "time", "days_later": 2}),
        ]
        with self.assertRaisesRegex(ValidationError, "08:00 the next day"):
            self.campaign.step_ids = [
                Command.update(self.steps[1].id, {"days_later": 3}),
                Command.update(self.steps[2].id, {"timing": "time", "days_later": 1}),
            ]


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestHowOften(RulesCase):
    def reminded_twice(self, one, other):
        """Remind two buyers' carts; tell whether both leave on one day."""
        carts = self._make_cart(one, hours_ago=3), self._make_cart(other)
        self.env["unfinished.order"].search([("order_id", "in", [c.id for c in carts])]).unlink()
        return [state for state, _reason in self.remind(*carts)] == ["sending", "sending"]

    def test_b4_three_carts_of_one_customer_get_one_message_a_day(self):
        """Core sends one mail for each cart, twice."""
        ada = self._make_customer()
        shops = self.env["website"].create(
            [{"name": name, "domain": f"https://{name}.example"} for name in ("two", "three")]
        )
        for shop in shops:
            self._start_reminders(shop)
        carts = [
            self._make_cart(ada, hours_ago=hours, website=shop)
            for hours, shop in zip((4, 3, 2), (self.website, *shops), strict=True)
        ]
        self._remind(*carts)
        messages = self.env["recovery.message"].search(
            [("customer_key", "=", "e:ada@example.com"), ("planned_at", "<", NOW)], order="id"
        )
        self.assertEqual(
            messages.mapped(lambda m: (m.state, m.reason)),
            [("sending", False), ("waiting", "daily_limit"), ("waiting", "daily_limit")],
        )
        # An hour before it would be a day late.
        self.assertEqual(messages[2].due_at, datetime(2026, 3, 3, 10, 0))
        self.send_at("2026-03-03 10:00:00")
        sent = self.env["recovery.message"].search([("customer_key", "=", "e:ada@example.com")])
        days = sent.filtered(lambda m: m.state == "sending").mapped("local_day")
        self.assertEqual(len(days), len(set(days)), "never two on one day")
        self.assertEqual(len(days), 2)

    def test_guests_with_the_same_address_are_one_customer(self):
        one = self._make_customer("Guest", "Same@Example.com ")
        self.assertFalse(self.reminded_twice(one, self._make_customer("Other", "same@example.com")))

    def test_guests_with_the_same_phone_and_other_addresses_are_two_customers(self):
        one = self._make_customer("Guest", "one@example.com", phone="+359 888 123 456")
        other = self._make_customer("Guest", "two@example.com", phone="00359888123456")
        self.assertTrue(self.reminded_twice(one, other))

    def test_a_message_to_the_same_phone_without_an_address_has_taken_the_day(self):
        one = self._make_customer("Guest", "one@example.com", phone="+359 888 123 456")
        messages = self._remind(self._make_cart(one))
        messages.filtered("local_day").customer_key = "p:+359888123456"
        other = self._make_customer("Guest", "two@example.com", phone="00359888123456")
        self.assertEqual(self.remind(self._make_cart(other)), [("waiting", "daily_limit")])

    def test_two_customers_are_two(self):
        one = self._make_customer("Guest", "one@example.com")
        self.assertTrue(self.reminded_twice(one, self._make_customer("Guest", "two@example.com")))

    def test_a_message_counts_over_websites(self):
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        ada = self._make_customer()
        messages = self._remind(self._make_cart(ada), self._make_cart(ada, website=other))
        self.assertEqual(sorted(messages.mapped("state")), ["sending", "waiting", "waiting"])

    def test_the_day_is_counted_in_the_websites_time_zone(self):
        self.website.tz = "Pacific/Kiritimati"  # 02:00 of the next day
        cart = self._make_cart()
        self._remind(cart)
        self.assertEqual(str(self.first(cart).local_day), "2026-03-03")

    def test_what_was_not_sent_does_not_use_up_the_day(self):
        ada = self._make_customer()
        cart = self._make_cart(ada)
        self._remind(cart)
        self.first(cart)._withdraw("reminders_off")
        self.assertFalse(self.first(cart).local_day)
        self.assertEqual(self.remind(self._make_cart(ada)), [("sending", False)])

    @mute_logger("odoo.sql_db")
    def test_the_database_itself_forbids_a_second_message(self):
        ada = self._make_customer(phone="+359888123456")
        carts = [self._make_cart(ada, hours_ago=hours) for hours in (3, 2)]
        self._remind(*carts)
        self.env.flush_all()
        with self.assertRaisesRegex(Exception, "one_a_day"), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE recovery_message SET local_day = '2026-03-02' WHERE id = %s",
                [self.first(carts[0]).id],
            )

    def test_fault_54_an_address_typed_into_many_carts_is_a_robots(self):
        carts = [
            self._make_anonymous_cart(cart_email="victim@example.com", hours_ago=2 + n / 100)
            for n in range(12)
        ]
        unfinished = self._find(*carts)
        self.assertEqual(set(unfinished.mapped("made_by")), {"robot"})
        self._run_cron("send")
        self.assertEqual(set(unfinished.message_ids.mapped("reason")), {"robot"})


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestWhether(RulesCase):
    def test_b8_a_blacklisted_address_is_left_alone(self):
        """Core asks no blacklist."""
        self.env["mail.blacklist"]._add("ADA@example.com")
        self.assertEqual(self.remind(self._make_cart()), [("skipped", "opted_out")])

    def test_fault_13_a_person_who_opts_out_while_the_mail_is_queued_gets_none(self):
        cart = self._make_cart()
        self._remind(cart)
        self.env["mail.blacklist"]._add("ada@example.com")
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)
        self.assertEqual(
            (self.first(cart).state, self.first(cart).reason), ("skipped", "opted_out")
        )

    def test_an_address_taken_off_the_blacklist_may_be_written_to(self):
        self.env["mail.blacklist"]._add("ada@example.com")
        self.env["mail.blacklist"]._remove("ada@example.com")
        self.assertEqual(self.remind(self._make_cart()), [("sending", False)])

    def test_no_more_reminders_of_this_cart_leaves_the_others(self):
        ada = self._make_customer()
        stopped, other = self._make_cart(ada, hours_ago=3), self._make_cart(ada)
        self._find(stopped, other).filtered(
            lambda u: u.order_id == stopped
        ).stopped_at = fields.Datetime.now()
        self._remind(stopped, other)
        self.assertEqual(self.first(other).state, "sending")
        other.unlink()
        self.assertEqual(self.remind(stopped), [("skipped", "stopped")])

    def test_who_is_reminded_follows_the_websites_rule_on_consent(self):
        expected = {
            "opt_out": {"given": True, "declined": False, False: True},
            "opt_in": {"given": True, "declined": False, False: False},
            "soft_opt_in": {"given": True, "declined": False, False: False},
        }
        for rule, answers in expected.items():
            for answer, is_sent in answers.items():
                self.website.reminder_consent = rule
                buyer = self._make_customer("A", f"{rule}-{answer}@example.com".lower())
                with self.subTest(rule=rule, answer=answer):
                    outcome = self.remind(self._make_cart(buyer, cart_consent=answer))
                    why_not = ("skipped", answer or "no_consent")
                    self.assertEqual(outcome, [("sending", False) if is_sent else why_not])

    def test_the_soft_opt_in_is_for_customers_who_have_ordered_before(self):
        self.website.reminder_consent = "soft_opt_in"
        ada = self._make_customer()
        with freeze_time("2026-01-02 12:00:00"):
            self._make_cart(ada).action_confirm()
        # The same person, as a guest once more.
        again = self._make_customer("A. Buyer", "ADA@example.com")
        self.assertEqual(self.remind(self._make_cart(again)), [("sending", False)])

    def test_a_cart_below_the_minimum_waits_for_more(self):
        self.campaign.min_amount = 50.0
        cart = self._make_cart()  # 40.00
        self.assertEqual(self.remind(cart), [("skipped", "below_minimum")])
        cart.order_line.product_uom_qty = 2
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=1.5)
        self._remind(cart)
        self.assertEqual(self.first(cart).state, "sending")

    def test_the_minimum_counts_goods_after_discounts(self):
        self.campaign.min_amount = 85.0
        self._make_program("promo_code", code="TENTH")
        self._make_card("gift_card", points=50, code="GIFT-50")
        plain, discounted, paid, delivered = (
            self._make_cart(self._make_customer(f"B{n}", f"b{n}@example.com"), [self.chair])
            for n in range(4)
        )
        self._enter_code(discounted, "TENTH")
        self._enter_code(paid, "GIFT-50")
        delivered.order_line.price_unit = 80.0
        self._add_delivery(delivered, 20.0)
        delivered.cart_activity_at = plain.cart_activity_at
        sent, too_little = ("sending", False), ("skipped", "below_minimum")
        self.assertEqual(
            self.remind(plain, discounted, paid, delivered), [sent, too_little, sent, too_little]
        )

    def test_a_pack_of_six_is_sold_out_when_five_are_left(self):
        eggs = self._make_product("Eggs", stock=5)
        pack = self.env["uom.uom"].create(
            {
                "name": "Pack of 6",
                "relative_factor": 6,
                "relative_uom_id": self.env.ref("uom.product_uom_unit").id,
            }
        )
        cart = self._make_cart(products=[eggs])
        cart.order_line.product_uom_id = pack
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        self.assertEqual(self.remind(cart), [("waiting", "sold_out")])

    def test_what_the_shop_does_not_sell_any_more_is_no_reason_to_write(self):
        for number, change in enumerate(
            ({"sale_ok": False}, {"list_price": 0.0}, {"is_published": False})
        ):
            self.website.prevent_zero_price_sale = True
            thing = self._make_product("Thing")
            buyer = self._make_customer(f"Buyer {number}", f"buyer{number}@example.com")
            cart = self._make_cart(buyer, products=[thing])
            self._give_staff_discount(cart, 1)
            cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
            thing.write(change)
            with self.subTest(change=change):
                self.assertEqual(self.remind(cart), [("skipped", "archived_products")])

    def test_the_minimum_is_in_the_companys_currency(self):
        self.campaign.min_amount = 50.0
        cart = self._make_cart(products=[self.chair])  # 90.00
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET currency_rate = 2 WHERE id = %s", [cart.id])
        self.env.invalidate_all()
        self.assertEqual(self.remind(cart), [("skipped", "below_minimum")])

    def test_a_cart_of_staff_is_none_of_a_customer(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        seller.partner_id.email = "seller@example.com"
        cart = self._make_cart(seller.partner_id)
        self.assertEqual(self.remind(cart), [("skipped", "staff")])
        self.assertEqual(self.first(cart).unfinished_id.made_by, "staff")

    def test_a_cart_that_a_robot_made_is_not_reminded(self):
        self.assertEqual(self.remind(self._make_cart(cart_made_by="robot")), [("skipped", "robot")])

    def test_a_sold_out_cart_is_held_and_leaves_when_stock_returns(self):
        lamp = self._make_product("Rare Lamp", stock=None, is_storable=True)
        lamp.allow_out_of_stock_order = False
        cart = self._make_cart(products=[lamp])
        self.assertEqual(self.remind(cart), [("waiting", "sold_out")])
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.website.company_id.id)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(lamp, warehouse.lot_stock_id, 1)
        self.send_at("2026-03-02 13:00:00")
        self.assertEqual((self.first(cart).state, self.first(cart).reason), ("sending", False))

    def test_what_lies_in_another_warehouse_is_sold_out_here(self):
        company = self.website.company_id
        here, there = self.env["stock.warehouse"].create(
            [
                {"name": name, "code": name[:5], "company_id": company.id}
                for name in ("Here", "There")
            ]
        )
        lamp = self._make_product("Rare Lamp", is_storable=True, allow_out_of_stock_order=False)
        self.env["stock.quant"]._update_available_quantity(lamp, there.lot_stock_id, 5)
        self.website.warehouse_id = here
        cart = self._make_cart(products=[lamp])
        self.assertEqual(self.remind(cart), [("waiting", "sold_out")])
        self.website.warehouse_id = there
        self.send_at("2026-03-02 13:00:00")
        self.assertEqual(self.first(cart).state, "sending")

    def test_one_product_that_can_be_had_is_enough(self):
        rare = self._make_product("Rare Lamp", is_storable=True, allow_out_of_stock_order=False)
        cart = self._make_cart(products=[rare, self.lamp])
        self.assertEqual(self.remind(cart), [("sending", False)])

    def test_every_reason_and_every_hold_can_be_read(self):
        labels = dict(self.env["recovery.message"]._fields["reason"].selection)
        for code in [
            "staff",
            "robot",
            "declined",
            "no_consent",
            "below_minimum",
            "stale",
            "sold_out",
            "daily_limit",
            "quiet_hours",
            "day_off",
            "opted_out",
            "stopped",
        ]:
            self.assertGreater(len(labels[code]), 10, code)

    def test_the_facts_cost_the_same_queries_however_many_carts(self):
        rare = self._make_product("Rare Lamp", stock=5)

        def queries(count):
            carts = [
                self._make_cart(
                    self._make_customer(f"B{n}", f"b{count}-{n}@example.com"),
                    products=[rare, self.lamp],
                )
                for n in range(count)
            ]
            planned = self._find(*carts).message_ids
            messages = planned.browse(planned.ids)
            return queries_of(self.env, lambda: messages._sort_out(fields.Datetime.now()))

        self.assertLessEqual(queries(40), queries(5) + 2)
