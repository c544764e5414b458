from odoo.tests import tagged

from ..common_shop import ShopCase


@tagged("post_install", "-at_install")
class TestRecoverInBrowser(ShopCase):
    def test_the_link_in_a_second_browser(self):
        cart = self._add_to_cart(self.lamp, 2)
        cart.partner_id = self._make_customer()
        link = self._link(cart)
        self._come_as(None)
        self.start_tour(link, "recover_in_second_browser")
        self.assertEqual(self._contents(cart), {self.lamp: 2})
