from typing import NamedTuple

from odoo import api, models
from odoo.tools.misc import format_amount


class UnitPrice(NamedTuple):
    """What one of a line costs."""

    shown: float  # with or without tax, as the shop shows it
    terms: tuple  # what it is worked out from: prices, discounts and taxes of its parts


class CartRow(NamedTuple):
    """A product of the cart of a recovery link, as it can be bought now."""

    line: models.BaseModel
    name: str  # also when the line is there no more
    quantity: float  # how many can be had
    problem: str  # "", "gone", "sold_out" or "fewer"
    price: float  # of that quantity
    unit_price: float  # of one
    was: float | None  # the price of one when it was put in the cart, if it has changed since


class CartBefore(NamedTuple):
    """What is known of the cart of a link, and of the visitor's own, before anything changes."""

    order: models.BaseModel
    mine: models.BaseModel  # the visitor's own, possibly the same
    currency: models.BaseModel  # of the latter
    rows: list  # of `LineNow`: the products of the link
    others: list  # likewise: those in another cart of the visitor
    names: dict  # of the products, by their lines
    prices: dict  # of one each, by lines, as far as they can be compared with today's
    leaving: models.BaseModel  # discounts that the visitor does not get
    notes: list  # sentences about these
    rewards: dict  # names of those that they may get, by reward
    reductions: dict  # of `Reduction`: what these take off, by reward, likewise
    delivery: tuple  # `Delivery` of the visitor's own
    kept_quantity: float = 0.0  # how much of the visitor's own can be had, before any is added


class LinkPage(NamedTuple):
    """What to tell of a cart that has been opened by its link, or would be."""

    is_itself: bool  # the visitor gets the very cart, and no copy
    rows: list[CartRow]
    is_there: bool  # all that can be had of it was in another cart of the visitor already
    others_quantity: float  # how much there is besides in that cart
    others_price: float  # what that costs
    gifts: list  # names and quantities of what is given along
    reductions: list  # names and amounts below 0
    cost: tuple  # `CartCost`
    currency: models.BaseModel
    has_delivery: bool  # delivery has been chosen, and is counted
    needs_delivery: bool
    changes: list[str]  # what has changed since the cart was left, in whole sentences
    notes: list[str]  # those of them that the rows do not show

    def can_continue(self):
        """Tell whether anything of the cart is to be had."""
        return any(row.quantity for row in self.rows)


