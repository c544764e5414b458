from odoo import api, fields, models
from odoo.fields import Domain


class CrmTeam(models.Model):
    _inherit = "crm.team"

    def _unfinished_orders_domain(self):
        """Return the unfinished orders of these teams that customers can still place."""
        open_ones = Domain("state", "=", "open") & Domain("made_by", "=", False)
        return Domain("team_id", "in", self.ids) & open_ones

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_abandoned_carts(self):
        """Count what `get_abandoned_carts` opens, in one currency.

        Core adds up amounts of different currencies (B16).
        """
        found = self._read_unfinished_orders()
        today = fields.Date.context_today(self)
        for team in self:
            to = team.company_id or self.env.company  # its rates, too
            rows = [row for row in found if row[0] == team]
            team.abandoned_carts_count = sum(count for *_, count in rows)
            team.abandoned_carts_amount = sum(
                company.currency_id._convert(amount, to.currency_id, to, today)
                for _team, company, amount, _count in rows
            )

    def _read_unfinished_orders(self):
        """Return team, company, amount in the company's currency, and count."""
        unfinished = self.env["unfinished.order"]
        if not unfinished.has_access("read"):
            return []  # a user who may see a team may have no right to see its carts
        return unfinished._read_group(
            self._unfinished_orders_domain(),
            ["team_id", "company_id"],
            ["amount_company:sum", "__count"],
        )

    def get_abandoned_carts(self):
        """Open the team's unfinished orders, instead of core's list of abandoned carts."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_handling.action_unfinished_order"
        )
        return {**action, "domain": list(self._unfinished_orders_domain()), "context": {}}
