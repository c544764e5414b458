"""A reminder leaves if, and only if, it shows something that its link offers."""

from datetime import timedelta
from itertools import count
from random import Random

from odoo import fields
from odoo.tests import tagged

from ..common_engine import EngineCase
from ..common_promotions import PromotionsCase
from ..common_shop import ShopCase

CARTS = 60


@tagged("post_install", "-at_install")
class TestMailAndLinkAgree(PromotionsCase, EngineCase, ShopCase):
    """One answer to "Can it be bought, now?", over carts of all kinds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders()
        cls.elsewhere = cls.env["website"].create({"name": "Elsewhere"})
        cls.pack = cls.env["uom.uom"].create(
            {
                "name": "Pack of 6",
                "relative_factor": 6,
                "relative_uom_id": cls.env.ref("uom.product_uom_unit").id,
            }
        )
        cls.numbers = count()
        cls.random = Random(12)

    def _any_product(self):
        """Make a product that may be sold, or not, for one reason or another."""
        one_of = self.random.choice
        stock = one_of((None, None, 0, 1, 5, 6))
        product = self._make_product(
            f"Thing {next(self.numbers)}", one_of((0.0, 0.0, 7.0, 12.0)), stock=stock
        )
        if stock is not None and one_of((True, False, False)):
            product.allow_out_of_stock_order = True
        return product

    def _withdraw(self, product):
        """Take a product out of the shop some way, after it has been put into a cart."""
        ways = (
            {},
            {},
            {},
            {"is_published": False},
            {"sale_ok": False},
            {"website_id": self.elsewhere.id},
            {"website_id": self.website.id},
            {"active": False},
        )
        if change := self.random.choice(ways):
            product.write(change)

    def _any_cart(self):
        number = next(self.numbers)
        buyer = self._make_customer(f"Buyer {number}", f"buyer{number}@example.com")
        cart = self._make_cart(buyer, products=[])
        products = [self._any_product() for _n in range(self.random.choice((1, 1, 2)))]
        for product in products:
            for _line in range(self.random.choice((1, 1, 2))):
                self._put(cart, product)
        if self.random.random() < 0.3:
            parts = [self._any_product(), self.random.choice((products[0], self.lamp))]
            combo = self._make_combo(*parts, price=self.random.choice((0.0, 20.0)))
            self._add_combo(cart, combo, self.random.choice((1, 2)))
            products += [combo, parts[0]]
        if self.random.random() < 0.3:
            self._give_staff_discount(cart, 1)
        if self.random.random() < 0.3:
            self._add_delivery(cart)
        for product in products:
            self._withdraw(product)
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        return cart

    def _put(self, cart, product):
        unit = self.random.choice((product.uom_id, product.uom_id, self.pack))
        self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": product.id,
                "product_uom_qty": self.random.choice((1, 1, 3)),
                "product_uom_id": unit.id,
            }
        )

    def test_a_mail_leaves_if_it_shows_a_row_if_its_link_has_a_button(self):
        seen = set()
        for hides_prices in (False, True):
            self.website.prevent_zero_price_sale = hides_prices
            carts = [self._any_cart() for _n in range(CARTS)]
            left = self._remind(*carts).filtered(lambda message: message.state == "sending")
            reminded = left.unfinished_id.order_id
            for cart in carts:
                shown = bool(self.env["recovery.mail"]._contents(cart)["rows"])
                form = self._form(self.url_open(self._link(cart)))
                with self.subTest(cart=cart.order_line.mapped("name"), hides_prices=hides_prices):
                    self.assertEqual(cart in reminded, shown)
                    self.assertEqual(shown, form is not None)
                    if form is not None:
                        self._check_button(form)
                seen.add((hides_prices, shown))
        self.assertEqual(len(seen), 4, "some of both, whether prices are hidden or not")

    def _check_button(self, form):
        """Check that the shop gives what the button promises."""
        self.url_open(form.get("action"), data=dict(form.fields))
        self.assertTrue(self._session_cart()._has_cart_lines())
        self._come_as(None)
