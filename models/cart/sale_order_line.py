from odoo import api, models

ACTIVITY_FIELDS = {
    "discount",
    "price_unit",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "tax_ids",
}


def by_colleague(env):
    """Tell whether it is staff who change an order, in the back office; not a buyer.

    The shop works on carts in sudo, whoever is signed in.
    """
    return not env.su and env.user._is_internal()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._touch_carts()
        lines._tell_carts()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if not ACTIVITY_FIELDS.isdisjoint(vals):
            self._touch_carts()
            self._tell_carts()
        return result

    def unlink(self):
        # Here and not in the shop's controllers, so that no way to change a cart is missed:
        # core empties carts, removes archived products and moves lines past its own hooks.
        self._touch_carts()
        changed, repriced = self._carts_changed()
        result = super().unlink()
        self._tell_orders(changed, repriced.exists())
        return result

    def _touch_carts(self):
        """Note in the carts that they have changed."""
        self._carts_changed()[0]._touch_cart()

    def _tell_carts(self):
        """Tell the carts what has become of them, after the change."""
        self._tell_orders(*self._carts_changed())

    @api.model
    def _tell_orders(self, changed, repriced):
        if changed and by_colleague(self.env):
            changed.exists()._on_edited()
        repriced._on_total_changed()

    def _carts_changed(self):
        """Return the carts in which these lines are a change, and those whose total they are.

        :rtype: tuple[sale.order, sale.order]
        """
        extras = self.filtered(lambda line: line._comes_and_goes())
        return (self - extras).filtered("product_id").order_id, extras.order_id

    def _comes_and_goes(self):
        """Tell whether the shop itself adds and removes the line: delivery costs and rewards."""
        self.ensure_one()
        # sale_loyalty's clean-up of old coupons takes rewards out of carts that nobody has touched.
        return self.is_delivery or bool(self.reward_id)
