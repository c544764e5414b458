"""Lines that share a stock, and combos, when not all of them are left."""

from odoo import Command
from odoo.tests import tagged

from ..common_promotions import PromotionsCase
from ..common_shop import ShopCase

WAYS = ("own browser", "signed in", "other browser")


@tagged("post_install", "-at_install")
class TestStockBehindTheLink(PromotionsCase, ShopCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls._make_portal_user("owner")

    def _come_back(self, make_cart, expected, *sentences):
        """Press the button in every way, and check what is in the cart then.

        :param make_cart: fills a cart that is given to it, and takes the stock away
        :param list expected: products and quantities, in the order of the cart
        """
        for way in WAYS:
            with self.subTest(way=way):
                partner = self.owner.partner_id if way == "signed in" else self.public_partner
                cart = self._make_cart(partner=partner, products={})
                make_cart(cart)
                self._come_as(self.owner if way == "signed in" else None)
                self._set_session_cart(cart if way == "own browser" else cart.browse())
                text = self._text(self._press_continue(self._link(cart)))
                mine = self._session_cart()
                self.assertEqual(mine == cart, way != "other browser")
                found = [(line.product_id, line.product_uom_qty) for line in mine.order_line]
                self.assertEqual(found, expected)
                for sentence in sentences:
                    self.assertIn(sentence, text)
                (mine | cart).action_cancel()

    def _add(self, cart, product, quantity, **vals):
        return self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": product.id,
                "product_uom_qty": quantity,
                **vals,
            }
        )

    def test_of_two_texts_on_one_product_the_first_is_left(self):
        pen = self._make_product("Pen", stock=1)
        own_text = self._add_own_text(pen)

        def make_cart(cart):
            for text in ("For Ada", "For Bob"):
                typed = {
                    "custom_product_template_attribute_value_id": own_text.id,
                    "custom_value": text,
                }
                self._add(
                    cart,
                    pen,
                    2,
                    product_no_variant_attribute_value_ids=[Command.set(own_text.ids)],
                    product_custom_attribute_value_ids=[Command.create(typed)],
                )

        self._come_back(make_cart, [(pen, 1)], "Pen: only 1 left.", "Pen is sold out.")

    def _add_own_text(self, product):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Engraving",
                "create_variant": "no_variant",
                "value_ids": [Command.create({"name": "Your text", "is_custom": True})],
            }
        )
        line = self.env["product.template.attribute.line"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "attribute_id": attribute.id,
                "value_ids": [Command.set(attribute.value_ids.ids)],
            }
        )
        return line.product_template_value_ids

    def test_packs_and_single_ones_share_what_is_left(self):
        egg = self._make_product("Egg", stock=8)
        pack = self.env.ref("uom.product_uom_pack_6")

        def make_cart(cart):
            self._add(cart, egg, 2, product_uom_id=pack.id)
            self._add(cart, egg, 9)

        self._come_back(make_cart, [(egg, 1), (egg, 2)], "Egg: only 1 left.", "Egg: only 2 left.")

    def test_an_option_takes_what_the_product_alone_has_left(self):
        few = self._make_product("Few", stock=4)

        def make_cart(cart):
            self._add(cart, few, 3)
            self._add(cart, few, 2, linked_line_id=self._add(cart, self.lamp, 1).id)

        expected = [(few, 3), (self.lamp, 1), (few, 1)]
        self._come_back(make_cart, expected, "Few: only 1 left.")

    def test_two_combos_share_a_part(self):
        part = self._make_product("Part", stock=3)
        one, two = self._make_combo(part, self.lamp), self._make_combo(part, self.chair)

        def make_cart(cart):
            self._add_combo(cart, one, 2)
            self._add_combo(cart, two, 2)

        expected = [(one, 2), (part, 2), (self.lamp, 2), (two, 1), (part, 1), (self.chair, 1)]
        self._come_back(make_cart, expected, "Set: only 1 left.")

    def test_of_two_combos_that_share_a_part_one_is_sold_out(self):
        part = self._make_product("Part", stock=1)
        one, two = self._make_combo(part, self.lamp), self._make_combo(part, self.chair)

        def make_cart(cart):
            self._add_combo(cart, one, 2)
            self._add_combo(cart, two, 2)

        expected = [(one, 1), (part, 1), (self.lamp, 1)]
        self._come_back(make_cart, expected, "Set: only 1 left.", "Set is sold out.")

    # === What the visitor has already ===#

    def test_a_combo_of_which_a_part_is_in_ones_own_cart_is_sold_out_as_a_whole(self):
        part = self._make_product("Part", stock=1)
        combo = self._make_combo(self.lamp, part)
        cart = self._make_cart(products={})
        self._add_combo(cart, combo)
        mine = self._make_anonymous_cart(products=[part])
        self._set_session_cart(mine)
        self.assertIn("Sold out", self._text(self.url_open(self._link(cart))))
        cart.order_line = [Command.create({"product_id": self.chair.id})]
        text = self._text(self._press_continue(self._link(cart)))
        self.assertEqual(self._contents(mine), {part: 1, self.chair: 1})
        self.assertIn("Set is sold out.", text)

    def test_what_is_left_and_all_in_ones_own_cart_is_sold_out_and_not_gone(self):
        pen = self._make_product("Pen", stock=2)
        own_text = self._add_own_text(pen)
        cart = self._make_cart(products={self.lamp: 1, pen: 3})
        mine = self._make_anonymous_cart(products={})
        typed = {"custom_product_template_attribute_value_id": own_text.id, "custom_value": "Ada"}
        self._add(mine, pen, 2, product_custom_attribute_value_ids=[Command.create(typed)])
        self._set_session_cart(mine)
        text = self._text(self._press_continue(self._link(cart)))
        self.assertEqual(self._contents(mine), {self.lamp: 1, pen: 2})
        self.assertIn("Pen is sold out.", text)
