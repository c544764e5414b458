"""Has this person placed an order? Also one that was imported, or that is older than this app."""

from datetime import datetime, timedelta
from itertools import product

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user, tagged

from ...hooks import pre_init_hook
from ...tools.contact import Buyer, is_same_person
from ..common import RecoveryCase, queries_of
from ..common_shop import ShopCase

LONG_AGO = datetime(2020, 5, 1, 12, 0)


class PlacedCase(RecoveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls._make_customer(phone="+359888123456")
        cls.company = cls.website.company_id

    @classmethod
    def _make_order(cls, state="sale", **vals):
        """Make an order as an import or a connector does: in its state from the beginning."""
        line = Command.create({"product_id": cls.lamp.id})
        given = {"partner_id": cls.ada.id, "state": state, "order_line": [line], **vals}
        return cls.env["sale.order"].create(given)

    def has_ordered(self, contact, **kwargs):
        """Tell whether it is known of a contact, by e-mail, phone and contact."""
        cart = self._make_cart(contact)
        return cart._has_ordered(cart._buyer(), self.company, **kwargs)


@tagged("post_install", "-at_install")
class TestPlaced(PlacedCase, TransactionCase):
    def test_an_order_made_as_a_placed_one_is_one(self):
        for vals in (
            {"state": "sale"},
            {"state": "sale", "website_id": self.website.id},
            {"state": "sent", "website_id": self.website.id},
        ):
            with self.subTest(**vals):
                order = self._make_order(**vals, date_order=LONG_AGO)
                self.assertEqual(order.placed_at, LONG_AGO)
                self.assertEqual(order.cart_email, "ada@example.com")
                self.assertEqual(order.cart_phone, "+359888123456")

    def test_a_quotation_that_staff_have_sent_is_no_purchase(self):
        self.assertFalse(self._make_order("sent").placed_at)
        self.assertFalse(self._make_order("draft").placed_at)
        self.assertFalse(self.has_ordered(self.ada))

    def test_a_quotation_of_a_cart_or_of_a_copy_is_no_purchase_when_staff_send_it(self):
        quoted = self._make_cart(self.ada)
        quoted._make_quotations()
        bought = self._make_order(website_id=self.website.id)
        copied = bought.copy()
        bought._action_cancel()
        for order in (quoted, copied):
            order.action_quotation_sent()
            self.assertEqual(order.state, "sent")
            self.assertFalse(order.placed_at)
            self.assertFalse(self.has_ordered(self.ada))
            order.action_confirm()
            self.assertTrue(order.placed_at)
            order._action_cancel()

    def test_it_is_one_when_its_customer_pays_by_bank_transfer(self):
        cart = self._make_cart(self.ada)
        cart._make_quotations()
        self._make_transaction(cart, state="pending")
        cart.action_quotation_sent()
        self.assertTrue(cart.placed_at)

    def test_a_quotation_of_the_back_office_that_its_customer_pays_by_transfer_is_one(self):
        for state in ("draft", "sent"):
            with self.subTest(state=state), self.env.cr.savepoint() as savepoint:
                quotation = self._make_order(state)
                self.assertFalse(self.has_ordered(self.ada))
                self._make_transaction(quotation)._set_pending()
                if state == "draft":
                    quotation.action_quotation_sent()  # as core does then
                self.assertTrue(quotation.placed_at)
                self.assertTrue(self.has_ordered(self.ada))
                page = self.env["unfinished.order.page"]
                unfinished = self._make_unfinished(self._make_cart(self.ada))
                self.assertEqual(page._orders_of_buyer(unfinished), quotation)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_placed_orders_follow_a_contact_whose_address_is_corrected(self):
        guest = self._make_customer("Ada", "adaa@example.com")
        order = self._make_order(partner_id=guest.id)
        cart = self._make_anonymous_cart(cart_email="ada.right@example.com")
        self.assertFalse(cart._has_ordered(cart._buyer(), self.company))
        guest.email = "ada.right@example.com"
        self.assertEqual(order.cart_email, "ada.right@example.com")
        self.assertTrue(cart._has_ordered(cart._buyer(), self.company))
        guest.email = False  # what is not known any more is not forgotten of a purchase
        self.assertEqual(order.cart_email, "ada.right@example.com")

    def test_an_imported_order_of_the_future_is_placed_now(self):
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        order = self._make_order(date_order=tomorrow)
        self.assertLess(order.placed_at, tomorrow)

    def test_a_copy_is_placed_when_it_is_made_so(self):
        order = self._make_order()
        self.assertFalse(order.copy().placed_at)
        self.assertTrue(order.copy({"state": "sale"}).placed_at)

    def test_an_imported_order_counts_as_bought_since(self):
        cart = self._make_cart(self.ada)
        since = cart.cart_activity_at
        self.assertFalse(self.has_ordered(self.ada, since=since))
        self._make_order(date_order=LONG_AGO)
        self.assertFalse(self.has_ordered(self.ada, since=since))
        self._make_order()
        self.assertTrue(self.has_ordered(self.ada, since=since))

    def test_a_cancelled_order_does_not_count(self):
        order = self._make_order()
        self.assertTrue(self.has_ordered(self.ada))
        order._action_cancel()
        self.assertFalse(self.has_ordered(self.ada))

    def test_an_order_of_another_company_does_not_count(self):
        self.company = self.env["res.company"].create({"name": "Other"})
        self._make_order()
        self.assertFalse(self.has_ordered(self.ada))

    def test_many_who_made_up_the_same_phone_have_not_ordered(self):
        self._make_order()
        eve = self._make_customer("Eve", "eve@example.com", phone="+359888123456")
        self.assertFalse(self.has_ordered(eve))
        nameless = self._make_customer("N.", False, phone="+359888123456")
        self.assertTrue(self.has_ordered(nameless))

    def test_an_order_that_gets_another_customer_is_theirs(self):
        order = self._make_order()
        eve = self._make_customer("Eve", "eve@example.com")
        order.partner_id = eve
        self.assertEqual((order.cart_email, order.cart_phone), ("eve@example.com", False))
        self.assertTrue(self.has_ordered(eve))
        self.assertFalse(self.has_ordered(self.ada))

    def test_who_has_ordered_is_who_is_the_same_person_as_a_buyer(self):
        """Over all kinds of contacts: the look-up in the database agrees with the definition."""
        kinds = list(product(("", "one@e.eu", "two@e.eu"), ("", "+359888123456", "+84912345678")))
        others = [self._make_customer(f"{kind}", kind[0], phone=kind[1]) for kind in kinds]
        for email, phone in kinds:
            with self.subTest(email=email, phone=phone), self.env.cr.savepoint() as savepoint:
                buyer = self._make_customer("Buyer", email, phone=phone)
                order = self._make_order(partner_id=buyer.id)
                for contact in [buyer, *others]:
                    cart = self._make_cart(contact)
                    expected = is_same_person(cart._buyer(), order._buyer())
                    found = cart._has_ordered(cart._buyer(), self.company)
                    self.assertEqual(found, expected, contact.name)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_nobody_has_ordered(self):
        self._make_order(partner_id=self._make_customer("N.", False).id)
        self.assertFalse(self.env["sale.order"]._has_ordered(Buyer(), self.company))


@tagged("post_install", "-at_install")
class TestPlacedBefore(PlacedCase, TransactionCase):
    """Orders from before the installation."""

    def _install(self, *orders):
        """Forget what was not kept then, and fill it as the installation does."""
        ids = tuple(order.id for order in orders)
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE sale_order
                  SET placed_at = NULL, cart_email = NULL, cart_phone = NULL WHERE id IN %s""",
            [ids],
        )
        self.assertLessEqual(queries_of(self.env, lambda: pre_init_hook(self.env)), 5)
        self.env.invalidate_all()

    def test_orders_from_before_count_wherever_they_were_made(self):
        website = {"website_id": self.website.id}
        placed = [
            self._make_order("sale", date_order=LONG_AGO),
            self._make_order("sale", date_order=LONG_AGO, **website),
            self._make_order("sent", date_order=LONG_AGO, **website),
        ]
        others = [
            self._make_order("sent", date_order=LONG_AGO),
            self._make_order("draft", **website),
            self._make_order("cancel", **website),
        ]
        self._install(*placed, *others)
        for order in placed:
            self.assertEqual(order.placed_at, LONG_AGO)
            self.assertEqual(order.cart_email, "ada@example.com")
            self.assertEqual(order.cart_phone, "+359888123456")
        for order in others:
            self.assertFalse(order.placed_at)

    def test_an_old_customer_is_known_under_another_contact(self):
        self._install(self._make_order(date_order=LONG_AGO))
        self.assertTrue(self.has_ordered(self._make_customer("Ada again", '"A" <ADA@example.com>')))
        self.assertFalse(self.has_ordered(self._make_customer("Eve", "eve@example.com")))

    def test_an_old_customer_need_not_agree_where_customers_are_told(self):
        self.website.send_abandoned_cart_email = True
        self.website.reminder_consent = "soft_opt_in"
        cart = self._make_cart(self.ada)
        self.assertEqual(cart._consent_box(), "agree")
        self._install(self._make_order(date_order=LONG_AGO))
        self.assertEqual(cart._consent_box(), "decline")

    def test_what_has_been_noted_stays(self):
        order = self._make_order()
        noted = order.placed_at
        order.date_order = LONG_AGO
        pre_init_hook(self.env)
        self.env.invalidate_all()
        self.assertEqual(order.placed_at, noted)


@tagged("post_install", "-at_install")
class TestCopy(PlacedCase, ShopCase):
    """A colleague's copy of an online order, which core offers to its customer as their cart."""

    def test_a_colleagues_copy_is_a_cart_from_the_buyers_first_change(self):
        user = self._make_portal_user()
        order = self._make_cart(user.partner_id)
        order.action_confirm()
        clerk = new_test_user(self.env, "clerk", groups="sales_team.group_sale_manager")
        copy = order.with_user(clerk).copy().sudo(False).with_user(self.env.user)
        copy.with_user(clerk).order_line.product_uom_qty = 2
        self.assertFalse(copy.cart_activity_at, "nobody in the shop has touched it")
        self._come_as(user)
        self.assertEqual(self._add_to_cart(self.chair), copy)
        self.env.invalidate_all()
        self.assertTrue(copy.cart_activity_at)
        copy.cart_activity_at -= timedelta(hours=2)
        self.assertEqual(self.env["unfinished.order"]._take_in(self.website, copy).order_id, copy)
