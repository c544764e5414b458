from odoo import api, models


class PaymentLinkWizard(models.TransientModel):
    _name = "payment.link.wizard"
    _inherit = ["payment.link.wizard", "sale.order.link.dialog"]

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(vals_list)._on_saved()

    def action_make_quotation(self):
        """Show the link: the cart has become a quotation when this dialog was saved."""
        return self._get_records_action(target="new", name=self.env._("Payment Link"))
