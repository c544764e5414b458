from odoo import fields, models

from .unfinished_order import CREDITS


class UnfinishedOrderDayCredit(models.Model):
    """What erased unfinished orders had earned. Read through the figures of the campaigns.

    A campaign counts from a moment, not from a day on, so each moment keeps a row of its own.
    """

    _name = "unfinished.order.day.credit"
    _inherit = "unfinished.order.total"
    _description = "Totals of What Erased Unfinished Orders Had Earned"

    _key = ("date", "closed_at", "website_id", "company_id", "campaign_id", "step_id", "credit")
    _given = ()
    _measures = ("orders", "revenue", "margin")

    closed_at = fields.Datetime(readonly=True)
    campaign_id = fields.Many2one("recovery.campaign", readonly=True, ondelete="set null")
    step_id = fields.Many2one("recovery.step", readonly=True, ondelete="set null")
    credit = fields.Selection(CREDITS, required=True, readonly=True)
    orders = fields.Integer(readonly=True)
    revenue = fields.Float(readonly=True, digits=0, help="In the company's currency.")
    margin = fields.Float(readonly=True, digits=0, help="In the company's currency.")

    _by_campaign = models.Index("(campaign_id) WHERE campaign_id IS NOT NULL")
    _by_step = models.Index("(step_id) WHERE step_id IS NOT NULL")
    _of_own_accord = models.Index("(website_id, closed_at) WHERE credit = 'own_accord'")
