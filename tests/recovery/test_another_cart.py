"""Somebody who has left one cart is at another one, which the search has not met yet."""

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import SQL

from ...tools.contact import customer_key
from ..common import queries_of
from ..common_engine import EngineCase

NOW = "2026-03-02 12:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestAnotherCart(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.steps = cls.campaign.step_ids
        cls.ada = cls._make_customer()

    def first_message(self, cart):
        messages = self.env["recovery.message"].search([("unfinished_id.order_id", "=", cart.id)])
        return min(messages, key=lambda message: message.id)

    def outcome(self, cart):
        message = self.first_message(cart)
        return message.state, message.reason

    def outcome_beside(self, make_other):
        """Return what becomes of Ada's cart while there is another one."""
        with self.env.cr.savepoint() as savepoint:
            cart = self._make_cart(self.ada)
            self._find(cart)
            make_other()
            self._run_cron("send")
            outcome = self.outcome(cart)
            savepoint.rollback()
        self.env.invalidate_all()
        return outcome

    def test_who_is_filling_another_cart_is_not_reminded_of_the_one_they_have_left(self):
        guest = self._make_customer("A guest", "ADA@example.com")
        lately = {"hours_ago": 0.3}
        for name, make in (
            ("the same contact", lambda: self._make_cart(self.ada, **lately)),
            ("a guest on another device", lambda: self._make_cart(guest, **lately)),
            (
                "who has only typed the address",
                lambda: self._make_anonymous_cart(cart_email="ada@example.com", **lately),
            ),
        ):
            with self.subTest(name):
                self.assertEqual(self.outcome_beside(make), ("waiting", "shopping"))

    def test_who_is_nobody_or_at_nothing_holds_nothing(self):
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        lately = {"hours_ago": 0.3}
        ben = self._make_customer("Ben", "ben@example.com")
        for name, make in (
            ("somebody else", lambda: self._make_cart(ben, **lately)),
            ("another website", lambda: self._make_cart(self.ada, website=other, **lately)),
            ("an empty cart", lambda: self._make_cart(self.ada, products=[], **lately)),
            ("a colleague", lambda: self._make_cart(self.ada, cart_made_by="staff", **lately)),
            ("a robot", lambda: self._make_cart(self.ada, cart_made_by="robot", **lately)),
            ("an older cart", lambda: self._make_cart(self.ada, hours_ago=2.5)),
            ("cancelled", lambda: self._make_cart(self.ada, **lately).action_cancel()),
        ):
            with self.subTest(name):
                self.assertEqual(self.outcome_beside(make), ("sending", False))

    def test_a_payment_for_another_cart_is_waited_for(self):
        outcome = self.outcome_beside(
            lambda: self._make_transaction(self._make_cart(self.ada, hours_ago=0.1), "draft")
        )
        self.assertEqual(outcome, ("waiting", "payment_in_progress"))

    def test_when_the_other_cart_is_left_it_is_the_newer_one(self):
        cart = self._make_cart(self.ada)
        self._find(cart)
        other = self._make_cart(self.ada, hours_ago=0.3)
        self._run_cron("send")
        with freeze_time("2026-03-02 13:00:00"):
            self._remind(other)
        self.assertEqual(self.outcome(cart), ("skipped", "newer_cart"))
        self.assertEqual(self.outcome(other), ("sending", False))

    def test_when_the_other_cart_is_emptied_the_first_one_is_reminded(self):
        cart = self._make_cart(self.ada)
        self._find(cart)
        other = self._make_cart(self.ada, hours_ago=0.3)
        self._run_cron("send")
        other.order_line.unlink()
        with freeze_time("2026-03-02 13:30:00"):
            self._run_cron("find")
            self._run_cron("send")
        self.assertEqual(self.outcome(cart), ("sending", False))

    def test_in_sql_it_is_the_same_person_as_by_their_key(self):
        buyers = [
            *((f"{name}@example.com", phone) for name in "ab" for phone in ("", "+3225550001")),
            *(("", phone) for phone in ("+3225550001", "+3225550002")),
        ]
        left = [
            self._make_anonymous_cart(cart_email=email, cart_phone=phone, hours_ago=3)
            for email, phone in buyers
        ]
        unfinished = {cart: self._make_unfinished(cart) for cart in left}
        now = fields.Datetime.now()
        for email, phone in buyers:
            other = self._make_anonymous_cart(cart_email=email, cart_phone=phone, hours_ago=0.3)
            self.env.flush_all()
            rows = self.env.execute_query(
                SQL(
                    "SELECT u.order_id, %s FROM unfinished_order u WHERE u.id IN %s",
                    self.env["sale.order"]._other_cart_sql(now),
                    tuple(one.id for one in unfinished.values()),
                )
            )
            found = {order_id for order_id, what in rows if what == "filled"}
            key = customer_key(email, phone)
            same = {c.id for c, b in zip(left, buyers, strict=True) if customer_key(*b) == key}
            self.assertEqual(found, same, (email, phone))
            other.unlink()

    def test_it_is_asked_in_as_many_queries_for_many_as_for_few(self):
        def queries(count):
            carts = [
                self._make_cart(self._make_customer(f"B{n}", f"b{count}-{n}@example.com"))
                for n in range(count)
            ]
            found = self._find(*carts).message_ids
            messages = found.browse(found.ids)  # to be read at once
            for cart in carts:
                self._make_cart(cart.partner_id, hours_ago=0.3)
            self.env.flush_all()
            return queries_of(self.env, lambda: messages._facts(fields.Datetime.now()))

        queries(2)  # to warm up
        self.assertLessEqual(queries(12), queries(3) + 1)

    def test_the_carts_of_a_person_are_looked_up(self):
        unfinished = self._make_unfinished(self._make_cart(self.ada))
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        rows = self.env.execute_query(
            SQL(
                "EXPLAIN SELECT %s FROM unfinished_order u WHERE u.id = %s",
                self.env["sale.order"]._other_cart_sql(fields.Datetime.now()),
                unfinished.id,
            )
        )
        plan = "\n".join(line for (line,) in rows)
        self.assertNotRegex(plan, r"Seq Scan on (sale_order|res_partner)\b")
