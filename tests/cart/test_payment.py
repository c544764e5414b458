"""May money still come for a cart? Everybody who asks gets the same answer."""

# The linter knows tests by their folder's name only.
# pylint: disable=translation-required

from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ...models.recovery.facts import Candidate
from ..common import queries_of
from ..common_engine import EngineCase
from ..common_shop import ShopCase

MINUTES = {
    "10 minutes": 10,
    "20 minutes": 20,
    "59 minutes": 59,
    "61 minutes": 61,
    "3 hours": 180,
    "2 days": 2 * 24 * 60,
    "5 days": 5 * 24 * 60,
}
STATES = ("draft", "pending", "authorized", "done", "cancel", "error")
LONG_AGO = 31 * 24


def may_come(state, minutes):
    """Return the answer that is promised."""
    return state in ("pending", "authorized", "done") or (state == "draft" and minutes < 60)


class PaymentCase(EngineCase):
    def _make_payment(self, cart, state, minutes=0, **vals):
        """Make a payment in any state and of any age, also one that the provider knows not."""
        known = vals.pop("reference", f"TEST-{cart.id}-{state}-{minutes}")
        transfer = self.env.ref("payment.payment_provider_transfer")
        payment = self._make_transaction(cart, reference=known, provider_id=transfer.id, **vals)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE payment_transaction SET state = %s, last_state_change = %s WHERE id = %s",
            [state, fields.Datetime.now() - timedelta(minutes=minutes), payment.id],
        )
        self.env.invalidate_all()
        return payment

    def _make_refund(self, payment, amount, state="done", **vals):
        refund = self._make_payment(
            payment.sale_order_ids,
            state,
            amount=-amount,
            operation="refund",
            source_transaction_id=payment.id,
            sale_order_ids=False,
            reference=f"R-{payment.reference}-{amount}-{state}",
            **vals,
        )
        refund.sale_order_ids = False
        return refund

    def _answers(self, cart):
        """Return what predicate, domain and SQL say about a cart."""
        orders = self.env["sale.order"]
        self.env.flush_all()
        domain = orders._in_payment_domain()
        by_sql = self.env.execute_query(
            SQL(
                "SELECT o.id FROM sale_order o WHERE o.id = %s AND %s",
                cart.id,
                orders._in_payment_sql(SQL("o.id")),
            )
        )
        return {
            "predicate": bool(cart._in_payment()),
            "domain": bool(orders.search([("id", "=", cart.id)]) & orders.search(domain)),
            "filter": bool(cart.filtered_domain(domain)),
            "negated": cart not in orders.search(~domain),
            "others": cart not in orders.search(orders._in_payment_domain(negated=True)),
            "SQL": bool(by_sql),
        }


