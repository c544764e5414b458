"""What the list says about a reminder is what the senders would say now, and nothing else."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged

from ..common import queries_of
from ..common_engine import EngineCase

NOW = "2026-03-02 12:00:00"  # a Monday
FEW, MANY = 3, 12


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestWhatTheListSays(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.campaign.step_ids[0].delay_hours = 5
        cls.website.tz = "UTC"
        cls.seller = new_test_user(
            cls.env, "lister", groups="sales_team.group_sale_salesman_all_leads"
        )

    def planned(self, name="Ada", **vals):
        """Return the unfinished order of a cart whose reminder is due in three hours."""
        customer = self._make_customer(name, f"{name.lower()}@example.com")
        return self._find(self._make_cart(customer, hours_ago=2, **vals))

    def says(self, unfinished):
        """Return what a seller reads, and when."""
        self.env.flush_all()
        self.env.invalidate_all()
        row = unfinished.with_user(self.seller)
        return row.reminder_note, row.next_reminder_at

    def engine_says(self, unfinished):
        """Return what the senders do at the time at which the message is due."""
        message = unfinished.message_ids.filtered(lambda m: m.state == "waiting")
        with freeze_time(message.due_at):
            self._run_cron("send")
        return message.state, message.reason

    def test_a_reminder_that_nothing_stands_in_the_way_of_is_scheduled(self):
        unfinished = self.planned()
        self.assertEqual(self.says(unfinished), ("Scheduled", datetime(2026, 3, 2, 15, 0)))
        self.assertEqual(self.engine_says(unfinished), ("sending", False))

    def test_a_person_who_has_ordered_as_another_guest_is_not_promised_a_reminder(self):
        unfinished = self.planned()
        self._make_cart(self._make_customer("Ada A.", "ada@example.com")).action_confirm()
        note, at = self.says(unfinished)
        self.assertEqual(note, "Will not be sent: The customer has ordered since")
        self.assertFalse(at)
        self.assertEqual(self.engine_says(unfinished), ("skipped", "bought"))

    def test_each_thing_that_stands_in_the_way_is_named(self):
        def archive_product(unfinished):
            unfinished.order_id.order_line.product_id.sale_ok = False

        for name, happen, reason in (
            ("stop", lambda u: u.write({"stopped_at": NOW}), "stopped"),
            ("black", lambda u: self.env["mail.blacklist"]._add(u.email), "opted_out"),
            ("nothing", archive_product, "archived_products"),
            ("minimum", lambda u: self.campaign.write({"min_amount": 1000}), "below_minimum"),
            ("off", lambda u: self.campaign.write({"is_running": False}), "reminders_off"),
        ):
            with self.subTest(reason=reason):
                product = self._make_product(f"Thing {name}")
                customer = self._make_customer(name, f"{name}@example.com")
                unfinished = self._find(self._make_cart(customer, [product]))
                happen(unfinished)
                label = dict(unfinished.message_ids._reason_labels())[reason]
                self.assertEqual(self.says(unfinished), (f"Will not be sent: {label}", False))

    def test_a_payment_on_its_way_holds_it_and_the_list_says_so(self):
        unfinished = self.planned()
        self._make_transaction(unfinished.order_id, "pending")
        note, at = self.says(unfinished)
        self.assertEqual(note, "Held: A payment is in progress")
        self.assertEqual(at, datetime(2026, 3, 2, 15, 0))

    def test_a_message_that_waits_says_the_same_as_its_order(self):
        paying, ordered, silent = (self.planned(name) for name in ("Ada", "Bob", "Cleo"))
        self._make_transaction(paying.order_id, "pending")
        self._make_cart(self._make_customer("B.", "bob@example.com")).action_confirm()
        self.env["mail.blacklist"]._add("cleo@example.com")
        for unfinished in paying | ordered | silent:
            note, _at = self.says(unfinished)
            message = unfinished.message_ids.with_user(self.seller)
            self.assertEqual(message.outlook, note)
            self.assertNotEqual(note, "Scheduled")

    def test_a_message_that_was_not_sent_says_why(self):
        message = self.planned().message_ids
        message._move_to("skipped", reason="stopped")
        self.assertEqual(message.outlook, message._reason_labels()["stopped"])

    def test_what_is_sold_out_is_held(self):
        shelf = self._make_product("Shelf", stock=1)
        unfinished = self._find(self._make_cart(products=[shelf]))
        self.assertEqual(self.says(unfinished)[0], "Scheduled")
        quant = self.env["stock.quant"].search([("product_id", "=", shelf.id)], limit=1)
        self.env["stock.quant"]._update_available_quantity(shelf, quant.location_id, -1)
        self.assertEqual(self.says(unfinished)[0], "Held: Sold out at the moment")

    def test_the_same_person_twice_is_promised_one_reminder_a_day(self):
        self.campaign.step_ids[1:].active = False  # tomorrow's would come in between
        other = self.env["website"].create({"name": "Other Shop", "tz": "UTC"})
        self._start_reminders(other).step_ids[0].delay_hours = 6
        here = self.planned()
        there = self._find(
            self._make_cart(self._make_customer("A.", "ada@example.com"), website=other)
        )
        self.assertEqual(self.says(here)[0], "Scheduled")
        note, at = self.says(there)
        self.assertEqual(note, "Held: The customer gets another message on that day")
        self.assertEqual(at.date(), fields.Date.to_date("2026-03-03"))
        self.assertEqual(self.engine_says(here), ("sending", False))
        self.assertEqual(self.says(there)[0], note)
        self.assertEqual(self.engine_says(there), ("waiting", "daily_limit"))
        self.assertEqual(self.says(there)[1].date(), fields.Date.to_date("2026-03-03"))

    def test_who_got_a_message_today_gets_the_next_one_tomorrow(self):
        unfinished = self.planned()
        first = self._remind(self._make_cart(self._make_customer("A.", "ada@example.com")))
        self.assertFalse(first.filtered(lambda m: m.state == "sending"), "it is due in 3 hours")
        unfinished.message_ids.copy(
            {
                "key": "yesterday",
                "step_id": False,
                "by_hand": True,
                "state": "sent",
                "local_day": "2026-03-02",
            }
        )
        unfinished.invalidate_recordset()
        newest = max(unfinished | first.unfinished_id, key=lambda u: u.id)
        note, at = self.says(newest)
        self.assertEqual(note, "Held: The customer has got a message today")
        self.assertEqual(at.date(), fields.Date.to_date("2026-03-03"))

    def test_a_buyer_who_is_at_it_again_is_reminded_when_the_cart_is_left_again(self):
        unfinished = self.planned()
        with freeze_time("2026-03-02 12:10:00"):
            unfinished.order_id._cart_add(self.chair.id)
            note, at = self.says(unfinished)
        self.assertEqual(
            note,
            "Planned anew when the cart is left again: The customer has changed the cart since",
        )
        self.assertFalse(at)

    def test_what_lies_in_the_queue_is_looked_at_as_well(self):
        self.campaign.step_ids[1:].active = False
        unfinished = self.planned()
        with freeze_time("2026-03-02 15:01:00"):
            self._run_cron("send")
            self.assertEqual(self.says(unfinished)[0], "Being sent")
            self._make_cart(self._make_customer("A.", "ada@example.com")).action_confirm()
            self.assertIn("has ordered", self.says(unfinished)[0])

    def test_after_the_last_reminder_nothing_is_promised(self):
        unfinished = self.planned()
        unfinished.message_ids._move_to("sending")
        unfinished.message_ids._move_to("sent", sent_at=fields.Datetime.now())
        self.assertEqual(self.says(unfinished)[0], "All reminders sent")
        self.campaign.is_running = False
        self.assertEqual(self.says(unfinished)[0], "Automatic reminders are off")

    def test_a_file_says_what_is_noted_and_asks_no_facts(self):
        unfinished = self.planned()
        self._make_cart(self._make_customer("A.", "ada@example.com")).action_confirm()
        values = self.env["unfinished.order.export"]._computed_values("reminder_note", unfinished)
        self.assertEqual(values, ["Scheduled"])
        self.assertIn("has ordered", self.says(unfinished)[0])

    def test_a_page_asks_as_much_as_a_row_and_no_more_than_a_handful_on_top(self):
        carts = [
            self._make_cart(self._make_customer(f"B{n}", f"b{n}@example.com")) for n in range(MANY)
        ]
        unfinished = self._find(*carts).with_user(self.seller)
        self.assertEqual(set(unfinished.mapped("reminder_note")), {"Scheduled"})

        def statements(rows, name):
            self.env.flush_all()
            for _round in range(3):
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                rows.mapped(name)
            return self.cr.sql_log_count - before

        page = statements(unfinished, "reminder_note")
        self.assertEqual(page, statements(unfinished[:FEW], "reminder_note"))
        self.assertLess(page - statements(unfinished, "reminder_count"), 15)

    def test_a_page_with_its_dots_asks_as_much_as_a_row(self):
        self.campaign.step_ids[1:].active = False  # what waits is read for other reasons
        self.campaign.step_ids[0].delay_hours = 1

        def queries(count):
            carts = [
                self._make_cart(self._make_customer(f"D{count}-{n}", f"d{count}-{n}@example.com"))
                for n in range(count)
            ]
            messages = self._remind(*carts)
            messages._move_to("sent", sent_at=fields.Datetime.now())
            unfinished = messages.unfinished_id
            self.assertEqual(len(unfinished), count)
            rows = unfinished.browse(unfinished.ids).with_user(self.seller)
            return queries_of(self.env, lambda: rows.read(["desk_status"]))

        queries(1)  # fills the caches of the registry
        self.assertEqual(queries(MANY), queries(FEW))

    def test_the_next_step_can_be_what_keeps_another_shops_reminder_from_leaving_in_time(self):
        other = self.env["website"].create({"name": "Other Shop", "tz": "UTC"})
        self._start_reminders(other).step_ids[0].delay_hours = 6
        here = self.planned()
        there = self._find(
            self._make_cart(self._make_customer("A.", "ada@example.com"), website=other)
        )
        self.assertEqual(self.engine_says(here), ("sending", False))
        self.assertEqual(self.says(there)[0], "Will not be sent: It would have come too late")
        for moment in ("2026-03-02 16:00", "2026-03-03 10:00", "2026-03-03 15:00", "2026-03-04"):
            with freeze_time(moment):
                self._run_cron("send")
        self.assertEqual(there.message_ids.sorted("id")[0].reason, "stale")

    def test_what_is_late_is_due_since_then(self):
        unfinished = self.planned()
        with freeze_time(datetime(2026, 3, 2, 15, 0) + timedelta(minutes=20)):
            self.assertEqual(self.says(unfinished), ("Scheduled", datetime(2026, 3, 2, 15, 0)))
