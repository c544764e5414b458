"""Robots fill carts too; they get no reminders and are in no rate."""

from odoo.tests import tagged

from ..common_shop import ShopCase

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@tagged("post_install", "-at_install")
class TestRobots(ShopCase):
    def test_a_cart_filled_by_a_known_robot_is_marked(self):
        self.opener.headers["User-Agent"] = GOOGLEBOT
        cart = self._add_to_cart(self.lamp)
        self.assertEqual(cart.cart_made_by, "robot")

    def test_a_cart_filled_by_a_person_is_not(self):
        self.opener.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)"
        cart = self._add_to_cart(self.lamp)
        self.assertTrue(cart)
        self.assertFalse(cart.cart_made_by)
