from odoo import api, models


class SaleOrder(models.Model):
    """Who may open a cart: a token that was once mailed is not enough."""

    _inherit = "sale.order"

    def _is_open_cart(self):
        """Tell whether this is a cart in the shop, which only its buyer and staff may open."""
        self.ensure_one()
        return self.state == "draft" and bool(self.website_id and self.cart_activity_at)

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Keep the messages on a cart from whoever holds a token of it."""
        thread = super()._get_thread_with_access(thread_id, **kwargs)
        # sudo: the state is asked about, nothing of the order is given away
        if thread and thread.sudo()._is_open_cart():
            mode = kwargs.get("mode", "read")
            return thread.filtered(lambda order: order.sudo(False).has_access(mode))
        return thread
