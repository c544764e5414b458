from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.rows import update_rows
from .unfinished_order_catch_up import hold

# So many carts of promotions that have ended are looked at in one run.
MOST_LAPSED = 1000


class UnfinishedOrderContents(models.AbstractModel):
    """What the list shows of what is in carts, when that changes while their buyers do nothing."""

    _name = "unfinished.order.contents"
    _description = "Contents of Unfinished Orders"

    @api.model
    def _on_products_gone(self, orders):
        """Show what is left in carts that nobody has changed, and close those that are empty.

        :param sale.order orders: products of theirs were archived just now
        """
        unfinished = self.env["unfinished.order"]._of_orders(orders)
        left = unfinished.filtered(lambda u: u.state == "open")
        self._refresh(left)
        left._close_emptied(left)

    @api.model
    def _refresh(self, unfinished, edited_by=None):
        """Write what is in the carts of these now, in a few statements, however many carts.

        :param int edited_by: id of the user who has changed them; else nobody has
        """
        snapshots = self.env["unfinished.order.snapshot"]
        by_cart = {one.order_id.id: one for one in unfinished}
        changed = {}
        for row in snapshots._read(unfinished.order_id):
            vals = snapshots._contents_vals(row)
            if edited_by:
                vals |= {"edited_at": vals["activity_at"], "edited_by_id": edited_by}
            else:
                del vals["activity_at"]
            changed[by_cart[row["order_id"]]] = vals
        update_rows(unfinished.browse(one.id for one in changed), list(changed.values()))
        unfinished._refresh_products()

    @api.model
    def _on_total_changed(self, orders):
        """Show what carts cost now, after a code was entered or a promotion has ended.

        :param sale.order orders: idle carts, or those that a colleague is at
        """
        # sudo: a note for the search, whoever has changed the cart
        orders.sudo().cart_recheck_at = fields.Datetime.now()
        self._follow_prices(orders)

    @api.model
    def _follow_prices(self, orders):
        """Show what these carts cost now, except where a batch of the search is at work on them.

        Nobody waits for that: the search itself looks at them again.
        """
        changed = self.env["unfinished.order"]._of_orders(orders).filtered(self._is_outdated)
        held = hold(changed)
        update_rows(held, [self._prepare_amount_vals(one.order_id) for one in held])

    @api.model
    def _follow_lapsed(self):
        """Show what carts cost whose promotion, coupon or gift card has come to its end since.

        Nobody writes to a cart when a day is over. Those that ended first come first.

        :return: 0, because the rest has time until the next run
        """
        unfinished = self.env["unfinished.order"].browse(self._lapsed_ids())
        self._follow_prices(unfinished.order_id)
        return 0

    @api.model
    def _lapsed_ids(self):
        self.env.flush_all()
        # In the east, it is tomorrow already.
        today = (fields.Datetime.now() + timedelta(hours=14)).date()
        rows = self.env.execute_query(
            SQL(
                """SELECT u.id
                     FROM loyalty_reward r
                     JOIN loyalty_program p ON p.id = r.program_id
                     JOIN sale_order_line l ON l.reward_id = r.id AND l.price_total != 0
                     JOIN sale_order o ON o.id = l.order_id
                     JOIN unfinished_order u ON u.order_id = o.id AND u.state = 'open'
                LEFT JOIN loyalty_card c ON c.id = l.coupon_id
                    WHERE r.reward_type != 'shipping' AND o.amount_total = u.amount_total AND %s
                 GROUP BY u.id
                 ORDER BY min(LEAST(p.date_to, c.expiration_date)) NULLS FIRST, u.id
                    LIMIT %s""",
                self.env["sale.order.line"]._may_have_lapsed_sql(today),
                MOST_LAPSED,
            )
        )
        return [id_ for (id_,) in rows]

    @api.model
    def _is_outdated(self, unfinished):
        """Tell whether the cart is open and costs something else than is shown."""
        now = self._prepare_amount_vals(unfinished.order_id)
        shown = unfinished.amount_total, unfinished.currency_id.id
        return unfinished.state == "open" and shown != (now["amount_total"], now["currency_id"])

    @api.model
    def _prepare_amount_vals(self, cart):
        """Return what a cart costs as its page shows it, in its currency and the company's."""
        total, currency = cart._cart_cost().total, cart.company_id.currency_id
        return {
            "amount_total": total,
            "amount_company": currency.round(total / (cart.currency_rate or 1.0)),
            "currency_id": cart.currency_id.id,
        }
