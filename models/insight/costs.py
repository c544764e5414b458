from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain


class Cost(NamedTuple):
    """What a company pays for messages of one channel, in one of the provider's currencies."""

    company_id: models.BaseModel
    channel_id: models.BaseModel
    currency_id: models.BaseModel
    amount: float


class RecoveryCosts(models.AbstractModel):
    """What messages cost: the one place that asks."""

    _name = "recovery.costs"
    _description = "Costs of Reminders"

    @api.model
    def _costs(self, messages):
        """Return what messages have cost, as far as the reader may see them; e-mail costs nothing.

        :param Domain messages: which ones
        :rtype: list[Cost]
        """
        rows = self.env["recovery.message"]._read_group(
            messages & self._charged_domain(),
            ["company_id", "channel_id", "cost_currency_id"],
            ["cost:sum"],
        )
        return [Cost(*row) for row in rows]

    @api.model
    def _charged_domain(self):
        """Return which messages have cost something."""
        return Domain("cost_currency_id", "!=", False) & Domain("cost", "!=", 0)

    @api.model
    def _in_company_currency(self, cost):
        """Return a cost in its company's currency, at today's rate."""
        company, today = cost.company_id, fields.Date.context_today(self)
        return cost.currency_id._convert(cost.amount, company.currency_id, company, today)


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    # Those that cost something, which are none where all are e-mails.
    _charged = models.Index("(company_id, due_at) WHERE cost_currency_id IS NOT NULL")
