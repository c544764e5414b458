"""What insight adds to the list of unfinished orders: what has come back this month."""

from odoo import api, models
from odoo.fields import Domain

from ..unfinished.unfinished_order_dashboard import Figure


class UnfinishedOrder(models.Model):
    _inherit = "unfinished.order"

    _recovered_lately = models.Index(
        "(company_id, closed_at) INCLUDE (placed_amount)"
        " WHERE state = 'recovered' AND made_by IS NULL"
    )


class UnfinishedOrderDashboard(models.AbstractModel):
    _inherit = "unfinished.order.dashboard"

    @api.model
    def _figures(self):
        recovered = (
            Domain("state", "=", "recovered")
            & Domain("made_by", "=", False)
            & Domain("closed_at", ">=", "today =1d")
        )
        figures = super()._figures()
        figures.insert(
            1,
            Figure(
                "recovered",
                self.env._("Recovered this month"),
                self.env._("Orders to which a reminder has led, since the first of this month"),
                ("recovered", "by_customers", "closed_this_month"),
                recovered,
                measure="placed_amount",
                by="company_id",
            ),
        )
        return figures
