from typing import NamedTuple

from odoo import Command, api, models
from odoo.tools.misc import format_amount


class CartRow(NamedTuple):
    """A product of the cart of a recovery link, as it could be bought now."""

    line: models.BaseModel
    quantity: float  # how many can be had
    problem: str  # "", "gone", "sold_out" or "fewer"
    price: float  # of that quantity, as the visitor would pay it
    was: float | None  # the price of one when it was put in the cart, if it has changed since


class LinkPage(NamedTuple):
    """What the page of a recovery link shows of the cart."""

    rows: list[CartRow]
    reductions: list  # of names and amounts below 0
    notes: list[str]  # sentences about discounts that the visitor will not get
    subtotal: float  # of what can be had, after those reductions, without delivery

    def can_continue(self):
        """Tell whether there is anything to be had."""
        return any(row.quantity for row in self.rows)


class UnfinishedOrderRestore(models.AbstractModel):
    """What a recovery link shows."""

    _inherit = "unfinished.order.restore"

    @api.model
    def _link_page(self, order, website, cart):
        """Return what to show of the cart of a link, at the visitor's prices and today's stock.

        Nothing is written: the prices are those of a cart that is never saved.

        :param sale.order cart: the visitor's own cart, possibly none
        :rtype: LinkPage
        """
        today = self._unsaved_cart(website)
        rows = self._rows(order, today)
        staying = self._staying(order, cart)
        if self._is_as_left(order, rows, today):
            reductions = self._named_reductions(order, staying)
            subtotal = self._subtotal_as_left(order, staying)
        else:  # nobody knows what discounts the shop will give then
            reductions, subtotal = [], today._cart_cost().subtotal
        return LinkPage(rows, reductions, self._describe_staying(staying), subtotal)

    @api.model
    def _named_reductions(self, order, staying):
        """Return the names and amounts of the reductions of `order` that do not stay there."""
        coming = (found for found in order._cart_reductions() if not found.lines & staying)
        return [(found.lines[0].name_short, found.amount) for found in coming]

    @api.model
    def _unsaved_cart(self, website):
        """Return an empty cart on the visitor's terms."""
        # sudo: a visitor may not make orders; this one is never saved
        today = self.env["sale.order"].sudo()
        return today.new(website._prepare_sale_order_values(self.env.user.partner_id))

    @api.model
    def _has_same_terms(self, order, today):
        return all(order[name] == today[name] for name in ("pricelist_id", "fiscal_position_id"))

    @api.model
    def _is_as_left(self, order, rows, today):
        """Tell whether the visitor gets all of it, for what it cost when it was left."""
        changed = any(row.problem or row.was is not None for row in rows)
        return self._has_same_terms(order, today) and not changed

    @api.model
    def _subtotal_as_left(self, order, staying):
        """Return what the cart page shows for `order`, without the discounts that stay there."""
        lapsed = staying.filtered(lambda line: line._has_lapsed())
        return order._cart_cost().subtotal - (staying - lapsed)._sum_as_shown()

    # === Products ===#

    @api.model
    def _rows(self, order, today):
        """Return what is in a cart, and put what of it can be had in the unsaved cart `today`.

        :rtype: list[CartRow]
        """
        same_terms = self._has_same_terms(order, today)
        rows = []
        for line, quantity, problem in order._what_can_be_had(today.pricelist_id)[order]:
            if line.reward_id:
                continue
            price = self._price_today(line, quantity, today) if quantity else 0.0
            was = self._price_before(line, quantity, price) if same_terms else None
            rows.append(CartRow(line, quantity, problem, price, was))
        return rows

    @api.model
    def _price_today(self, line, quantity, today):
        """Return what `quantity` of `line` costs in the unsaved cart `today`."""
        unsaved = self._unsaved_line(line, quantity, today)
        for item in line.linked_line_ids.filtered("combo_item_id"):
            self._unsaved_line(
                item,
                quantity,
                today,
                combo_item_id=item.combo_item_id.id,
                linked_line_id=unsaved.id,
            )
        return unsaved._get_cart_display_price()

    @api.model
    def _unsaved_line(self, line, quantity, today, **values):
        options = line.product_no_variant_attribute_value_ids
        return line.new(
            {
                "order_id": today.id,
                "product_id": line.product_id.id,
                "product_uom_id": line.product_uom_id.id,
                "product_uom_qty": quantity,
                "product_no_variant_attribute_value_ids": [Command.set(options.ids)],
                **values,
            }
        )

    @api.model
    def _price_before(self, line, quantity, price):
        """Return what one cost before, None when that is what it costs now."""
        if not quantity or not line.product_uom_qty:
            return None
        was = line._get_cart_display_price() / line.product_uom_qty
        same = line.currency_id.compare_amounts(was, price / quantity) == 0
        return None if same else was

    # === In words ===#

    @api.model
    def _describe_changes(self, rows):
        """Say in whole sentences what is no longer as it was when the cart was left.

        :rtype: list[str]
        """
        return [change for row in rows if (change := self._describe_change(row))]

    @api.model
    def _describe_change(self, row):
        product = row.line.name_short
        if row.problem == "gone":
            return self.env._("%(product)s is no longer sold.", product=product)
        if row.problem == "sold_out":
            return self.env._("%(product)s is sold out.", product=product)
        if row.problem == "fewer":
            quantity = f"{row.quantity:g}"
            return self.env._(
                "%(product)s: only %(quantity)s left.", product=product, quantity=quantity
            )
        if row.was is None:
            return ""
        currency = row.line.currency_id
        return self.env._(
            "%(product)s now costs %(now)s, it was %(was)s.",
            product=product,
            now=format_amount(self.env, row.price / row.quantity, currency),
            was=format_amount(self.env, row.was, currency),
        )
