from collections import Counter
from math import inf
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, float_round


class LineNow(NamedTuple):
    """A line of a cart, as it could be bought now."""

    line: models.BaseModel
    quantity: float  # how many can be had, in the line's unit
    problem: str  # "", "gone" (no longer sold), "sold_out" or "fewer"


class SaleOrderLine(models.Model):
    """The other half of the door to "Can it be bought, now?": lines that share a stock."""

    _inherit = "sale.order.line"

    def _share_stock(self, offers, hidden):
        """Return what can be had of each of these lines: those before take from the same stock.

        :rtype: list[LineNow]
        """
        taken = Counter()
        return [line._as_of_now(offers, hidden, taken) for line in self]

    def _as_of_now(self, offers, hidden, taken):
        """Return how many of the line can be had, after what other lines take.

        :param dict offers: of all products of the cart, as from `_offers_on`
        :param set hidden: ids of the products that have no price
        :param Counter taken: what the lines before took of each product, in the product's unit,
            or place; this line's is added
        :rtype: LineNow
        """
        self.ensure_one()
        offer = offers[self.product_id.id]
        if place := offer.is_active and self._place():
            return self._at_its_place(place, taken)
        if offer.free == inf and not offer.combos:  # nothing is counted
            is_sold = self._is_for_sale(offer, hidden)
            return LineNow(self, *((self.product_uom_qty, "") if is_sold else (0.0, "gone")))
        pieces = self._get_lines_with_price() if offer.combos else self
        if not self._is_for_sale(offer, hidden) or not pieces._make_up(offer, offers):
            return LineNow(self, 0.0, "gone")
        needs = pieces._needs(offers)
        wanted = quantity = self.product_uom_qty
        for product_id, need in needs.items():
            share = (offers[product_id].free - taken[product_id]) / need
            if share < wanted:  # the shop sells whole ones
                whole = float_round(share, precision_digits=0, rounding_method="DOWN")
                quantity = min(quantity, max(whole, 0.0))
        for product_id, need in needs.items():
            taken[product_id] += quantity * need
        return self._as_far_as(quantity)

    def _at_its_place(self, place, taken):
        """Return how many are left of a ticket or the like, after what the lines before take."""
        if not place.is_sold:
            return LineNow(self, 0.0, "gone")
        quantity = max(min(self.product_uom_qty, place.free - taken[place.key]), 0.0)
        taken[place.key] += quantity
        return self._as_far_as(quantity)

    def _as_far_as(self, quantity):
        """Return that so many of what is wanted are left."""
        wanted = self.product_uom_qty
        problem = "" if quantity == wanted else "fewer" if quantity else "sold_out"
        return LineNow(self, quantity, problem)

    def _needs(self, offers):
        """Return how much these lines take of their products for one of each line.

        :return: by the ids of the products, in their own units
        :rtype: dict[int, float]
        """
        needs = Counter()
        for piece in self:
            product_id, unit = piece.product_id.id, piece.product_uom_id
            own = offers[product_id].unit
            needs[product_id] += (
                1.0 if own == unit else unit._compute_quantity(1.0, own, round=False)
            )
        return needs

    def _is_for_sale(self, offer, hidden):
        """Tell whether the shop sells this, as its own button to put it into the cart does.

        The parts of a combo need not be in the shop by themselves, nor need gifts.
        """
        if self.reward_id:
            return offer.is_active and not self._has_lapsed()
        is_offered = offer.is_offered and self.product_id.id not in hidden
        return is_offered and not self._has_lost_option()

    def _has_lost_option(self):
        """Tell whether something that the buyer has chosen is no longer offered with the product.

        The shop would choose something else instead, at another price.
        """
        options = self.product_no_variant_attribute_value_ids
        return not all(option.ptav_active for option in options)

    @api.model
    def _has_lost_option_sql(self):
        """Return `_has_lost_option` of the order lines `l`."""
        return SQL(
            """EXISTS (SELECT FROM product_template_attribute_value_sale_order_line_rel chosen
                         JOIN product_template_attribute_value ptav
                           ON ptav.id = chosen.product_template_attribute_value_id
                        WHERE chosen.sale_order_line_id = l.id
                          AND ptav.ptav_active IS NOT TRUE)"""
        )

    def _make_up(self, offer, offers):
        """Tell whether these are all parts of a combo, and all of them are still there."""
        is_whole = not offer.combos or len(self) >= offer.combos
        return is_whole and all(
            offers[piece.product_id.id].is_active and not piece._has_lost_option() for piece in self
        )
