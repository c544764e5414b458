from odoo import api, models
from odoo.fields import Domain

from ...orm.rows import update_rows


class UnfinishedOrder(models.Model):
    """Whose an unfinished order is: of the salesperson of its order, who alone may see that.

    A column of its own, so that neither lists nor their record rule need to look at the orders.
    """

    _inherit = "unfinished.order"

    @api.model
    def _on_cart_salesperson(self, orders):
        """Give unfinished orders to the salespeople of their orders.

        :param sale.order orders: given to somebody else just now
        """
        # sudo: they follow, also when the user who gives the order away may not see them
        unfinished = self.sudo()
        about = Domain("order_id", "in", orders.ids) | Domain("placed_order_id", "in", orders.ids)
        unfinished.search(about)._follow_salespeople()

    def _follow_salespeople(self):
        """Note the salesperson of the order that each of these became, else of its cart."""
        vals_list = [{"user_id": (u.placed_order_id or u.order_id).user_id.id} for u in self]
        update_rows(self, vals_list)
