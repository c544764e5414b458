from odoo import api, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.depends("user_id")
    def _compute_team_id(self):
        """Keep the website's sales team when the website's own salesperson gets the order.

        Core gives the order to a team of that person, whatever the website's setting says.
        """
        settled = self.filtered(lambda order: order._has_team_of_website())
        for order in settled:
            order.team_id = order.website_id.salesteam_id
        return super(SaleOrder, self - settled)._compute_team_id()

    def _has_team_of_website(self):
        self.ensure_one()
        # sudo: a user who places or sees an order may have no right to see its website
        website = self.sudo().website_id
        return bool(
            website.salesteam_id
            and self.sudo().team_id == website.salesteam_id
            and self.user_id in (self.user_id.browse(), website.salesperson_id)
        )
