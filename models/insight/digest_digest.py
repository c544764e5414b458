from odoo import fields, models
from odoo.exceptions import AccessError

from ...tools.attribution import RECOVERING


class DigestDigest(models.Model):
    """What reminders have brought back, in the digest that Odoo mails."""

    _inherit = "digest.digest"

    kpi_recovered_orders = fields.Boolean("Recovered Orders")
    kpi_recovered_orders_value = fields.Integer(compute="_compute_kpi_recovered_orders_value")
    kpi_recovered_revenue = fields.Boolean("Recovered Revenue")
    kpi_recovered_revenue_value = fields.Monetary(compute="_compute_kpi_recovered_revenue_value")

    def _compute_kpi_recovered_orders_value(self):
        self._calculate_recovered("kpi_recovered_orders_value")

    def _compute_kpi_recovered_revenue_value(self):
        self._calculate_recovered("kpi_recovered_revenue_value", "placed_amount")

    def _calculate_recovered(self, name, measure=None):
        """Fill a figure about recovered orders.

        :raise AccessError: for who may not see all of them; then the digest leaves the figure out
        """
        if not self.env.user.has_group("sales_team.group_sale_salesman_all_leads"):
            raise AccessError(self.env._("Only who sees all sales is told what reminders earn."))
        self._calculate_company_based_kpi(
            "unfinished.order",
            name,
            date_field="closed_at",
            additional_domain=self.env["unfinished.order"]._credit_domain(*RECOVERING),
            sum_field=measure,
        )

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("website_sale_order_handling.menu_recovery_overview").id
        overview = f"website_sale_order_handling.action_recovery_overview?menu_id={menu}"
        return {**actions, "kpi_recovered_orders": overview, "kpi_recovered_revenue": overview}
