from odoo import fields, models


class Website(models.Model):
    _inherit = "website"

    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    followup_amount = fields.Monetary(
        "Call Back From",
        currency_field="company_currency_id",
        help="An unfinished order of at least this amount opens an activity for the salesperson:"
        " the website's, or else the leader of the sales team. 0 for none.",
    )

    _followup_amount_not_negative = models.Constraint(
        "CHECK(followup_amount >= 0)",
        "The amount from which to call back cannot be negative: enter 0 to open no activities.",
    )
