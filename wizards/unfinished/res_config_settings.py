from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """When a cart counts as unfinished, how its buyer gets back, and from when to call them."""

    _inherit = "res.config.settings"

    cart_idle_hours = fields.Float(related="website_id.cart_idle_hours", readonly=False)
    cart_link_days = fields.Integer(related="website_id.cart_link_days", readonly=False)
    followup_currency_id = fields.Many2one(related="website_id.company_currency_id")
    followup_amount = fields.Monetary(
        related="website_id.followup_amount",
        readonly=False,
        currency_field="followup_currency_id",
    )
