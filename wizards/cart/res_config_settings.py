from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """What a shop keeps of its carts, and the clock by which it reckons."""

    _inherit = "res.config.settings"

    cart_capture_contact = fields.Boolean(related="website_id.cart_capture_contact", readonly=False)
    website_tz = fields.Selection(related="website_id.tz", readonly=False)