class UnfinishedOrderRestore(models.AbstractModel):
    """What is told of a cart that is opened by its link."""

    _inherit = "unfinished.order.restore"

    @api.model
    def _note_before(self, order, mine):
        """Note what would be lost when the carts change.

        :param sale.order order: the cart of the link
        :param sale.order mine: the visitor's own cart, possibly the same
        :rtype: CartBefore
        """
        others = [] if mine == order else self._products_now(mine, mine)
        rows = self._products_now(order, mine)
        leaving = self._staying(order, mine)
        return CartBefore(
            order=order,
            mine=mine,
            currency=mine.currency_id,
            rows=rows,
            others=others,
            names={now.line: now.line.name_short for now in rows + others},
            prices={
                now.line: self._unit_price(now.line)
                for now in rows + others
                if self._has_same_terms(now.line.order_id, mine)
            },
            leaving=leaving,
            notes=self._describe_staying(leaving) + self._describe_short(mine),
            rewards=self._names_of_rewards(order, mine, leaving),
            reductions=self._reductions(order | mine, mine),
            delivery=self._delivery_of(mine),
        )

    @api.model
    def _products_now(self, cart, mine):
        """Return what can be had of the products in a cart, at the prices of the cart `mine`.

        :rtype: list[LineNow]
        """
        return [
            now for now in cart._what_can_be_had(mine.pricelist_id)[cart] if not now.line.reward_id
        ]

    @api.model
    def _quantity(self, cart):
        """Return how much there is in a cart."""
        return sum(cart._lines_as("product").mapped("product_uom_qty"))

    @api.model
    def _has_same_terms(self, order, mine):
        """Tell whether prices in a cart can be compared with those in the cart `mine`."""
        return all(order[name] == mine[name] for name in ("pricelist_id", "fiscal_position_id"))

    @api.model
    def _unit_price(self, line):
        """Return what one of a line costs.

        :rtype: UnitPrice
        """
        terms = tuple(
            (piece.price_unit, piece.discount, piece.tax_ids._ids)
            for piece in line._get_lines_with_price()
        )
        return UnitPrice(line._get_cart_display_price() / line.product_uom_qty, terms)

    @api.model
    def _tell_after(self, before, lines, problems):
        """Return what to tell, after the visitor's cart has been brought up to date.

        :param CartBefore before: what there was
        :param dict lines: which lines of the visitor's cart hold those of the link
        :param dict problems: sentences on codes that the shop does not accept
        :rtype: LinkPage
        """
        mine = before.mine
        rows = [self._row_after(before, now, lines.get(now.line)) for now in before.rows]
        others = [self._row_after(before, now, now.line.exists()) for now in before.others]
        notes = [
            *self._describe_changes(others, mine.currency_id),
            *before.notes,
            *problems.values(),
            *self._describe_lost(before, problems),
            *self._describe_less(before),
            *self._describe_delivery(before),
        ]
        changes = dict.fromkeys([*self._describe_changes(rows, mine.currency_id), *notes])
        products = sum(line._get_cart_display_price() for line in mine._lines_as("product"))
        others_price = products - sum(row.price for row in rows)
        quantity = self._quantity(mine)
        others_quantity = max(0.0, quantity - sum(row.quantity for row in rows))
        is_itself = mine == before.order
        return LinkPage(
            is_itself=is_itself,
            rows=rows,
            is_there=not is_itself and 0.0 < quantity <= before.kept_quantity,
            others_quantity=others_quantity if before.others else 0.0,
            others_price=mine.currency_id.round(others_price) if before.others else 0.0,
            gifts=[(gift.name_short, gift.product_uom_qty) for gift in mine._lines_as("gift")],
            reductions=[
                (found.lines[0].name_short, found.amount) for found in mine._cart_reductions()
            ],
            cost=mine._cart_cost(),
            currency=mine.currency_id,
            has_delivery=bool(mine._lines_as("delivery")),
            needs_delivery=bool(mine._has_deliverable_products()),
            changes=list(changes),
            notes=list(dict.fromkeys(notes)),
        )

    @api.model
    def _row_after(self, before, now, line):
        """Return what has become of a line.

        :param LineNow now: the line, and what could be had of it
        :param sale.order.line line: the one that holds it now: none where nothing is left, None
            where the shop refuses it
        :rtype: CartRow
        """
        quantity = min(now.quantity, line.product_uom_qty) if line else 0.0
        if not quantity:
            problem = now.problem
            if problem not in ("gone", "sold_out"):
                problem = "gone" if line is None else "sold_out"
            return CartRow(now.line, before.names[now.line], 0.0, problem, 0.0, 0.0, None)
        problem = "fewer" if quantity < now.quantity else now.problem
        price, was = self._unit_price(line), before.prices.get(now.line)
        currency = line.currency_id
        has_changed = (
            was is not None
            and currency == before.currency
            and was.terms != price.terms
            and currency.compare_amounts(was.shown, price.shown)
        )
        return CartRow(
            now.line,
            before.names[now.line],
            quantity,
            problem,
            currency.round(price.shown * quantity),
            price.shown,
            was.shown if has_changed else None,
        )

    # === In words ===#

    @api.model
    def _describe_changes(self, rows, currency):
        """Say in whole sentences what is no longer as it was when the cart was left.

        :rtype: list[str]
        """
        return [change for row in rows if (change := self._describe_change(row, currency))]

    @api.model
    def _describe_change(self, row, currency):
        product = row.name
        if row.problem == "gone":
            return self.env._("%(product)s is no longer sold.", product=product)
        if row.problem == "sold_out":
            return self.env._("%(product)s is sold out.", product=product)
        values = {"product": product, "quantity": f"{row.quantity:g}"}
        if row.was is not None:
            values["now"] = format_amount(self.env, row.unit_price, currency)
            values["was"] = format_amount(self.env, row.was, currency)
        if row.problem == "fewer" and row.was is not None:
            return self.env._(
                "%(product)s: only %(quantity)s left. One now costs %(now)s, it was %(was)s.",
                **values,
            )
        if row.problem == "fewer":
            return self.env._("%(product)s: only %(quantity)s left.", **values)
        if row.was is None:
            return ""
        return self.env._("%(product)s now costs %(now)s, it was %(was)s.", **values)
