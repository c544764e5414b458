import logging
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.batches import isolate
from ...tools.status import UNFINISHED_MOVES

_logger = logging.getLogger(__name__)

# What could become of one that is looked at while its order is placed.
NOT_PLACED = tuple(state for state, targets in UNFINISHED_MOVES.items() if "own_accord" in targets)
# No request lasts that long, and the search comes every few minutes.
WATCHED = timedelta(days=1)


class UnfinishedOrder(models.Model):
    """A buyer who places an order while the search is at its cart.

    The buyer does not wait for the search, and need not place the order again: what they cannot
    close, because a batch has written to it or has made it a moment ago, the search closes.
    """

    _inherit = "unfinished.order"

    @api.model
    def _orders_at_work(self, orders):
        """Return the orders with an unfinished order that a batch is at, and hold all others.

        :param sale.order orders: placed just now
        """
        known = self._of_orders(orders) | orders.with_prefetch().cart_source_id
        at_work = known - known._hold()
        if not at_work:
            return orders.browse()
        # sudo: a buyer may not touch crons
        self.env.ref("website_sale_order_handling.ir_cron_find").sudo()._trigger()
        return orders.filtered(
            lambda order: order in at_work.order_id or order.cart_source_id in at_work
        )

    def _hold(self):
        """Lock those that nobody else is writing to, or has written to since we began."""
        if not self:
            return self
        query = SQL(
            "SELECT id FROM unfinished_order WHERE id IN %s FOR NO KEY UPDATE SKIP LOCKED",
            tuple(self.ids),
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
                return self.browse(row[0] for row in self.env.cr.fetchall())
        except psycopg2.errors.SerializationFailure:
            return self.browse()

    @api.model
    def _close_placed_meanwhile(self):
        """Close those whose order was placed while a batch was at them."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT o.id FROM sale_order o
                     JOIN unfinished_order u ON u.order_id = o.id
                    WHERE o.placed_at > %(since)s AND u.state IN %(not_placed)s
                    UNION
                   SELECT o.id FROM sale_order o
                     JOIN unfinished_order u ON u.id = o.cart_source_id
                    WHERE o.placed_at > %(since)s AND u.state IN %(not_placed)s""",
                since=fields.Datetime.now() - WATCHED,
                not_placed=NOT_PLACED,
            )
        )
        isolate(
            self.env["sale.order"].browse(row[0] for row in rows),
            self._on_order_placed,
            lambda order, error: _logger.error("Order %s is not closed: %s", order.id, error),
        )
        return len(rows)
