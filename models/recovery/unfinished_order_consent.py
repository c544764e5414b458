from odoo import api, fields, models


class UnfinishedOrder(models.Model):
    """What the buyer said about reminders: the proof, which outlives the cart."""

    _inherit = "unfinished.order"

    consent = fields.Selection(
        [("given", "Agreed"), ("declined", "Declined")],
        "Consent to Reminders",
        readonly=True,
        help="What the buyer answered at the checkout; empty when they gave no answer.",
    )
    consent_at = fields.Datetime("Answered On", readonly=True)
    consent_text = fields.Text(
        "Wording Shown",
        readonly=True,
        help="The very words, in the language in which the buyer saw them.",
    )

    @api.model
    def _on_consent_noted(self, orders):
        """Keep the answers of these carts' buyers, which may come when the cart is known here."""
        for unfinished in self._of_orders(orders):
            order = unfinished.order_id
            unfinished.write(
                {
                    "consent": order.cart_consent,
                    "consent_at": order.cart_consent_at,
                    "consent_text": order.cart_consent_text,
                }
            )
