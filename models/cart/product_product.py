from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        """Keep the carts' last activity when core takes archived products out of them.

        That is nobody's change, but it is one of what the carts hold.
        """
        if vals.get("active", True):
            return super().write(vals)
        # sudo: a user who archives a product may have no right to see carts
        lines = self.env["sale.order.line"].sudo()
        carts = lines.search([("product_id", "in", self.ids), ("state", "=", "draft")]).order_id
        left_at = {cart: cart.cart_activity_at for cart in carts}
        result = super().write(vals)
        for cart, activity_at in left_at.items():
            cart.cart_activity_at = activity_at
        self._on_taken_out(carts)
        return result

    def _on_taken_out(self, carts):
        """Called when these products, which are sold no more, have been taken out of carts."""
