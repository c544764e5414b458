from odoo import models


class PaymentTransaction(models.Model):
    """A payment that fails leaves an unfinished order at once: its buyer wanted to buy."""

    _inherit = "payment.transaction"

    def _on_failed(self):
        """Let the search look at once, which does not wait until such carts are idle."""
        result = super()._on_failed()
        # sudo: a provider reports in anybody's name
        orders = self.sudo().sale_order_ids
        if orders.filtered(lambda order: order.state == "draft" and order.website_id):
            # sudo: as above
            self.env.ref("website_sale_order_handling.ir_cron_find").sudo()._trigger()
        return result
