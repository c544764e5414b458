from odoo import api, fields, models

from ...tools.attribution import RECOVERING


class RecoveryCampaign(models.Model):
    """What a campaign has brought back in one figure, for lists."""

    _inherit = "recovery.campaign"

    recovered_count = fields.Integer(
        "Orders",
        compute="_compute_recovered",
        help="Placed by buyers who had gone on from a reminder, or used a code that it gave.",
    )
    recovered_revenue = fields.Monetary(
        "Revenue",
        compute="_compute_recovered",
        currency_field="company_currency_id",
        help="Of these orders, taxes included.",
    )

    @api.depends(*(f"{kind}_{name}" for kind in RECOVERING for name in ("count", "revenue")))
    def _compute_recovered(self):
        for campaign in self:
            campaign.recovered_count = sum(campaign[f"{kind}_count"] for kind in RECOVERING)
            campaign.recovered_revenue = sum(campaign[f"{kind}_revenue"] for kind in RECOVERING)
