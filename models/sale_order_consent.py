from odoo import fields, models


class SaleOrder(models.Model):
    """What the buyer said about reminders at the checkout, and the words they said it to."""

    _inherit = "sale.order"

    cart_consent = fields.Selection(
        [("given", "Agreed"), ("declined", "Declined")],
        string="Consent to Reminders",
        copy=False,
        readonly=True,
        help="What the buyer answered at the checkout; empty when they were not asked.",
    )
    cart_consent_at = fields.Datetime("Answered On", copy=False, readonly=True)
    cart_consent_text = fields.Text(
        "Wording Shown",
        copy=False,
        readonly=True,
        help="The very words, in the language in which the buyer saw them.",
    )
