import psycopg2.errors

from odoo import api, models
from odoo.tools import SQL


def hold(unfinished):
    """Lock those that nobody else is writing to, or has written to since we began."""
    if not unfinished:
        return unfinished
    query = SQL(
        "SELECT id FROM unfinished_order WHERE id IN %s FOR NO KEY UPDATE SKIP LOCKED",
        tuple(unfinished.ids),
    )
    cr = unfinished.env.cr
    try:
        with cr.savepoint(flush=False):
            cr.execute(query, log_exceptions=False)
            return unfinished.browse(row[0] for row in cr.fetchall())
    except psycopg2.errors.SerializationFailure:
        return unfinished.browse()


class UnfinishedOrder(models.Model):
    """A cart that comes to its end while the search is at it: placed, cancelled or quoted.

    Nobody waits for the search, and no buyer need place the order again: what they cannot close,
    because a batch has written to it or has made it a moment ago, the search closes.
    """

    _inherit = "unfinished.order"

    @api.model
    def _orders_at_work(self, orders):
        """Return the orders with an unfinished order that a batch is at, and hold all others.

        :param sale.order orders: placed, cancelled or quoted just now
        """
        # sudo: a colleague who cancels a cart need not see its unfinished order
        orders = orders.sudo()
        known = self._of_orders(orders) | orders.with_prefetch().cart_source_id
        at_work = known - hold(known)
        if not at_work:
            return orders.browse()
        # sudo: a buyer may not touch crons
        self.env.ref("website_sale_order_handling.ir_cron_find").sudo()._trigger()
        return orders.filtered(
            lambda order: order in at_work.order_id or order.cart_source_id in at_work
        )
