from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.batches import isolate, run_batches

BATCH = 500
# What refuses to be deleted is not in the way every night.
TRY_AGAIN = timedelta(days=7)
LOST = ("open", "emptied", "expired")
PLACED = ("recovered", "own_accord")


class UnfinishedOrder(models.Model):
    """Retention: what nobody has touched for long enough is erased, its totals stay."""

    _inherit = "unfinished.order"

    # Those whose cart is gone, and those whose buyer has not been forgotten yet.
    _without_cart = models.Index("(website_id, activity_at, id) WHERE order_id IS NULL")
    _placed_by_known = models.Index(
        "(website_id, activity_at, id)"
        " WHERE customer_key IS NOT NULL AND state IN ('recovered', 'own_accord')"
    )

    @api.model
    def _cron_erase_old(self):
        """Erase old carts and what is known of their buyers, website by website, in batches."""
        for website in self.env["website"]._all_shops():
            for erase_next in self._phases():
                if not run_batches(self.env, partial(erase_next, website, BATCH), BATCH):
                    return

    @api.model
    def _phases(self):
        return (
            partial(self._erase_next_carts, "draft"),
            partial(self._erase_next_carts, "cancel"),
            self._erase_next_without_cart,
            self._forget_next_placed,
        )

    # === Carts ===#

    @api.model
    def _erase_next_carts(self, state, website, limit):
        """Erase old carts of `website` in this state, with their unfinished orders.

        :return: how many were looked at
        :rtype: int
        """
        erasure, before = self._start_batch(website)
        if not before:
            return 0
        ids = erasure._claim(state, self._old_carts_sql(website, state, before), limit)
        carts = self.env["sale.order"].browse(ids)
        if carts:
            self._lock_payments(carts)
            isolate(carts, partial(self._erase_carts, erasure), self._keep_cart)
        return len(carts)

    @api.model
    def _start_batch(self, website):
        """Return the row by which this website is held, and the limit of age, if any applies."""
        before = website._retention_limit()
        erasure = self.env["unfinished.order.erasure"]._of(website) if before else None
        if not before or not erasure.try_lock_for_update():
            return erasure, None
        self.env.flush_all()
        return erasure, before

    @api.model
    def _old_carts_sql(self, website, state, before):
        """Return which carts `r` may go: never placed, never paid for, and let alone for long."""
        now = fields.Datetime.now()
        return SQL(
            """FROM sale_order r
              WHERE r.state = %(state)s AND r.placed_at IS NULL
                AND r.website_id = %(website)s AND r.cart_activity_at < %(before)s
                -- Staff have made a quotation of it that has an order's number.
                AND r.cart_quoted_at IS NULL
                AND (r.cart_number IS NULL OR r.cart_number = r.name)
                AND (r.cart_kept_until IS NULL OR r.cart_kept_until < %(now)s)
                AND NOT %(in_payment)s
                AND NOT EXISTS (
                        SELECT FROM sale_order_line l
                          JOIN sale_order_line_invoice_rel i ON i.order_line_id = l.id
                         WHERE l.order_id = r.id)
                AND NOT EXISTS (SELECT FROM unfinished_order u WHERE u.placed_order_id = r.id)
                AND NOT EXISTS (
                        SELECT FROM unfinished_order u WHERE u.order_id = r.id AND %(busy)s)""",
            state=state,
            website=website.id,
            before=before,
            now=now,
            in_payment=self.env["sale.order"]._in_payment_sql(SQL("r.id")),
            busy=self._busy_sql(),
        )

    @api.model
    def _busy_sql(self):
        """Return when something about an unfinished order `u` is under way: others extend this."""
        return SQL("false")

    @api.model
    def _lock_payments(self, carts):
        """Make a payment that comes alive at this very moment a conflict, or wait."""
        carts._lock_payments()

    @api.model
    def _erase_carts(self, erasure, carts):
        """Erase carts, what is known of them, their coupons, and the contacts of their guests."""
        lost = self.search([("order_id", "in", carts.ids), ("state", "in", LOST)])
        guests = self._guests_of(carts)
        coupons = carts.coupon_point_ids.coupon_id.filtered(
            lambda coupon: coupon.order_id in carts and not coupon.program_id.is_nominative
        )
        erasure._count(cart=len(carts), **lost._erase_lost())
        self._unlink_carts(carts)
        # Made for these carts by a promotion, as in core when an order is cancelled.
        coupons.filtered(lambda coupon: not coupon.use_count).unlink()
        erasure._count(contact=self._unlink_guests(guests))

    @api.model
    def _unlink_carts(self, carts):
        """Delete carts, and compute nothing of their lines, which the database takes along."""
        lines = carts.order_line
        carts.unlink()
        for field in lines._fields.values():
            self.env.remove_to_compute(field, lines)

    @api.model
    def _keep_cart(self, cart, error):
        """Note why a cart cannot be deleted, and leave it alone for a while."""
        until = fields.Datetime.now() + TRY_AGAIN
        cart.write({"cart_kept_until": until, "cart_kept_reason": str(error).strip()})

    def _erase_lost(self):
        """Erase unfinished orders that were not placed; their totals stay.

        :return: how many of what was erased
        :rtype: dict[str, int]
        """
        counts = {"unfinished": len(self)}
        # What grows old has come to its end: others know it from what a person takes away.
        still_open = self.filtered(lambda unfinished: unfinished.state == "open")
        still_open._move_to("expired", closed_at=fields.Datetime.now())
        self._unlink_alone()
        return counts

    # === Unfinished orders whose cart is gone, or was placed ===#

    @api.model
    def _erase_next_without_cart(self, website, limit):
        """Erase old unfinished orders whose cart somebody else has deleted."""
        where = SQL("r.order_id IS NULL AND r.state IN %s", LOST)
        return self._work_on_old(
            website,
            "without_cart",
            where,
            lambda erasure, lost: erasure._count(**lost._erase_lost()),
            limit,
        )

    @api.model
    def _forget_next_placed(self, website, limit):
        """Erase the buyers of old unfinished orders that were placed: the order knows its own."""
        where = SQL("r.customer_key IS NOT NULL AND r.state IN %s", PLACED)
        return self._work_on_old(
            website,
            "placed",
            where,
            lambda erasure, placed: erasure._count(placed=placed._forget_buyers()),
            limit,
        )

    @api.model
    def _work_on_old(self, website, phase, where, work, limit):
        """Call `work` on old unfinished orders; one that breaks it is met in the next round."""
        erasure, before = self._start_batch(website)
        if not before:
            return 0
        source = SQL(
            """FROM unfinished_order r JOIN unfinished_order u ON u.id = r.id
              WHERE r.website_id = %s AND r.activity_at < %s AND NOT %s AND %s""",
            website.id,
            before,
            self._busy_sql(),
            where,
        )
        old = self.browse(erasure._claim(phase, source, limit))
        if old:
            isolate(old, partial(work, erasure), lambda _one, _error: None)
        return len(old)

    def _forget_buyers(self):
        """Erase what tells who the buyers were, keep everything that counts; return how many."""
        self._forget_followups()
        self.write(dict.fromkeys(self._personal_columns(), False))
        return len(self)

    # === When somebody else deletes a cart ===#

    @api.model
    def _on_cart_deletion(self, orders):
        """Keep what is in carts that are about to be deleted, for the figures."""
        if unfinished := self._of_orders(orders):
            self.env["unfinished.order.kept.product"]._keep_of(unfinished)
        return super()._on_cart_deletion(orders)
