from odoo import api, fields, models


class PaymentLinkWizard(models.TransientModel):
    """A payment link that staff make to a customer's cart makes it a quotation.

    That happens when the dialog is saved, by its button: before, it says what will happen.
    """

    _inherit = "payment.link.wizard"

    is_cart = fields.Boolean(compute="_compute_cart_notice")
    cart_notice = fields.Text(compute="_compute_cart_notice")

    @api.depends("res_model", "res_id")
    def _compute_cart_notice(self):
        for wizard in self:
            cart = self.env["sale.order"]._cart_of_link(wizard.res_model, wizard.res_id)
            wizard.is_cart = bool(cart)
            wizard.cart_notice = cart._words_about_a_link() if cart else False

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            cart = self.env["sale.order"]._cart_of_link(wizard.res_model, wizard.res_id)
            cart._make_quotations()
        wizards.invalidate_recordset()
        return wizards

    def action_make_quotation(self):
        """Show the link: the cart has become a quotation when this dialog was saved."""
        return self._get_records_action(target="new", name=self.env._("Payment Link"))
