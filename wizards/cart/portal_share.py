from odoo import models


class PortalShare(models.TransientModel):
    _name = "portal.share"
    _inherit = ["portal.share", "sale.order.link.dialog"]
