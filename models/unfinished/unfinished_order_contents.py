from odoo import api, fields, models

from ...orm.rows import update_rows
from .unfinished_order_catch_up import hold


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
        update_rows(held, [self._prepare_price_vals(unfinished) for unfinished in held])

    @api.model
    def _is_outdated(self, unfinished):
        """Tell whether the cart is open and costs something else than is shown."""
        cart, shown = unfinished.order_id, (unfinished.amount_total, unfinished.currency_id)
        return unfinished.state == "open" and shown != (cart.amount_total, cart.currency_id)

    @api.model
    def _prepare_price_vals(self, unfinished):
        cart, currency = unfinished.order_id, unfinished.company_id.currency_id
        return {
            "amount_total": cart.amount_total,
            "amount_company": currency.round(cart.amount_total / (cart.currency_rate or 1.0)),
            "currency_id": cart.currency_id.id,
        }
