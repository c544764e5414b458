from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .sale_order_line import by_colleague

# What the contents and the cost of carts are told by: far less than Odoo reads of a line.
LINE_FIELDS = (
    "combo_item_id",
    "company_id",
    "coupon_id",
    "display_type",
    "is_delivery",
    "order_id",
    "price_subtotal",
    "price_total",
    "product_id",
    "product_no_variant_attribute_value_ids",
    "product_uom_id",
    "product_uom_qty",
    "reward_id",
    "reward_identifier_code",
)
PLAIN_ROLES = {"product", "part", ""}
# What of a cart changes what it costs, or in which currency, besides its lines.
PRICED_BY = {"currency_id", "fiscal_position_id", "pricelist_id"}


class CartCost(NamedTuple):
    """What a cart costs, as its page in the shop shows it, in the currency of the cart."""

    subtotal: float  # all but delivery, with or without tax as the shop shows prices
    delivery: float  # likewise
    tax: float  # what comes on top of both
    total: float


class CartReduction(NamedTuple):
    """What lowers the price of a cart, as one line of its page."""

    lines: models.BaseModel
    amount: float  # below 0; with or without tax as the shop shows prices


class SaleOrder(models.Model):
    """The doors to "What does the cart hold?" and "What does it cost?"."""

    _inherit = "sale.order"

    def write(self, vals):
        """Let what a cart is priced by count as a change of it, as its lines do."""
        names = PRICED_BY & vals.keys()
        changed = self.filtered(lambda cart: any(cart[n].id != (vals[n] or False) for n in names))
        result = super().write(vals)
        if changed:
            if by_colleague(self.env):
                changed._touch_cart()
                changed._on_edited()
            changed._on_total_changed()
        return result

    def _lines_as(self, *roles):
        """Return the lines that are one of these in their cart; see `_cart_role`."""
        lines = self.order_line
        by_role = lines._ids_by_role()
        ids = [line_id for role in roles for line_id in by_role.get(role, ())]
        # As for all lines of the carts that are looked at together.
        return lines.browse(ids).with_prefetch(lines._prefetch_ids)

    def _has_cart_lines(self):
        """Tell whether anything is left in the cart besides what the shop adds by itself."""
        self.ensure_one()
        return bool(self._lines_as("product"))

    # === Cost ===#

    def _cart_cost(self):
        """Return what the cart costs, as its page in the shop shows it.

        From the totals of the order, which are not the sum of its lines where taxes are rounded
        globally. Gift cards are counted as far as they still go, and promotions that have ended
        are not, as on that page.

        :rtype: CartCost
        """
        self.ensure_one()
        total, untaxed = self.amount_total, self.amount_untaxed
        tax_excluded = self.website_id._shows_tax_excluded()
        if self._is_plain():
            if not tax_excluded:
                return CartCost(total, 0.0, 0.0, total)
            return CartCost(untaxed, 0.0, self.amount_tax, total)
        for line in self._lines_as("gift", "discount", "payment"):
            lost = 1.0 - line._share_given()
            total, untaxed = total - line.price_total * lost, untaxed - line.price_subtotal * lost
        delivery = self._lines_as("delivery")._sum_as_shown()
        shown = untaxed if tax_excluded else total
        amounts = (shown - delivery, delivery, total - shown, total)
        return CartCost(*map(self.currency_id.round, amounts))

    def _is_plain(self):
        """Tell whether the cart holds nothing but products, as nearly all carts do."""
        return self.order_line._ids_by_role().keys() <= PLAIN_ROLES

    def _cart_reductions(self):
        """Return what lowers the price of the cart: discounts, gift cards, eWallets.

        As on the cart page, what one reward takes off products with different taxes is one.

        :rtype: list[CartReduction]
        """
        self.ensure_one()
        if self._is_plain():
            return []
        lines = self._lines_as("discount", "payment").filtered(lambda line: line._share_given())
        groups = lines.grouped(
            lambda line: (
                (line.reward_id, line.coupon_id, line.reward_identifier_code)
                if line.reward_id
                else line
            )
        )
        rounded = self.currency_id.round
        amounts = (
            (group, rounded(group._sum_as_shown() * group[0]._share_given()))
            for group in groups.values()
        )
        return [CartReduction(group, amount) for group, amount in amounts if amount]

    def _goods_amount(self):
        """Return what the goods cost after discounts: without delivery, paid by whatever means.

        A gift card or eWallet is a payment. Taxes are included.
        """
        self.ensure_one()
        besides = self._lines_as("delivery", "payment")
        lost = sum(
            line.price_total * (1.0 - line._share_given())
            for line in self._lines_as("gift", "discount")
        )
        return self.amount_total - sum(besides.mapped("price_total")) - lost

    @api.model
    def _goods_amount_sql(self):
        """Return `_goods_amount` of the orders `o`, promotions that have ended since included."""
        return SQL(
            """(o.amount_total - COALESCE((
                    SELECT sum(l.price_total)
                      FROM sale_order_line l
                 LEFT JOIN loyalty_reward reward ON reward.id = l.reward_id
                 LEFT JOIN loyalty_program program ON program.id = reward.program_id
                     WHERE l.order_id = o.id AND l.product_id IS NOT NULL
                       AND l.display_type IS NULL
                       AND (l.is_delivery OR reward.reward_type = 'shipping'
                            OR program.program_type IN ('gift_card', 'ewallet'))), 0))"""
        )
