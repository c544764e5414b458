from odoo import api, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        transactions.sale_order_ids._touch_cart()
        return transactions

    def _update_state(self, allowed_states, target_state, state_message):
        """Count a refused or cancelled payment as activity: the cart is the buyer's again."""
        updated = super()._update_state(allowed_states, target_state, state_message)
        if target_state in ("cancel", "error"):
            updated.sale_order_ids._touch_cart()
        return updated
