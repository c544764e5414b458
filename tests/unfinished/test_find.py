from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import TransactionCase, freeze_time, tagged

from ..common import queries_of
from ..common_engine import EngineCase

AGES = {"old": -5, "ahead": 5}


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestFind(EngineCase, TransactionCase):
    def test_an_idle_cart_of_a_known_buyer_is_an_unfinished_order(self):
        buyer = self._make_customer(email="Ada@Example.com", phone="+359 888 123 456")
        cart = self._make_cart(buyer, {self.lamp: 2, self.chair: 1}, hours_ago=3)
        unfinished = self._find(cart)
        self.assertRecordValues(
            unfinished,
            [
                {
                    "state": "open",
                    "partner_id": buyer.id,
                    "email": "ada@example.com",
                    "phone": "+359888123456",
                    "quantity": 3.0,
                    "amount_total": cart.amount_total,
                    "currency_id": cart.currency_id.id,
                    "activity_at": datetime(2026, 3, 2, 9, 0),
                    "website_id": self.website.id,
                    "company_id": cart.company_id.id,
                }
            ],
        )
        self.assertEqual(unfinished.product_ids, self.lamp + self.chair)

    def test_a_visitor_who_has_only_typed_an_address_is_reachable(self):
        typed = self._make_anonymous_cart(hours_ago=0)
        typed._capture_contact(email="Guest@Example.com")
        typed.cart_activity_at -= timedelta(hours=2)
        unfinished = self._find(typed)
        self.assertEqual(unfinished.email, "guest@example.com")
        self.assertFalse(unfinished.partner_id)

    def test_what_is_no_unfinished_order(self):
        nobody = self._make_anonymous_cart()
        busy = self._make_cart(hours_ago=0.5)
        empty = self._make_cart(products=[])
        silent = self._make_cart(self._make_customer(email=False))
        paid = self._make_cart()
        self._make_transaction(paid, "pending")
        placed = self._make_cart()
        placed.action_confirm()
        quotation = self.env["sale.order"].create({"partner_id": self._make_customer().id})
        self.assertFalse(self._find(nobody, busy, empty, silent, paid, placed, quotation))

    def test_one_definition_serves_the_list_of_core_too(self):
        cart, busy = self._make_cart(), self._make_cart(hours_ago=0.5)
        self.assertTrue(cart.is_abandoned_cart)
        self.assertFalse(busy.is_abandoned_cart)
        found = self.env["sale.order"].search([("is_abandoned_cart", "=", True)])
        self.assertIn(cart, found)
        self.assertNotIn(busy, found)

    def test_the_threshold_is_the_websites_own(self):
        self.website.cart_idle_hours = 5
        cart = self._make_cart(hours_ago=3)
        self.assertFalse(self._find(cart))
        with freeze_time("2026-03-02 14:01:00"):
            self.assertTrue(self._find(cart))

    def test_a_cart_that_is_imported_with_its_date_is_as_old_as_that(self):
        hours = {name: fields.Datetime.now() + timedelta(hours=n) for name, n in AGES.items()}
        carts = {name: self._make_cart_on(date) for name, date in hours.items()}
        self.assertEqual(carts["old"].cart_activity_at, hours["old"])
        self.assertEqual(carts["ahead"].cart_activity_at, fields.Datetime.now())
        self.assertTrue(carts["old"].is_abandoned_cart)
        self.assertFalse(carts["ahead"].is_abandoned_cart)

    def _make_cart_on(self, date):
        line = Command.create({"product_id": self.lamp.id})
        return self.env["sale.order"].create(
            {
                "website_id": self.website.id,
                "partner_id": self._make_customer().id,
                "date_order": fields.Datetime.to_string(date),
                "order_line": [line],
            }
        )

    def test_a_website_made_with_cores_delay_has_it_as_its_threshold(self):
        given, default, both = self.env["website"].create(
            [
                {"name": "Given", "cart_abandoned_delay": 0.5},
                {"name": "Default"},
                {"name": "Both", "cart_abandoned_delay": 24, "cart_idle_hours": 2},
            ]
        )
        thresholds = [site.cart_idle_hours for site in (given, default, both)]
        self.assertEqual(thresholds, [0.5, 1, 2])

    def test_a_reward_alone_is_no_product(self):
        """The shop adds rewards by itself: an emptied cart with a gift in it is empty."""
        cart = self._make_cart(products=[self.lamp, self.chair])
        program = self.env["loyalty.program"].create(
            {"name": "Gift", "reward_ids": [Command.create({"reward_type": "discount"})]}
        )
        gift = cart.order_line[1]
        gift.reward_id = program.reward_ids
        cart.cart_activity_at -= timedelta(hours=1)
        unfinished = self._find(cart)
        self.assertEqual(unfinished.product_ids, self.lamp)
        cart.order_line[0].unlink()
        cart.cart_activity_at -= timedelta(hours=3)
        self.assertFalse(cart.is_abandoned_cart)

    def test_a_cart_is_found_once(self):
        cart = self._make_cart()
        self.assertEqual(self._find(cart), self._find(cart))

    def test_a_change_moves_the_date_and_the_snapshot(self):
        cart = self._make_cart(hours_ago=5)
        unfinished = self._find(cart)
        number = unfinished.name
        with freeze_time("2026-03-02 13:00:00"):
            cart._cart_add(self.chair.id, 2)
            self.assertTrue(unfinished.is_active_again)
        with freeze_time("2026-03-02 14:01:00"):
            self._find(cart)
        self.assertEqual(unfinished.activity_at, fields.Datetime.to_datetime("2026-03-02 13:00:00"))
        self.assertEqual(unfinished.quantity, 3)
        self.assertEqual(unfinished.product_ids, self.lamp + self.chair)
        self.assertEqual(unfinished.name, number)
        self.assertFalse(unfinished.is_active_again)

    def test_an_emptied_cart_is_closed_and_reopened_when_filled_again(self):
        cart = self._make_cart(hours_ago=5)
        unfinished = self._find(cart)
        cart.order_line.unlink()
        with freeze_time("2026-03-02 13:30:00"):
            self._find(cart)
            self.assertEqual(unfinished.state, "emptied")
            cart._cart_add(self.chair.id)
        with freeze_time("2026-03-02 15:00:00"):
            self._find(cart)
            self.assertEqual(unfinished.state, "open")
            self.assertFalse(unfinished.closed_at)

    def test_a_cart_older_than_its_link_is_given_up(self):
        self.website.cart_link_days = 10
        unfinished = self._find(self._make_cart(hours_ago=24 * 11))
        self.assertEqual(unfinished.state, "expired")

    def test_a_failed_payment_makes_the_cart_the_buyers_again(self):
        cart = self._make_cart(hours_ago=5)
        payment = self._make_transaction(cart, "draft")
        payment._set_error("The card was refused.")
        self.assertEqual(cart.cart_activity_at, fields.Datetime.now())
        with freeze_time("2026-03-02 13:30:00"):
            self.assertTrue(self._find(cart).payment_failed)

    def test_a_payment_that_was_on_its_way_and_failed_is_found_later(self):
        cart = self._make_cart(hours_ago=5)
        payment = self._make_transaction(cart, "pending")
        self.assertFalse(self._find(cart))
        payment._set_canceled("The buyer pressed back.")
        with freeze_time("2026-03-02 13:30:00"):
            self.assertTrue(self._find(cart))

    def test_a_wrong_server_clock_hides_no_cart(self):
        with freeze_time("2026-03-09 12:00:00"):
            self._find(self._make_cart())
        self.assertTrue(self._find(self._make_cart()))

    def test_delivery_costs_are_no_product_and_no_activity(self):
        cart = self._make_cart(hours_ago=5)
        left_at = cart.cart_activity_at
        carrier = self.env["delivery.carrier"].search([], limit=1)
        cart.set_delivery_line(carrier, 10)
        self.assertEqual(cart.cart_activity_at, left_at)
        unfinished = self._find(cart)
        self.assertEqual(unfinished.quantity, 1)
        self.assertEqual(unfinished.product_ids, self.lamp)

    def test_archiving_a_product_is_no_activity_of_its_buyers(self):
        cart = self._make_cart(products=[self.lamp, self.chair], hours_ago=5)
        left_at = cart.cart_activity_at
        self.chair.action_archive()
        self.assertEqual(cart.order_line.product_id, self.lamp)
        self.assertEqual(cart.cart_activity_at, left_at)

    def test_the_amount_in_company_currency_can_be_added_up(self):
        company_currency = self.website.company_id.currency_id
        other = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", company_currency.id)], limit=1)
        )
        other.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "rate": 2.0, "name": "2026-01-01"}
        )
        pricelist = self.env["product.pricelist"].create({"name": "P", "currency_id": other.id})
        cart = self._make_cart(pricelist_id=pricelist.id)
        unfinished = self._find(cart)
        self.assertEqual(unfinished.currency_id, other)
        self.assertAlmostEqual(unfinished.amount_company, unfinished.amount_total / 2, 2)

    def test_fault_70_looking_through_a_batch_takes_the_same_queries_however_many_carts(self):
        def queries(count):
            for _cart in range(count):
                self._make_cart(self._make_customer())
            scan = self.env["unfinished.order.scan"]._of(self.website)
            return queries_of(self.env, lambda: scan._find_batch(self.website))

        queries(3)  # fills the caches of the registry
        self.assertEqual(queries(40), queries(5))

    def test_staff_see_the_date_of_their_own_change_at_once(self):
        unfinished = self._find(cart := self._make_cart(hours_ago=5))
        seller = self.env.ref("base.user_admin")
        cart.with_user(seller).write(
            {"order_line": [Command.create({"product_id": self.chair.id})]}
        )
        self.assertEqual(unfinished.activity_at, fields.Datetime.now())

    def test_the_snapshot_follows_a_change_by_staff(self):
        unfinished = self._find(cart := self._make_cart(hours_ago=5))
        cart.with_user(self.env.ref("base.user_admin")).order_line.product_uom_qty = 5
        with freeze_time("2026-03-02 13:30:00"):
            self._find(cart)
        self.assertEqual(unfinished.quantity, 5)
        self.assertEqual(unfinished.amount_total, cart.amount_total)

    def test_what_was_counted_as_placed_stays_counted(self):
        self._start_reminders()
        unfinished = self._find(cart := self._make_cart(hours_ago=5))
        cart.action_confirm()
        amount = unfinished.amount_total
        cart._action_cancel()
        cart.action_draft()
        cart.order_line.product_uom_qty = 9
        with freeze_time("2026-03-02 13:30:00"):
            self._find(cart)
        self.assertRecordValues(unfinished, [{"state": "own_accord", "amount_total": amount}])
        self.assertNotIn("waiting", unfinished.message_ids.mapped("state"))

    def test_a_cart_cancelled_and_set_back_can_still_be_placed_and_counted(self):
        unfinished = self._find(cart := self._make_cart(hours_ago=5))
        cart.action_cancel()
        self.assertEqual(unfinished.state, "expired")
        cart.action_draft()
        with freeze_time("2026-03-02 13:30:00"):
            self._find(cart)
            self.assertEqual(unfinished.state, "open")
            cart.action_confirm()
        self.assertEqual(unfinished.state, "own_accord")
        self.assertEqual(cart.placed_at, datetime(2026, 3, 2, 13, 30))

    def test_one_bad_cart_does_not_stop_the_others(self):
        bad, good = (
            self._make_cart(hours_ago=5),
            self._make_cart(self._make_customer("B", "b@e.eu")),
        )
        found = type(self.env["unfinished.order.snapshot"])
        prepare = found._prepare_vals

        def prepare_or_break(model, row):
            if row["order_id"] == bad.id:
                raise ValueError("broken")
            return prepare(model, row)

        with (
            patch.object(found, "_prepare_vals", prepare_or_break),
            self.assertLogs("odoo.addons.website_sale_order_handling.models") as log,
        ):
            self.assertEqual(self._find(bad, good).order_id, good)
        self.assertIn(f"Cart {bad.id} cannot be taken in", "".join(log.output))

    def test_a_missing_sequence_stops_no_buyer(self):
        self.env["ir.sequence"].search([("code", "=", "unfinished.order")]).unlink()
        cart = self._make_cart()
        self.assertTrue(cart.name)
        self.assertEqual(self._find(cart).name, cart.name)

    def test_a_colleagues_copy_of_an_online_order_is_no_buyers_cart(self):
        copy = self._make_cart().copy()
        self.assertFalse(copy.cart_activity_at)
        self.assertFalse(copy.is_abandoned_cart)