@tagged("post_install", "-at_install")
class TestTheDoor(PaymentCase, TransactionCase):
    def test_predicate_domain_and_sql_agree_in_each_state_at_each_age(self):
        for state in STATES:
            for age, minutes in MINUTES.items():
                cart = self._make_cart()
                self._make_payment(cart, state, minutes)
                with self.subTest(state=state, age=age):
                    expected = may_come(state, minutes)
                    self.assertEqual(set(self._answers(cart).values()), {expected})

    def test_one_payment_of_several_is_enough(self):
        cart = self._make_cart()
        self._make_payment(cart, "error", reference="first")
        self.assertEqual(set(self._answers(cart).values()), {False})
        self._make_payment(cart, "draft", reference="second")
        self.assertEqual(set(self._answers(cart).values()), {True})

    def test_a_cart_without_payment_expects_no_money(self):
        self.assertEqual(set(self._answers(self._make_cart()).values()), {False})

    def test_money_that_was_given_back_in_full_is_over(self):
        for refunds, expected in (
            ([(40, "done")], False),
            ([(15, "done"), (25, "done")], False),
            ([(39.99, "done")], True),
            ([(40, "pending")], True),
            ([(40, "error")], True),
            ([(40, "cancel")], True),
            ([(15, "done"), (25, "pending")], True),
        ):
            cart = self._make_cart()
            payment = self._make_payment(cart, "done")
            for amount, state in refunds:
                self._make_refund(payment, amount, state)
            with self.subTest(refunds=refunds):
                self.assertEqual(set(self._answers(cart).values()), {expected})

    def test_money_that_was_captured_in_parts_and_voided_in_part_is_over_when_all_is_back(self):
        cart = self._make_cart()
        payment = self._make_payment(cart, "done")
        part = {"source_transaction_id": payment.id, "sale_order_ids": False}
        captured = self._make_payment(cart, "done", amount=30, reference="captured", **part)
        voided = self._make_payment(cart, "cancel", amount=10, reference="voided", **part)
        (captured | voided).sale_order_ids = False
        self.assertEqual(set(self._answers(cart).values()), {True})
        captured_refund = self._make_refund(payment, 29)
        captured_refund.source_transaction_id = captured
        self.assertEqual(set(self._answers(cart).values()), {True})
        self._make_refund(payment, 1).source_transaction_id = captured
        self.assertEqual(set(self._answers(cart).values()), {False})

    def test_many_carts_cost_as_many_queries_as_one(self):
        def count(size):
            carts = self.env["sale.order"]
            for _number in range(size):
                cart = self._make_cart()
                self._make_refund(self._make_payment(cart, "done"), 40)
                carts |= cart
            return queries_of(self.env, carts._in_payment)

        self.assertEqual(count(1), count(8))


@tagged("post_install", "-at_install")
class TestEveryoneAsksTheDoor(PaymentCase, TransactionCase):
    """For each state and age, each operation does what the door says."""

    def setUp(self):
        super().setUp()
        self.website.write({"cart_retention": "30", "cart_retention_from": False})

    def _matrix(self, hours_ago=2):
        for state in STATES:
            for age, minutes in MINUTES.items():
                cart = self._make_cart(self._make_customer(email=f"{state}{minutes}@example.com"))
                payment = self._make_payment(cart, state, minutes)
                cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=hours_ago)
                with self.subTest(state=state, age=age):
                    yield cart, payment, may_come(state, minutes)

    def _candidate(self, unfinished):
        now = fields.Datetime.now()
        return Candidate(1, 0, unfinished.id, 0, 0, 0, "a@example.com", now, now, True)

    def test_reminding(self):
        for cart, _payment, expected in self._matrix():
            unfinished = self.env["unfinished.order"].create(
                {
                    "name": "U",
                    "order_id": cart.id,
                    "company_id": cart.company_id.id,
                    "currency_id": cart.currency_id.id,
                    "activity_at": cart.cart_activity_at,
                }
            )
            facts = self.env["recovery.facts"]._about(
                [self._candidate(unfinished)], fields.Datetime.now()
            )
            self.assertEqual(facts[1].payment != "none", expected)

    def test_restoring(self):
        restore = self.env["unfinished.order.restore"]
        for cart, _payment, expected in self._matrix():
            status = restore._status(cart.sudo(), self.website)
            self.assertEqual(status, "in_payment" if expected else "open")

    def test_retiring(self):
        for cart, _payment, expected in self._matrix():
            cart._retire()
            self.assertEqual(cart.state, "draft" if expected else "cancel")

    def test_erasing_a_person(self):
        for cart, _payment, expected in self._matrix():
            self._make_unfinished(cart)
            unfinished = self.env["unfinished.order"].create(
                {
                    "name": "U",
                    "email": cart.partner_id.email,
                    "company_id": cart.company_id.id,
                    "currency_id": cart.currency_id.id,
                    "activity_at": cart.cart_activity_at,
                }
            )
            cart.cart_email = cart.partner_id.email
            unfinished._erase_person()
            self.assertEqual(bool(cart.exists()), expected)

    def test_deleting_by_a_manager(self):
        for cart, payment, expected in self._matrix():
            if expected:
                with self.assertRaisesRegex(UserError, payment.reference):
                    cart.unlink()
            else:
                cart.unlink()
            self.assertEqual(bool(cart.exists()), expected)

    def test_retention(self):
        kept, gone = self.env["sale.order"], self.env["sale.order"]
        for cart, _payment, expected in self._matrix(LONG_AGO):
            if expected:
                kept |= cart
            else:
                gone |= cart
        self._run_cron("find")
        self._run_cron("erase_old")
        self.assertEqual((kept | gone).exists(), kept)


