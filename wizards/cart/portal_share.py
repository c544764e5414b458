from odoo import api, models


class PortalShare(models.TransientModel):
    _name = "portal.share"
    _inherit = ["portal.share", "sale.order.link.dialog"]

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(vals_list)._on_saved()
