"""What promotions take off a cart that is opened again, and its delivery."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common_promotions import PromotionsCase
from ..common_shop import ShopCase


@tagged("post_install", "-at_install")
class TestTermsOfTheLink(PromotionsCase, ShopCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Courier",
                "delivery_type": "fixed",
                "fixed_price": 7.0,
                "product_id": cls._make_product("Courier", 7.0, type="service").id,
                "is_published": True,
            }
        )

    def _make_own_cart(self, products, with_delivery=False):
        """Make the cart of this very browser, with the promotions that there are."""
        cart = self._make_anonymous_cart(products=products)
        if with_delivery:
            cart._set_delivery_method(self.carrier)
        cart._verify_cart_after_update()
        cart._auto_apply_rewards()
        self._come_as(None)
        self._set_session_cart(cart)
        return cart

    def _check_said(self, cart, *sentences):
        """Check that each of these is said on the page of the link, and after its button."""
        page = self._text(self.url_open(self._link(cart)))
        after = self._text(self._press_continue(self._link(cart)))
        for sentence in sentences:
            self.assertIn(sentence, page.replace("\xa0", " "))
            self.assertIn(sentence, after.replace("\xa0", " "))
        return page, after

    # === Promotions ===#

    def test_free_delivery_that_is_lost_is_told(self):
        program = self._make_program(reward_type="shipping")
        program.rule_ids.minimum_amount = 100
        cart = self._make_own_cart([self.lamp, self.chair], with_delivery=True)
        self.assertEqual(cart.amount_total, 130.0)
        self.lamp.is_published = False
        self._check_said(cart, f"“{program.reward_ids.description}” does not apply")
        self.env.invalidate_all()
        self.assertEqual(cart.amount_total, 97.0)

    def test_free_delivery_that_has_ended_is_told(self):
        program = self._make_program(reward_type="shipping")
        cart = self._make_own_cart([self.chair], with_delivery=True)
        self.assertEqual(cart.amount_total, 90.0)
        program.date_to = "2020-01-01"
        self._check_said(cart, f"“{program.reward_ids.description}” has ended.")

    def test_free_delivery_that_stays_or_comes_along_is_not_told(self):
        self._make_program(reward_type="shipping")
        cart = self._make_own_cart([self.chair], with_delivery=True)
        self.assertNotIn("changed", self._check_said(cart)[1])
        self._come_as(None)
        self.assertNotIn("changed", self._check_said(cart)[1])

    def test_a_promotion_that_takes_off_less_is_told(self):
        program = self._make_program(discount=20)
        cart = self._make_own_cart([self.chair])
        self.assertEqual(cart.amount_total, 72.0)
        program.reward_ids.discount = 10
        said = "now takes off $ 9.00, it was $ 18.00."
        self._check_said(cart, said)
        program.reward_ids.discount = 5
        self._come_as(None)
        self._check_said(cart, "now takes off $ 4.50, it was $ 9.00.")

    def test_a_promotion_that_takes_off_less_because_there_is_less_is_not_told(self):
        self._make_program()
        cart = self._make_own_cart([self.lamp, self.chair])
        self.chair.is_published = False
        page, after = self._check_said(cart)
        self.assertNotIn("takes off", page + after)

    # === Delivery ===#

    def test_a_new_price_of_delivery_is_told(self):
        cart = self._make_own_cart([self.chair], with_delivery=True)
        self.carrier.fixed_price = 12.0
        self._check_said(cart, "Delivery now costs $ 12.00, it was $ 7.00.")
        self.assertNotIn("Delivery now costs", self._check_said(cart)[1])

    def test_a_delivery_that_is_no_longer_offered_is_dropped_and_told(self):
        cart = self._make_own_cart([self.chair], with_delivery=True)
        self.carrier.is_published = False
        page, _after = self._check_said(cart, "Delivery by “Courier” is no longer offered.")
        self.assertIn("Without delivery", page)
        self.env.invalidate_all()
        self.assertFalse(cart.carrier_id or cart._lines_as("delivery"))

    # === Coupons ===#

    def test_a_cart_keeps_its_coupon_while_its_unfinished_order_is_open(self):
        carts = self.env["sale.order"]
        for number in range(2):
            self._make_card(code=f"044-CARD-{number}")
            cart = self._make_cart(products=[self.chair])
            self._enter_code(cart, f"044-CARD-{number}")
            carts |= cart
        held, left = carts
        self.assertEqual(self._make_unfinished(held).state, "open")
        self.env.flush_all()
        long_ago = fields.Datetime.now() - timedelta(days=5)
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = %s WHERE id IN %s", [long_ago, carts._ids]
        )
        self.env.invalidate_all()
        carts._gc_abandoned_coupons()
        self.assertEqual(held.amount_total, 81.0)
        self.assertEqual(left.amount_total, 90.0)
        self.assertFalse(left.applied_coupon_ids)
        self.env["unfinished.order"].search([("order_id", "=", held.id)]).state = "expired"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = %s WHERE id = %s", [long_ago, held.id]
        )
        self.env.invalidate_all()
        carts._gc_abandoned_coupons()
        self.assertEqual(held.amount_total, 90.0)
