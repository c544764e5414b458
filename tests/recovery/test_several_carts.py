"""Several carts of one person, and one cart that is left again and again."""

# The linter knows tests by their folder's name only.
# pylint: disable=translation-required

from datetime import datetime, timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ...tools.contact import is_same_person
from ..common import queries_of
from ..common_engine import EngineCase

NOW = "2026-03-02 12:00:00"


class CartsCase(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders(days_ago=300)
        cls.steps = cls.campaign.step_ids
        cls.website.tz = "UTC"
        cls.ada = cls._make_customer()

    def messages(self, cart):
        self.env.invalidate_all()
        return self.env["recovery.message"].search(
            [("unfinished_id.order_id", "=", cart.id)], order="id"
        )

    def outcomes(self, cart):
        return [(m.step_id, m.state, m.reason) for m in self.messages(cart)]

    def left(self, cart):
        messages = self.messages(cart).filtered(lambda m: m.state in ("sending", "sent"))
        return messages.step_id

    def run_at(self, moment):
        """Run both crons at a moment, and let what was handed over have left."""
        with freeze_time(moment):
            self._run_cron("find")
            self._run_cron("send")
            self.leave()

    def leave(self):
        queued = self.env["recovery.message"].search([("state", "=", "sending")])
        mails = self._queued_mails(queued)
        queued._move_to("sent", sent_at=fields.Datetime.now())
        mails.unlink()

    def touch(self, cart, moment):
        """Let the buyer change the cart at a moment."""
        with freeze_time(moment):
            cart.order_line[:1].product_uom_qty += 1
            cart.cart_activity_at = fields.Datetime.now()


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestNewestCart(CartsCase):
    def test_of_carts_found_together_the_newest_is_reminded(self):
        carts = [self._make_cart(self.ada, hours_ago=hours) for hours in (4, 3, 2)]
        self._remind(*carts)
        skipped = [(self.steps[0], "skipped", "newer_cart")]
        self.assertEqual([self.outcomes(cart) for cart in carts[:2]], [skipped, skipped])
        self.assertEqual(self.left(carts[2]), self.steps[0])
        label = self.messages(carts[0])[0]._reason_label()
        self.assertEqual(label, "The customer has left a newer cart since")

    def test_a_cart_left_later_stops_the_reminders_of_the_one_before(self):
        old = self._make_cart(self.ada)
        self._remind(old)
        self.leave()
        with freeze_time("2026-03-03 08:00:00"):
            new = self._make_cart(self._make_customer("A guest", "ADA@example.com"))
            self._find(new)
            self.assertEqual(self.outcomes(old)[-1], (self.steps[1], "skipped", "newer_cart"))
            self._run_cron("send")
            self.leave()
        self.run_at("2026-03-07 12:00:00")
        self.assertEqual(self.left(old), self.steps[0])
        self.assertIn(self.steps[0], self.left(new))

    def test_what_is_in_the_mail_queue_is_taken_back(self):
        old = self._make_cart(self.ada)
        queued = self._remind(old).filtered(lambda m: m.state == "sending")
        self.assertTrue(self._queued_mails(queued))
        self._find(self._make_cart(self.ada, hours_ago=1))
        self.assertFalse(self._queued_mails(queued))
        self.assertEqual((queued.state, queued.reason), ("skipped", "newer_cart"))

    def test_it_is_asked_again_when_a_message_is_sent(self):
        old = self._make_cart(self.ada)
        message = self._find(old).message_ids
        new = self._make_cart(self.ada, hours_ago=1)
        unfinished = self._find(new)
        unfinished.message_ids.unlink()
        message._move_to("skipped")
        again = message.copy({"state": "waiting", "key": "again", "reason": False})
        self._run_cron("send")
        self.assertEqual((again.state, again.reason), ("skipped", "newer_cart"))

    def test_another_customer_and_another_website_count_for_themselves(self):
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        here = self._make_cart(self.ada, hours_ago=3)
        there = self._make_cart(self.ada, website=other)
        ben = self._make_cart(self._make_customer("Ben", "ben@example.com"))
        self._remind(here, there, ben)
        states = {cart: self.messages(cart)[0].state for cart in (here, there, ben)}
        self.assertEqual(states[ben], "sending")
        self.assertEqual({states[here], states[there]}, {"sending", "waiting"}, "one a day")

    def test_carts_of_staff_and_robots_supersede_nothing(self):
        cart = self._make_cart(self.ada)
        self._make_cart(self.ada, hours_ago=1, cart_made_by="robot")
        self._remind(cart)
        self.assertEqual(self.left(cart), self.steps[0])

    def test_when_the_newest_is_bought_the_older_ones_stay_quiet(self):
        old, new = self._make_cart(self.ada, hours_ago=3), self._make_cart(self.ada)
        self._remind(old, new)
        self.leave()
        new.action_confirm()
        for moment in ("2026-03-03 12:00:00", "2026-03-05 12:00:00"):
            self.run_at(moment)
        self.assertFalse(self.left(old))

    def test_when_the_newest_is_deleted_the_older_one_goes_on_with_what_is_not_too_late(self):
        old, new = self._make_cart(self.ada, hours_ago=3), self._make_cart(self.ada)
        self._remind(old, new)
        self.leave()
        with freeze_time("2026-03-03 08:00:00"):
            new.unlink()
        self.run_at("2026-03-03 08:05:00")
        self.assertEqual(self.left(old), self.steps[0])
        for moment in ("2026-03-04 08:05:00", "2026-03-05 12:00:00"):
            self.run_at(moment)
        self.assertEqual(self.left(old), self.steps)

    def test_when_the_newest_is_cancelled_in_whatever_way_the_older_one_goes_on(self):
        ways = {
            "on its form": lambda order: order.action_cancel(),
            "in the list": lambda order: (
                self.env["sale.mass.cancel.orders"]
                .create({"sale_order_ids": [Command.set(order.ids)]})
                .action_mass_cancel()
            ),
            "by another addon": lambda order: order.write({"state": "cancel"}),
        }
        for number, (name, cancel) in enumerate(ways.items()):
            buyer = self._make_customer(email=f"way{number}@example.com")
            old, new = self._make_cart(buyer, hours_ago=3), self._make_cart(buyer)
            self._make_unfinished(old)  # the search is past it from the second time on
            self._make_unfinished(new)
            with self.subTest(way=name):
                cancel(new)
                self.assertEqual(self.messages(new)[:1].state, "skipped")
                self.assertEqual(self.messages(new).unfinished_id.state, "expired")
                self.assertIn("waiting", self.messages(old).mapped("state"))

    def test_when_a_person_deletes_the_newest_unfinished_order_the_older_one_goes_on(self):
        carts = [self._make_cart(self.ada, hours_ago=hours) for hours in (4, 3, 2)]
        self._remind(*carts)
        self.leave()
        manager = new_test_user(self.env, "boss", groups="sales_team.group_sale_manager")
        newest = self.messages(carts[2]).unfinished_id
        with freeze_time("2026-03-03 08:00:00"):
            newest.with_user(manager).unlink()
        self.run_at("2026-03-03 08:05:00")
        self.assertFalse(newest.exists())
        self.assertEqual(self.left(carts[1]), self.steps[0])
        self.assertFalse(self.left(carts[0]), "there still is a newer one")

    def test_when_a_person_deletes_all_of_them_nothing_goes_on(self):
        carts = [self._make_cart(self.ada, hours_ago=hours) for hours in (3, 2)]
        found = self._find(*carts)
        found.unlink()
        self.assertFalse(self.env["recovery.message"].search([("address", "=", self.ada.email)]))

    def test_deleting_many_of_several_costs_no_more_queries(self):
        def queries(count):
            newest = self.env["unfinished.order"]
            for number in range(count):
                buyer = self._make_customer(f"D{count}-{number}", f"d{count}-{number}@e.eu")
                carts = [self._make_cart(buyer, hours_ago=hours) for hours in (3, 2)]
                _older, last = map(self._make_unfinished, carts)
                newest |= last
            return queries_of(self.env, newest.unlink)

        queries(2)  # to warm up
        self.assertLessEqual(queries(12), queries(3) + 1)

    def test_when_the_newest_is_emptied_the_older_one_goes_on(self):
        old, new = self._make_cart(self.ada, hours_ago=3), self._make_cart(self.ada)
        self._remind(old, new)
        self.leave()
        with freeze_time("2026-03-04 08:00:00"):
            new.order_line.unlink()
            new.cart_activity_at = fields.Datetime.now()
        for moment in ("2026-03-04 10:00:00", "2026-03-05 12:00:00"):
            self.run_at(moment)
        self.assertEqual(new.name and self.left(old), self.steps[2])
        reasons = {m.reason for m in self.messages(old) if m.state == "skipped"}
        self.assertIn("stale", reasons)

    def _two_carts(self, number=0):
        """Return an older and a newer cart of one buyer; only the newer one is reminded."""
        buyer = self._make_customer(email=f"two{number}@example.com")
        old, new = self._make_cart(buyer, hours_ago=3), self._make_cart(buyer)
        for cart in (old, new):  # the search is past them from the second time on
            self._make_unfinished(cart)
        self.assertEqual(self.messages(old).mapped("state"), ["skipped"])
        return old, new

    def test_when_the_newest_gets_another_customer_the_older_one_goes_on(self):
        old, new = self._two_carts()
        new.partner_id = self._make_customer("Ben", "ben@example.com")
        self.assertIn("waiting", self.messages(old).mapped("state"))
        waiting = self.messages(new).filtered(lambda message: message.state == "waiting")
        self.assertEqual(waiting.mapped("address"), ["ben@example.com"])

    def test_when_the_contact_of_the_newest_was_mistyped_the_older_one_goes_on(self):
        old = self._make_cart(self.ada, hours_ago=3)
        guest = self._make_customer("Ada's son", "ada@example.com")
        new = self._make_cart(guest)
        self._find(old, new)
        self.assertEqual(self.messages(old).mapped("state"), ["skipped"])
        guest.email = "son@example.com"
        self.assertIn("waiting", self.messages(old).mapped("state"))

    def test_when_only_the_name_of_the_contact_is_corrected_the_older_one_stays_quiet(self):
        old, new = self._two_carts()
        new.partner_id.name = "Ada Byron"
        self.assertEqual(self.messages(new).unfinished_id.customer_name, "Ada Byron")
        self.assertEqual(self.messages(old).mapped("state"), ["skipped"])

    def test_when_staff_make_a_quotation_of_the_newest_the_older_one_goes_on(self):
        seller = new_test_user(
            self.env, "quoter", groups="sales_team.group_sale_salesman_all_leads"
        )
        ways = {
            "link": lambda cart: cart._make_quotations(),
            "mail": lambda cart: cart.action_quotation_sent(),
        }
        for number, (name, quote) in enumerate(ways.items()):
            with self.subTest(way=name):
                old, new = self._two_carts(number)
                quote(new.with_user(seller))
                self.assertEqual(self.messages(new).unfinished_id.state, "expired")
                self.assertIn("waiting", self.messages(old).mapped("state"))

    def test_the_newest_of_the_rest_goes_on(self):
        carts = [self._make_cart(self.ada, hours_ago=hours) for hours in (4, 3, 2)]
        self._remind(*carts)
        with freeze_time("2026-03-02 13:00:00"):
            carts[2].unlink()
        self.run_at("2026-03-03 12:00:00")
        self.assertFalse(self.left(carts[0]))
        self.assertTrue(self.left(carts[1]))

    def test_a_colleague_may_remind_of_any_of_them(self):
        old, new = self._make_cart(self.ada, hours_ago=3), self._make_cart(self.ada)
        found = self._find(old, new).filtered(lambda u: u.order_id == old)
        plan = found._plan_by_hand(self.steps[0].channel_id)[found]
        self.assertFalse(plan.reason)

    def test_who_has_left_a_newer_cart_is_the_same_in_sql_and_in_records(self):
        """For each pair of carts; a number that others give, too, is nobody's e-mail."""
        people = [
            {"email": email, "phone": phone}
            for email in (False, "ada@example.com", "ben@example.com")
            for phone in (False, "+84912345678", "+359888123456")
            if email or phone
        ]
        contacts = [self._make_customer(**one) for one in people]
        contacts.append(contacts[0])
        unfinished = self._find(*(self._make_cart(c, hours_ago=5) for c in contacts))
        for index, one in enumerate(unfinished):
            one.activity_at = fields.Datetime.now() - timedelta(hours=5, minutes=-index)
        for one in unfinished:
            rest = unfinished - one
            same = rest.filtered(
                lambda o, one=one: (
                    is_same_person(one._buyer(), o._buyer())
                    and (bool(one.email) == bool(o.email) or one.partner_id == o.partner_id)
                )
            )
            self.assertEqual(one._others_of_persons() & unfinished, same, one._buyer())
            newer = same.filtered(lambda o, one=one: o.activity_at > one.activity_at)
            self.assertEqual(bool(one._with_newer_cart()), bool(newer), one._buyer())

    def test_many_carts_cost_no_more_queries(self):
        def queries(count):
            carts = [
                self._make_cart(self._make_customer(f"Q{count}-{n}", f"q{count}-{n}@e.eu"))
                for n in range(count)
            ]
            found = self._find(*carts)
            return queries_of(self.env, found._supersede_older)

        self.assertLessEqual(queries(30), queries(3) + 1)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestLeftAgain(CartsCase):
    def leave_all_steps(self):
        cart = self._make_cart(self.ada)
        for moment in (NOW, "2026-03-03 12:00:00", "2026-03-05 12:00:00"):
            self.run_at(moment)
        self.assertEqual(self.left(cart), self.steps)
        return cart

    def test_a_cart_left_again_weeks_later_gets_all_steps_again(self):
        before = self.campaign.sent_count  # of carts that other tests have erased
        cart = self.leave_all_steps()
        self.touch(cart, "2026-03-20 10:00:00")
        for moment in ("2026-03-20 12:00:00", "2026-03-21 12:00:00", "2026-03-23 12:00:00"):
            self.run_at(moment)
        sent = self.messages(cart).filtered(lambda m: m.state == "sent")
        self.assertEqual(len(sent), 6)
        self.assertEqual(sent.mapped("round"), [0, 0, 0, 1, 1, 1])
        self.assertEqual(self.campaign.sent_count - before, 6)
        self.touch(cart, "2026-03-24 10:00:00")
        self.run_at("2026-03-24 12:00:00")
        self.assertEqual(len(self.messages(cart).filtered(lambda m: m.state == "sent")), 6)

    def test_before_that_time_no_step_leaves_twice(self):
        cart = self.leave_all_steps()
        self.touch(cart, "2026-03-18 10:00:00")  # 13 days after the last one
        self.run_at("2026-03-18 12:00:00")
        self.assertEqual(len(self.messages(cart).filtered(lambda m: m.state == "sent")), 3)

    def test_the_days_are_a_setting_and_0_is_never(self):
        for days, count in ((3, 4), (0, 3)):
            with self.subTest(days=days):
                self.campaign.restart_days = days
                cart = self.leave_all_steps()
                self.touch(cart, "2026-03-09 10:00:00")
                self.run_at("2026-03-09 12:00:00")
                sent = self.messages(cart).filtered(lambda m: m.state == "sent")
                self.assertEqual(len(sent), count)
                cart.unlink()
                self.env["recovery.message"].search([]).unlink()

    def test_a_cart_that_nobody_comes_back_to_gets_nothing_more(self):
        cart = self.leave_all_steps()
        self.run_at("2026-03-28 12:00:00")
        self.assertEqual(len(self.messages(cart).filtered(lambda m: m.state == "sent")), 3)

    def test_within_a_round_the_database_forbids_a_second_message_of_a_step(self):
        cart = self._make_cart(self.ada)
        message = self._find(cart).message_ids
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "step_once"),
            self.env.cr.savepoint(),
        ):
            message.copy({"key": "twice", "state": "waiting"})
            self.env.flush_all()
        again = message.copy({"key": "again", "state": "waiting", "round": 1})
        self.env.flush_all()
        self.assertTrue(again)

    def test_one_a_day_holds_over_rounds(self):
        cart = self.leave_all_steps()
        self.campaign.restart_days = 1
        self.steps[0].delay_hours = 0
        self.touch(cart, "2026-03-06 12:30:00")
        self.run_at("2026-03-06 14:00:00")
        days = self.messages(cart).filtered(lambda m: m.state == "sent").mapped("local_day")
        self.assertEqual(len(days), len(set(days)))
        self.assertEqual(self.messages(cart)[-1].due_at.date() >= datetime(2026, 3, 6).date(), True)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestADayLate(CartsCase):
    """What holds a message does not move its planned time: a day later it is dropped."""

    def first(self, cart):
        return self.messages(cart).filtered(lambda m: m.step_id == self.steps[0])

    def hold_and_wait(self, cart, hours):
        """Run the crons every hour, for so many hours."""
        for hour in range(hours):
            self.run_at(fields.Datetime.to_datetime(NOW) + timedelta(hours=hour))

    def test_a_cart_sold_out_for_days_gets_no_one_hour_reminder_on_the_fifth(self):
        rare = self._make_product("Rare Lamp", is_storable=True, allow_out_of_stock_order=False)
        cart = self._make_cart(self.ada, products=[rare])
        self.hold_and_wait(cart, 26)
        first = self.first(cart)
        self.assertEqual((first.state, first.reason), ("skipped", "stale"))
        self.assertIn("Sold out", first.detail)
        self.assertEqual(first.planned_at, datetime(2026, 3, 2, 11))
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.website.company_id.id)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(rare, warehouse.lot_stock_id, 1)
        self.run_at("2026-03-03 14:30:00")
        self.assertEqual(self.left(cart), self.steps[1], "and later steps go on")

    def test_a_payment_that_takes_days_lets_no_old_reminder_go(self):
        cart = self._make_cart(self.ada)
        self._find(cart)
        transaction = self._make_transaction(cart, "pending")
        self.hold_and_wait(cart, 26)
        self.assertEqual(self.first(cart).reason, "stale")
        transaction.state = "cancel"
        self.run_at("2026-03-03 14:30:00")
        self.assertNotIn(self.steps[0], self.left(cart))

    def test_a_mail_that_nobody_takes_out_of_the_queue_for_a_day_does_not_leave(self):
        cart = self._make_cart(self.ada)
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        with freeze_time("2026-03-03 12:30:00"):
            dropped = self.env["recovery.message"]._drop_unwanted([message.provider_ref])
        self.assertTrue(dropped)
        self.assertEqual((message.state, message.reason), ("skipped", "stale"))

    def test_a_server_that_is_down_does_not_move_the_planned_time(self):
        cart = self._make_cart(self.ada)
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        planned_at = message.planned_at
        while message.state in ("sending", "waiting"):
            with freeze_time(message.due_at):
                message._move_to("sending")
                message._retry_later("451 Try again later")
            self.assertEqual(message.planned_at, planned_at)
            if message.state == "waiting":
                self.assertLess(message.due_at, planned_at + timedelta(hours=24))

    def test_what_the_daily_limit_holds_leaves_on_the_next_day_within_24_hours(self):
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        carts = self._make_cart(self.ada, hours_ago=3), self._make_cart(self.ada, website=other)
        self._remind(*carts)
        held = self.env["recovery.message"].search([("reason", "=", "daily_limit")])
        self.assertEqual(len(held), 1)
        self.assertLess(held.due_at, held.planned_at + timedelta(hours=24))
        self.assertEqual(held.due_at.date(), datetime(2026, 3, 3).date())
        self.leave()
        others = self.env["recovery.message"].search([("customer_key", "=", held.customer_key)])
        (others - held)._withdraw("stopped")  # else the next step is faster
        self.run_at(held.due_at + timedelta(minutes=5))
        self.assertEqual(held.state, "sent")

    def test_quiet_hours_are_part_of_the_planned_time(self):
        channel = self.steps.channel_id
        channel.write({"has_quiet_hours": True, "quiet_from": 10, "quiet_to": 9.5})
        cart = self._make_cart(self.ada)
        self._find(cart)
        message = self.first(cart)
        self.assertEqual(message.planned_at, datetime(2026, 3, 3, 9, 30))
        self.run_at("2026-03-03 09:45:00")
        self.assertEqual(message.state, "sent")

    def test_a_step_whose_time_is_changed_is_planned_anew(self):
        cart = self._make_cart(self.ada)
        self._find(cart)
        message = self.first(cart)
        message._move_to("waiting", reason="sold_out", due_at="2026-03-02 13:00:00")
        self.steps[0].delay_hours = 5
        self.assertEqual(message.planned_at, datetime(2026, 3, 2, 15))
        self.assertEqual(message.due_at, datetime(2026, 3, 2, 13))

    def test_a_person_who_tries_again_plans_anew(self):
        cart = self._make_cart(self.ada)
        message = self._find(cart).message_ids
        message._move_to("failed", reason="rendering")
        with freeze_time("2026-03-09 12:00:00"):
            message._retry("failed")
            self.assertEqual(message.planned_at, fields.Datetime.now())
