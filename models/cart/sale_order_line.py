from odoo import api, models

ACTIVITY_FIELDS = {"product_id", "product_uom_qty", "product_uom_id", "price_unit", "discount"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._note_cart_activity()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if not ACTIVITY_FIELDS.isdisjoint(vals):
            self._note_cart_activity()
        return result

    def unlink(self):
        # Here and not in the shop's controllers, so that no way to change a cart is missed:
        # core empties carts, removes archived products and moves lines past its own hooks.
        self._note_cart_activity()
        carts = self.filtered(lambda line: line._comes_and_goes()).order_id
        result = super().unlink()
        carts.exists()._on_total_changed()
        return result

    def _note_cart_activity(self):
        """Tell the carts that they have changed."""
        extras = self.filtered(lambda line: line._comes_and_goes())
        lines = (self - extras).filtered("product_id")
        lines.order_id._touch_cart()
        if self.env.user._is_internal() and not self.env.su:
            lines.order_id._on_edited()
        extras.order_id._on_total_changed()

    def _comes_and_goes(self):
        """Tell whether the shop itself adds and removes the line: delivery costs and rewards."""
        self.ensure_one()
        # sale_loyalty's clean-up of old coupons takes rewards out of carts that nobody has touched.
        return self.is_delivery or bool(self.reward_id)
