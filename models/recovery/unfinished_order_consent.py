from odoo import api, fields, models

# Of an unfinished order; its cart has the same ones, with "cart_" in front.
CONSENT_COLUMNS = ("consent", "consent_at", "consent_text")


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
    def _personal_columns(self):
        return (*super()._personal_columns(), *CONSENT_COLUMNS)

    @api.model
    def _personal_cart_columns(self):
        columns = super()._personal_cart_columns()
        return (*columns, *(f"cart_{name}" for name in CONSENT_COLUMNS))

    @api.model
    def _on_consent_noted(self, orders):
        """Keep the answers of these carts' buyers, which may come when the cart is known here."""
        for unfinished in self._of_orders(orders):
            order = unfinished.order_id
            unfinished.write({name: order[f"cart_{name}"] for name in CONSENT_COLUMNS})


class UnfinishedOrderSnapshot(models.AbstractModel):
    """What a snapshot keeps of the buyer's answer."""

    _inherit = "unfinished.order.snapshot"

    @api.model
    def _cart_columns(self):
        return (*super()._cart_columns(), *(f"cart_{name}" for name in CONSENT_COLUMNS))

    @api.model
    def _prepare_vals(self, row):
        values = super()._prepare_vals(row)
        return values | {name: row[f"cart_{name}"] for name in CONSENT_COLUMNS}
