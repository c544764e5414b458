from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...orm.batches import isolate
from ..cart.payment_transaction import FAILED_STATES
from .unfinished_order_scan import BATCH, WATCHED


class UnfinishedOrderScan(models.Model):
    """Carts whose payment has just failed: nobody waits until they are idle."""

    _inherit = "unfinished.order.scan"

    @api.model
    def _failed_domain(self, website):
        """Return which carts have failed to be paid since they were looked at, as a domain.

        A buyer who goes on changing such a cart is met again when it is idle.
        """
        unfinished = self.env["unfinished.order"]

        def to_sql(orders, alias, _query):
            orders.flush_model(["cart_activity_at", "transaction_ids"])
            orders.env["payment.transaction"].flush_model(["state", "last_state_change"])
            unfinished.flush_model(["activity_at", "order_id"])
            return SQL(
                """%(order)s IN (
                    SELECT paid_by.sale_order_id
                      FROM payment_transaction t
                      JOIN sale_order_transaction_rel paid_by ON paid_by.transaction_id = t.id
                      JOIN sale_order cart ON cart.id = paid_by.sale_order_id
                     WHERE t.state IN %(failed)s AND t.last_state_change > %(since)s
                       AND NOT EXISTS (
                           SELECT FROM unfinished_order u
                            WHERE u.order_id = cart.id
                              AND u.activity_at >= LEAST(t.last_state_change,
                                                         cart.cart_activity_at)))""",
                order=SQL.identifier(alias, "id"),
                failed=FAILED_STATES,
                since=fields.Datetime.now() - WATCHED,
            )

        lately = Domain.custom(to_sql=to_sql)
        has_failed = self.env["payment.transaction"]._last_has_failed_domain()
        return lately & has_failed & unfinished._unfinished_domain(website)

    @api.model
    def _find_failed(self, website, limit=BATCH):
        """Take in up to `limit` of them.

        :return: how many were taken in
        :rtype: int
        """
        # Another worker that holds the scan is looking through this website already.
        if not self._of(website).try_lock_for_update():
            return 0
        carts = self.env["sale.order"].search(self._failed_domain(website), limit=limit, order="id")
        unfinished = self.env["unfinished.order"]
        isolate(carts, partial(unfinished._take_in, website), self._leave_out)
        return len(unfinished._of_orders(carts).filtered("payment_failed"))