@tagged("post_install", "-at_install")
class TestSessionAsksTheDoor(PaymentCase, ShopCase):
    def test_a_cart_is_offered_again_when_no_money_may_come(self):
        for state in STATES:
            for age, minutes in MINUTES.items():
                buyer = self._make_portal_user(f"u{state}{minutes}")
                cart = self._make_cart(partner=buyer.partner_id)
                self._make_payment(cart, state, minutes)
                self._come_as(buyer)
                self.url_open("/shop/cart")
                with self.subTest(state=state, age=age):
                    expected = cart.browse() if may_come(state, minutes) else cart
                    self.assertEqual(self._session_cart(), expected)


@tagged("post_install", "-at_install")
class TestMoneyFindsItsOrder(PaymentCase, ShopCase):
    def _order_copy(self, cart):
        """Let the same person order a copy of their cart, on another device."""
        copy = self._make_cart(self._make_customer("Ada", cart.partner_id.email))
        copy.cart_source_id = self.env["unfinished.order"].search([("order_id", "=", cart.id)])
        copy.action_confirm()
        return copy

    def _report(self, payment, verb):
        """Let the provider report, and core do what follows, all but the bookkeeping."""
        booked = []
        # There is no chart of accounts here.
        name, book = "_create_payment", lambda payments, **_values: booked.append(payments)
        with patch.object(type(payment), name, book):
            getattr(payment, verb)()
            payment._post_process()
        self.env.invalidate_all()
        return booked

    def test_a_payment_at_the_bank_for_twenty_minutes_and_a_copy_that_is_ordered(self):
        cart = self._make_cart()
        self._make_unfinished(cart)
        payment = self._make_payment(cart, "draft", 20)
        copy = self._order_copy(cart)
        self.assertEqual((copy.state, cart.state), ("sale", "draft"))
        self._report(payment, "_set_done")
        self.assertEqual((copy.state, cart.state), ("sale", "sale"))
        self.assertEqual(payment.sale_order_ids, cart)

    def test_a_payment_that_is_reported_late_opens_the_cart_that_we_had_cancelled(self):
        for verb, state in (("_set_done", "sale"), ("_set_pending", "sent")):
            buyer = self._make_customer(email=f"{state}@example.com")
            cart = self._make_cart(buyer)
            self._make_unfinished(cart)
            payment = self._make_payment(cart, "draft", 180)
            copy = self._order_copy(cart)
            self.assertEqual((copy.state, cart.state), ("sale", "cancel"))
            self._report(payment, verb)
            with self.subTest(report=verb):
                self.assertEqual((copy.state, cart.state), ("sale", state))
                self.assertFalse(cart.cart_retired_at)
                self.assertIn("open again", "".join(cart.message_ids.mapped("body")))

    def test_a_cart_with_a_discount_that_is_opened_again_costs_what_was_paid(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Ten percent",
                "program_type": "promo_code",
                "trigger": "with_code",
                "rule_ids": [Command.create({"mode": "with_code", "code": "TEN"})],
                "reward_ids": [Command.create({"discount": 10})],
            }
        )
        cart = self._make_cart(products=[self.chair])
        ((coupon, rewards),) = cart._try_apply_code("TEN").items()
        cart._apply_program_reward(rewards, coupon)
        self.assertEqual(rewards, program.reward_ids)
        paid = cart.amount_total
        self.assertEqual(paid, 81)
        self._make_unfinished(cart)
        payment = self._make_payment(cart, "draft", 180)
        self._order_copy(cart)
        self.assertEqual(cart.state, "cancel")
        self._report(payment, "_set_done")
        self.assertEqual((cart.state, cart.amount_total), ("sale", paid))

    def test_a_cart_that_a_colleague_has_cancelled_stays_cancelled(self):
        cart = self._make_cart()
        payment = self._make_payment(cart, "draft", 180)
        cart.action_cancel()
        self._report(payment, "_set_done")
        self.assertEqual(cart.state, "cancel")

    def test_a_cart_that_was_opened_again_by_hand_and_cancelled_anew_stays_so(self):
        cart = self._make_cart()
        payment = self._make_payment(cart, "draft", 180)
        cart._retire()
        cart.action_draft()
        cart.action_cancel()
        self._report(payment, "_set_done")
        self.assertEqual(cart.state, "cancel")

    def test_a_payment_that_fails_late_opens_nothing(self):
        cart = self._make_cart()
        payment = self._make_payment(cart, "draft", 180)
        cart._retire()
        payment._set_error("Refused.")
        self.assertEqual(cart.state, "cancel")

    def test_a_payment_of_a_deleted_cart_says_so_and_keeps_what_a_colleague_needs(self):
        cart = self._make_cart()
        payment = self._make_payment(cart, "draft", 180)
        buyer, reference = cart.partner_id, payment.reference
        cart.unlink()
        self.assertEqual((payment.state, payment.partner_id), ("cancel", buyer))
        self.assertEqual(payment.reference, reference)
        self.assertIn("deleted", payment.state_message)

    def test_late_money_for_a_deleted_cart_is_in_the_list_of_payments(self):
        """Core would refuse the report, and the money would be known to the provider only."""
        for verb, state in (("_set_done", "done"), ("_set_pending", "pending")):
            cart = self._make_cart(self._make_customer(email=f"{state}@example.com"))
            buyer = cart.partner_id
            payment = self._make_payment(cart, "draft", 180)
            cart.unlink()
            booked = self._report(payment, verb)
            with self.subTest(report=verb):
                self.assertEqual((payment.state, payment.partner_id), (state, buyer))
                self.assertEqual(booked, [payment] if state == "done" else [])
                self.assertIn("after its cart had been deleted", payment.state_message)
                self.assertTrue(payment.is_post_processed)

    @mute_logger("odoo.addons.payment.models.payment_transaction")
    def test_a_payment_that_a_provider_cancelled_is_not_revived(self):
        cart = self._make_cart()
        payment = self._make_payment(cart, "draft", 180)
        payment._set_canceled("By the buyer.")
        cart.unlink()
        payment._set_done()
        self.assertEqual(payment.state, "cancel")

    def test_a_payment_for_another_order_too_goes_on(self):
        cart, other = self._make_cart(), self._make_cart()
        payment = self._make_payment(cart, "draft", 180)
        payment.sale_order_ids |= other
        cart.unlink()
        self.assertEqual((payment.state, payment.sale_order_ids), ("draft", other))

    def test_deleting_many_carts_asks_the_same_queries_however_many_payments(self):
        def count(size):
            carts = self.env["sale.order"]
            for _number in range(size):
                cart = self._make_cart()
                self._make_payment(cart, "draft", 180)
                carts |= cart
            self.env.flush_all()
            self.env.invalidate_all()
            started = []
            with patch.object(
                type(self.env["payment.transaction"]),
                "_end_with_their_cart",
                lambda payments: started.extend(payments.mapped("id")),
            ):
                self.env["payment.transaction"]._give_up(carts)
            payments = self.env["payment.transaction"].browse(started)
            return queries_of(self.env, payments._end_with_their_cart)

        count(2)
        self.assertEqual(count(2), count(9))
