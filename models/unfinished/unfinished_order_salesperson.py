from odoo import api, models
from odoo.fields import Domain

from ...orm.rows import update_rows
from ..cart.sale_order_line import by_colleague
from .unfinished_order_catch_up import hold


class UnfinishedOrderSalesperson(models.AbstractModel):
    """Whose an unfinished order is: of the salesperson of its order, who alone may see that.

    It is a column of its own, so that neither lists nor their record rule look at the orders.
    """

    _name = "unfinished.order.salesperson"
    _description = "Salespeople of Unfinished Orders"

    @api.model
    def _on_given(self, orders):
        """Give unfinished orders to the salespeople of their orders.

        :param sale.order orders: given to somebody else just now, or to nobody
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
        vals_list = [{"user_id": (u.placed_order_id or u.order_id).user_id.id} for u in found]
        update_rows(found, vals_list)
        asked = found.filtered(lambda u: u.followup_at and u.state == "open")
        self.env["unfinished.order.call"]._pass_on(asked)
