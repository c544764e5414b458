import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.batches import Pace, isolate, run_batches
from ...tools.status import UNFINISHED_MOVES

_logger = logging.getLogger(__name__)

# A batch takes about so long: until its end it holds what it writes. Whoever places or cancels one
# of them does not wait for it: see `_orders_at_work`.
BATCH, BATCH_SECONDS = 2000, 2.0
BEGINNING = fields.Datetime.to_datetime("1900-01-01")
# What could become of one that is looked at while its order is placed, or its cart is taken away.
NOT_PLACED, NOT_GONE = (
    tuple(state for state, targets in UNFINISHED_MOVES.items() if end in targets)
    for end in ("own_accord", "expired")
)
# No request lasts that long, and the search comes every few minutes.
WATCHED = timedelta(days=1)


class UnfinishedOrderScan(models.Model):
    """How far the carts of a website have been looked through: a keyset, not an offset.

    A cart that changes moves to the end, so each idle spell of each cart is met exactly once.
    """

    _name = "unfinished.order.scan"
    _description = "Progress of the Search for Unfinished Orders"

    website_id = fields.Many2one("website", required=True, ondelete="cascade")
    activity_at = fields.Datetime()
    order_id = fields.Integer()

    _website_unique = models.UniqueIndex("(website_id)", "A website is looked through once.")

    @api.model
    def _of(self, website):
        found = self.search([("website_id", "=", website.id)])
        return found or self.create({"website_id": website.id})

    @api.model
    def _search_all(self):
        """Look through all websites, for as long as the scheduler lets us.

        :return: whether all is done
        :rtype: bool
        """
        for website in self.env["website"]._all_shops():
            for search in (self._find_next, self._find_failed, self._find_late, self._expire_old):
                pace = Pace(BATCH, BATCH_SECONDS)
                if not run_batches(self.env, pace.of(partial(search, website)), pace):
                    return False
        pace = Pace(BATCH, BATCH_SECONDS)
        return run_batches(self.env, pace.of(self._expire_without_website), pace)

    @api.model
    def _find_next(self, website, limit=BATCH):
        scan = self._of(website)
        # Another worker that holds the scan is looking through this website already.
        return scan._find_batch(website, limit) if scan.try_lock_for_update() else 0

    def _find_batch(self, website, limit=BATCH):
        """Take in up to `limit` carts of `website` that have become idle since the last ones.

        :return: how many carts were looked at
        :rtype: int
        """
        now = fields.Datetime.now()
        idle_since = now - timedelta(hours=website.cart_idle_hours)
        after = self.activity_at or BEGINNING
        if after > now:  # the server's clock was wrong, and carts may lie before that moment
            after = BEGINNING
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT o.id, o.cart_activity_at
                     FROM sale_order o
                    WHERE o.state = 'draft' AND o.website_id = %(website)s
                      AND (o.cart_activity_at, o.id) > (%(after)s, %(after_id)s)
                      AND o.cart_activity_at <= %(idle_since)s
                 ORDER BY o.cart_activity_at, o.id
                    LIMIT %(limit)s""",
                website=website.id,
                after=after,
                after_id=self.order_id,
                idle_since=idle_since,
                limit=limit,
            )
        )
        if rows:
            carts = self.env["sale.order"].browse(row[0] for row in rows)
            take_in = self.env["unfinished.order"]._take_in
            isolate(carts, partial(take_in, website), self._leave_out)
            self.write({"activity_at": rows[-1][1], "order_id": rows[-1][0]})
        return len(rows)

    @api.model
    def _leave_out(self, cart, error):
        _logger.error("Cart %s cannot be taken in as an unfinished order: %s", cart.id, error)

    @api.model
    def _expire_old(self, website, limit=BATCH):
        """Close what is older than its recovery link: nobody can be brought back to it.

        :return: how many were closed
        :rtype: int
        """
        before = fields.Datetime.now() - timedelta(days=website._link_days())
        return self._expire([("website_id", "=", website.id), ("activity_at", "<", before)], limit)

    @api.model
    def _expire_without_website(self, limit=BATCH):
        """Close what is open though its website was deleted: before we closed it, or meanwhile."""
        return self._expire([("website_id", "=", False)], limit)

    @api.model
    def _expire(self, domain, limit=None):
        """Close those of these that are open; return how many were closed."""
        which = [("state", "=", "open"), *domain]
        old = self.env["unfinished.order"].search(which, limit=limit, order="activity_at")
        return len(old._move_to("expired", closed_at=fields.Datetime.now()))

    @api.model
    def _close_meanwhile(self):
        """Do what others have left undone because a batch was at it.

        That closes those whose cart was placed, cancelled or quoted, and shows what others cost.
        """
        self.env.flush_all()
        rows = self.env.execute_query(self._left_undone_sql())
        unfinished = self.env["unfinished.order"]
        for catch_up in (
            unfinished._on_order_placed,
            unfinished._on_cart_gone,
            unfinished._on_cart_quoted,
            self.env["unfinished.order.contents"]._follow_prices,
        ):
            orders = (id_ for name, id_ in rows if name == catch_up.__name__)
            isolate(
                self.env["sale.order"].browse(orders),
                catch_up,
                lambda order, error: _logger.error("Order %s is not closed: %s", order.id, error),
            )
        return len(rows)

    @api.model
    def _left_undone_sql(self):
        """Return which method has to catch up with which order."""
        return SQL(
            """SELECT '_on_order_placed', o.id FROM sale_order o
                 JOIN unfinished_order u ON u.order_id = o.id
                WHERE o.placed_at > %(since)s AND u.state IN %(not_placed)s
                UNION
               SELECT '_on_order_placed', o.id FROM sale_order o
                 JOIN unfinished_order u ON u.id = o.cart_source_id
                WHERE o.placed_at > %(since)s AND u.state IN %(not_placed)s
                UNION
               SELECT '_on_cart_gone', o.id FROM sale_order o
                 JOIN unfinished_order u ON u.order_id = o.id
                WHERE o.cart_cancelled_at > %(since)s AND u.state IN %(not_gone)s
                UNION
               SELECT '_on_cart_quoted', o.id FROM sale_order o
                 JOIN unfinished_order u ON u.order_id = o.id
                WHERE o.cart_quoted_at > %(since)s AND u.state IN %(not_gone)s
                UNION
               SELECT '_follow_prices', o.id FROM sale_order o
                 JOIN unfinished_order u ON u.order_id = o.id
                WHERE o.cart_recheck_at > %(since)s AND u.state = 'open'
                  AND (u.amount_total, u.currency_id)
                      IS DISTINCT FROM (o.amount_total, o.currency_id)""",
            since=fields.Datetime.now() - WATCHED,
            not_placed=NOT_PLACED,
            not_gone=NOT_GONE,
        )
