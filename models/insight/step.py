from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.attribution import RECOVERING


class RecoveryStep(models.Model):
    """What one reminder of a campaign has brought. Each figure opens what it counts, where kept."""

    _inherit = "recovery.step"

    company_currency_id = fields.Many2one(related="campaign_id.company_currency_id")
    went_on_count = fields.Integer(
        "Clicked",
        compute="_compute_went_on_count",
        help="Buyers who went on from this reminder, whether or not they ordered.",
    )
    recovered_count = fields.Integer(
        "Orders",
        compute="_compute_recovered",
        help="Placed by buyers who had gone on from this reminder, or used a code that it gave.",
    )
    recovered_revenue = fields.Monetary(
        "Revenue",
        compute="_compute_recovered",
        currency_field="company_currency_id",
        help="Of these orders, taxes included.",
    )

    @api.depends("message_ids.clicked_at")
    def _compute_went_on_count(self):
        there, erased = self.env["recovery.figures"]._count_figure(
            "clicked_messages", "step_id", self
        )
        for step in self:
            known = step._origin
            step.went_on_count = there.get(known, 0) + (erased.get(known) or 0)

    @api.depends("message_ids.state")
    def _compute_recovered(self):
        rows = self.env["unfinished.order"]._read_group(
            self._recovered_domain(),
            ["credit_message_id.step_id"],
            ["__count", "placed_amount:sum"],
        )
        kept = self.env["unfinished.order.day.credit"]._read_group(
            [("step_id", "in", self.ids), ("credit", "in", RECOVERING)],
            ["step_id"],
            ["orders:sum", "revenue:sum"],
        )
        found = {}
        for step, orders, revenue in (*rows, *kept):
            there, amount = found.get(step, (0, 0.0))
            found[step] = there + (orders or 0), amount + (revenue or 0.0)
        for step in self:
            step.recovered_count, step.recovered_revenue = found.get(step._origin, (0, 0.0))

    def _recovered_domain(self):
        """Return the unfinished orders that these steps have brought back."""
        recovered = self.env["unfinished.order"]._credit_domain(*RECOVERING)
        return recovered & Domain("credit_message_id.step_id", "in", self.ids)

    def action_open_sent_messages(self):
        return self._action_open_messages("sent_messages")

    def action_open_clicked_messages(self):
        return self._action_open_messages("clicked_messages")

    def action_open_recovered_orders(self):
        self.ensure_one()
        self.check_access("read")
        figures = self.env["recovery.figures"]
        return figures._action_open_rows("action_unfinished_order", self._recovered_domain())

    def _action_open_messages(self, figure):
        self.ensure_one()
        self.check_access("read")
        figures = self.env["recovery.figures"]
        domain = figures._counted_domain(figure, "step_id", self)
        return figures._action_open_rows("action_recovery_message", domain)
