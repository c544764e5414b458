from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Ten years: longer than any cart is kept, and what a date can be reckoned with.
MAX_DAYS = 3660


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

    # Not as constraints of the database: what is refused there is logged as an error.
    @api.constrains("cart_idle_hours", "cart_link_days", "followup_amount")
    def _check_cart_settings(self):
        for website in self:
            if problem := website._wrong_cart_setting_text():
                raise ValidationError(problem)

    def _wrong_cart_setting_text(self):
        self.ensure_one()
        if self.cart_idle_hours <= 0:
            return self.env._(
                "A cart needs some time before it counts as unfinished: enter more than 0 hours."
            )
        if self.cart_link_days <= 0:
            return self.env._("A recovery link must be valid for at least 1 day.")
        if max(self.cart_idle_hours / 24, self.cart_link_days) > MAX_DAYS:
            return self.env._("Enter a time of at most %(days)s days.", days=MAX_DAYS)
        if self.followup_amount < 0:
            return self.env._(
                "The amount from which to call back cannot be negative: enter 0 to open no"
                " activities."
            )
        return ""

    def _link_days(self):
        """Return for how many days a recovery link is valid."""
        self.ensure_one()
        return self.cart_link_days

    def unlink(self):
        # sudo: a user who may delete a website need not see what was left in it
        self.env["unfinished.order.scan"].sudo()._expire([("website_id", "in", self.ids)])
        return super().unlink()
