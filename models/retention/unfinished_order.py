from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.batches import isolate, run_batches
from .unfinished_order_erasure import CART_STATES

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
        shops = self.env["website"]._all_shops()
        # The last one is none: what is left of websites that have been deleted.
        for website in (*shops, shops.browse()):
            for erase_next in self._phases(website):
                if not run_batches(self.env, partial(erase_next, website, BATCH), BATCH):
                    return

    @api.model
    def _phases(self, website):
        carts = (partial(self._erase_next_carts, state) for state in CART_STATES if website)
        return (
            *carts,
            self._erase_next_without_cart,
            self._forget_next_placed,
            self._forget_next_taken_over,
        )

    # === Carts ===#

    @api.model
    def _erase_next_carts(self, state, website, limit):
        """Erase old carts of `website` in this state, with their unfinished orders.

        :return: how many were looked at
        :rtype: int
        """
        before = website._retention_limit()
        erasure = before and self._hold(website)
        if not erasure:
            return 0
        ids = erasure._claim(state, self._old_carts_sql(website, state, before), limit)
        local = self.with_env(website._words_env())  # what refuses is kept in these words
        carts = local.env["sale.order"].browse(ids)
        if carts:
            local._lock_payments(carts)
            isolate(carts, partial(local._erase_carts, erasure), local._keep_cart)
        return len(carts)

    @api.model
    def _hold(self, website):
        """Return the row by which this website, or none, is held; none while another holds it."""
        erasure = self.env["unfinished.order.erasure"]._of(website)
        self.env.flush_all()
        return erasure.try_lock_for_update()

    @api.model
    def _old_carts_sql(self, website, state, before, at=None):
        """Return which carts `r` may go: never placed, never paid for, and let alone for long.

        :param datetime before: since when they must lie untouched
        :param datetime at: when they are to go; now if not given
        """
        return SQL(
            """FROM sale_order r
              WHERE r.state = %(state)s AND r.placed_at IS NULL
                AND r.website_id = %(website)s AND r.cart_activity_at < %(before)s
                AND r.cart_quoted_at IS NULL
                AND (r.cart_kept_until IS NULL OR r.cart_kept_until < %(at)s)
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
            at=at or fields.Datetime.now(),
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

    # === Unfinished orders whose cart is gone, was placed, or is no cart any more ===#

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
        return self._forget_next(website, "placed", SQL("r.state IN %s", PLACED), limit)

    @api.model
    def _forget_next_taken_over(self, website, limit):
        """Erase the buyers of old unfinished orders whose cart is none any more, and stays.

        Staff have made a quotation of it, or its website has been deleted.
        """
        where = SQL(
            """r.state IN %s
               AND EXISTS (SELECT FROM sale_order o
                            WHERE o.id = r.order_id
                              AND (o.cart_quoted_at IS NOT NULL OR o.cart_activity_at IS NULL
                                   OR o.website_id IS NULL))""",
            LOST,
        )
        return self._forget_next(website, "taken_over", where, limit)

    @api.model
    def _forget_next(self, website, phase, where, limit):
        """Erase the buyers of old unfinished orders whose order stays, as far as they are known."""
        return self._work_on_old(
            website,
            phase,
            SQL("r.customer_key IS NOT NULL AND %s", where),
            lambda erasure, found: erasure._count(placed=found._forget_buyers()),
            limit,
        )

    @api.model
    def _work_on_old(self, website, phase, where, work, limit):
        """Call `work` on old unfinished orders; one that breaks it is met in the next round."""
        old = self._old_sql(website)
        erasure = old and self._hold(website)
        if not erasure:
            return 0
        source = SQL(
            """FROM unfinished_order r JOIN unfinished_order u ON u.id = r.id
              WHERE %s AND NOT %s AND %s""",
            old,
            self._busy_sql(),
            where,
        )
        found = self.browse(erasure._claim(phase, source, limit))
        if found:
            isolate(found, partial(work, erasure), lambda _one, _error: None)
        return len(found)

    @api.model
    def _old_sql(self, website):
        """Return which unfinished orders `r` of this website, or of none, are old.

        :rtype: SQL | None
        """
        if not website:
            return SQL(
                "r.website_id IS NULL AND r.activity_at < %s", website._retention_limit_sql()
            )
        before = website._retention_limit()
        return before and SQL("r.website_id = %s AND r.activity_at < %s", website.id, before)

    def _forget_buyers(self):
        """Erase what tells who the buyers were, keep everything that counts; return how many."""
        self._forget_followups()
        self.write(dict.fromkeys(self._personal_columns(), False))
        # An order that was placed, or made a quotation by staff, knows its own buyer.
        orphans = self.order_id.filtered(lambda o: not (o.website_id or o.placed_at))
        orphans.write(dict.fromkeys(self._personal_cart_columns(), False))
        return len(self)

    # === When somebody else deletes a cart ===#

    @api.model
    def _on_cart_deletion(self, orders):
        """Keep what is in carts that are about to be deleted, for the figures."""
        if unfinished := self._of_orders(orders):
            self.env["unfinished.order.kept.product"]._keep_of(unfinished)
        return super()._on_cart_deletion(orders)
