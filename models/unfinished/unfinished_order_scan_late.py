from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...orm.batches import isolate
from .unfinished_order_scan import BATCH, WATCHED


class UnfinishedOrderScan(models.Model):
    """Carts that the search has passed while nobody could be reached, and whose buyers can be now.

    They have not changed, so that it never comes to them again by itself.
    """

    _inherit = "unfinished.order.scan"

    @api.model
    def _late_domain(self, websites=None):
        """Return which carts should be unfinished orders and are none, as a domain on `sale.order`.

        :param website websites: the websites to look at, all when not given
        """
        unfinished = self.env["unfinished.order"]

        def to_sql(_orders, alias, _query):
            unfinished.flush_model(["order_id"])
            cart = SQL.identifier(alias, "id")
            return SQL("NOT EXISTS (SELECT FROM unfinished_order u WHERE u.order_id = %s)", cart)

        unknown = Domain.custom(
            to_sql=to_sql, predicate=lambda order: not unfinished._of_orders(order)
        )
        return unfinished._unfinished_domain(websites) & unknown

    @api.model
    def _note_late(self, carts):
        """Let the search take in idle carts whose buyers can be reached from now on.

        :param sale.order carts: whose buyers have changed
        """
        # sudo: carts are found also when the user who changes a contact may not see them
        idle = carts.sudo().filtered(lambda cart: cart._is_idle())
        # A buyer who is at the checkout waits for this: what is not idle cannot be late.
        late = idle and idle.search(Domain("id", "in", idle.ids) & self._late_domain())
        if late:
            late.cart_recheck_at = fields.Datetime.now()
            # sudo: a user who changes a contact may not touch crons
            self.env.ref("website_sale_order_handling.ir_cron_find").sudo()._trigger()

    @api.model
    def _find_late(self, website, limit=BATCH):
        """Take in up to `limit` of them.

        :return: how many were taken in
        :rtype: int
        """
        # Another worker that holds the scan is looking through this website already.
        if not self._of(website).try_lock_for_update():
            return 0
        lately = Domain("cart_recheck_at", ">", fields.Datetime.now() - WATCHED)
        carts = self.env["sale.order"].search(
            lately & self._late_domain(website), limit=limit, order="id"
        )
        unfinished = self.env["unfinished.order"]
        isolate(carts, partial(unfinished._take_in, website), self._leave_out)
        return len(unfinished._of_orders(carts))
