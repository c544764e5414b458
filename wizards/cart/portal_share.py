from odoo import api, fields, models


class PortalShare(models.TransientModel):
    """A customer's cart that staff share becomes a quotation when the dialog is saved."""

    _inherit = "portal.share"

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
