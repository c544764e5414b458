from odoo import api, fields, models

from .unfinished_order import CREDITS

SELLERS = "sales_team.group_sale_salesman"


class SaleOrder(models.Model):
    """Which reminder earned an order, read from its unfinished order: nothing is stored here."""

    _inherit = "sale.order"

    recovery_credit = fields.Selection(
        CREDITS,
        "Earned By",
        compute="_compute_recovery_credit",
        search="_search_recovery_credit",
        groups=SELLERS,
        help="What brought the buyer of this online order back to the cart they had left.",
    )
    recovery_message_id = fields.Many2one(
        "recovery.message", "Reminder", compute="_compute_recovery_credit", groups=SELLERS
    )
    recovery_lead_time = fields.Char(
        "Time from Reminder to Order", compute="_compute_recovery_credit", groups=SELLERS
    )

    @api.depends("state")
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_recovery_credit(self):
        unfinished = self.env["unfinished.order"]
        counted = unfinished.search(unfinished._earned_by_orders_domain(self))
        by_order = counted.grouped("placed_order_id")
        for order in self:
            earned = by_order.get(order, unfinished)
            order.recovery_credit = earned.credit
            order.recovery_message_id = earned.credit_message_id
            order.recovery_lead_time = earned._lead_time_label() if earned else False

    def _search_recovery_credit(self, operator, value):
        if operator != "in":
            return NotImplemented
        unfinished = self.env["unfinished.order"]
        counted = unfinished._search(unfinished._credit_domain(*filter(None, value)))
        found = fields.Domain("id", "in", counted.subselect("placed_order_id"))
        if False in value:
            every = unfinished._search(unfinished._credit_domain(*dict(CREDITS)))
            found |= fields.Domain("id", "not in", every.subselect("placed_order_id"))
        return found

    def action_open_recovery_message(self):
        self.ensure_one()
        self.check_access("read")
        return self.recovery_message_id._get_records_action(name=self.env._("Reminder"))
