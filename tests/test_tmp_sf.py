from odoo.tests import TransactionCase, tagged
from .common import RecoveryCase
@tagged("post_install", "-at_install")
class TestTmpSf(RecoveryCase, TransactionCase):
    def test_world(self):
        cart = self._make_cart(products={self.lamp: 2, self._make_product("x", stock=3): 1})
        u = self._make_unfinished(cart)
        print(self.website.name, self.env["website"].search([]).mapped("domain"), u.name, u.amount_total, cart.currency_id.name, u.state)
        print(self._make_transaction(cart, "pending").state, cart._is_in_payment())
        print(self._make_portal_user().login, [p.display_name for p in cart.order_line.product_id], cart.order_line.product_id.mapped('free_qty'))
