from odoo import api, models
from odoo.fields import Domain

from ...orm.rows import update_rows
from ..cart.sale_order_line import by_colleague
from .unfinished_order_catch_up import hold


class UnfinishedOrderSalesperson(models.AbstractModel):
    """Whose an unfinished order is: of the salesperson of its order, who alone may see that.

    It is a column of its own, so that neither lists nor their record rule look at the orders. So is
    the sales team, which is the order's as well.
    """

    _name = "unfinished.order.salesperson"
    _description = "Salespeople of Unfinished Orders"

    @api.model
    def _on_given(self, orders):
        """Give unfinished orders to the salespeople and the teams of their orders.

        :param sale.order orders: given to somebody else, or another team, just now, or to nobody
        """
        # sudo: they follow, also when the user who gives the order away may not see them
        unfinished = self.env["unfinished.order"].sudo()
        about = Domain("order_id", "in", orders.ids) | Domain("placed_order_id", "in", orders.ids)
        found = unfinished.search(about)
        if not by_colleague(self.env):
            # A buyer who orders does not wait for a batch of the search, which gives what it holds
            # to the order's salesperson when it closes it.
            found = hold(found)
        # Of the order that each became, else of its cart.
        whose = [u.placed_order_id or u.order_id for u in found]
        update_rows(
            found, [{"user_id": order.user_id.id, "team_id": order.team_id.id} for order in whose]
        )
        asked = found.filtered(lambda u: u.followup_at and u.state == "open")
        self.env["unfinished.order.call"]._pass_on(asked)
