from odoo import fields, models


class Website(models.Model):
    """When a cart is unfinished, how long its link works, and from when somebody calls."""

    _inherit = "website"

    cart_idle_hours = fields.Float(
        "Unfinished After",
        default=1.0,
        help="A cart is unfinished when its buyer has changed nothing for this long (hours).",
    )
    cart_link_days = fields.Integer(
        "Recovery Link Valid For",
        default=30,
        help="Days after which the link in a reminder no longer opens the cart.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    followup_amount = fields.Monetary(
        "Call Back From",
        currency_field="company_currency_id",
        help="An unfinished order of at least this amount opens an activity for the salesperson:"
        " the website's, or else the leader of the sales team. 0 for none.",
    )

    _cart_idle_hours_positive = models.Constraint(
        "CHECK(cart_idle_hours > 0)",
        "A cart needs some time before it counts as unfinished: enter more than 0 hours.",
    )
    _cart_link_days_positive = models.Constraint(
        "CHECK(cart_link_days > 0)", "A recovery link must be valid for at least 1 day."
    )

    _followup_amount_not_negative = models.Constraint(
        "CHECK(followup_amount >= 0)",
        "The amount from which to call back cannot be negative: enter 0 to open no activities.",
    )

    def _link_days(self):
        """Return for how many days a recovery link is valid."""
        self.ensure_one()
        return self.cart_link_days