@tagged("post_install", "-at_install")
class TestNumber(EngineCase, TransactionCase):
    def test_a_cart_takes_no_order_number_until_it_is_placed(self):
        sequence = self.env["ir.sequence"].search(
            [
                ("code", "=", "sale.order"),
                ("company_id", "in", (False, self.website.company_id.id)),
            ],
            limit=1,
        )
        cart, other = self._make_cart(), self._make_cart()
        self.assertRegex(cart.name, r"^UO\d{5}$")
        self.assertNotEqual(cart.name, other.name)
        cart.action_confirm()
        self.assertNotEqual(cart.name, cart.cart_number)
        self.assertTrue(cart.name.startswith(sequence.prefix or "S"))

    def test_the_salesperson_is_told_the_order_number(self):
        """Core assigns the salesperson just before the order is confirmed, and tells them so."""
        self.website.salesperson_id = self.env.ref("base.user_admin")
        cart = self._make_cart(user_id=False).with_context(
            tracking_disable=False, mail_no_track=False
        )
        cart.action_confirm()
        about = [("model", "=", "sale.order"), ("res_id", "=", cart.id), ("subject", "!=", False)]
        subjects = self.env["mail.message"].search(about).mapped("subject")
        self.assertEqual(subjects, [f"You have been assigned to {cart.name}"])
        self.assertNotEqual(cart.name, cart.cart_number)

    def test_a_payment_gives_a_cart_its_order_number(self):
        cart = self._make_cart()
        cart._send_payment_succeeded_for_order_mail()
        self.assertNotEqual(cart.name, cart.cart_number)

    def test_an_order_that_waits_for_its_payment_has_an_order_number(self):
        cart = self._make_cart()
        cart.action_quotation_sent()
        self.assertNotEqual(cart.name, cart.cart_number)

    def test_the_unfinished_order_carries_the_number_of_the_cart(self):
        cart = self._make_cart()
        self.assertEqual(self._find(cart).name, cart.cart_number)

    def test_a_cart_from_before_the_installation_gets_a_number_in_the_list(self):
        carts = self._make_cart() + self._make_cart()
        carts.write({"cart_number": False, "name": "S00000"})
        names = self._find(carts).mapped("name")
        self.assertEqual(len(set(names)), 2)
        for name in names:
            self.assertRegex(name, r"^UO\d{5}$")
        self.assertEqual(set(carts.mapped("name")), {"S00000"})
