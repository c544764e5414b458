from collections import defaultdict
from itertools import dropwhile

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...orm.memory import asked_once
from .sale_order_contents import LINE_FIELDS

# What the shop itself puts into a cart, by the kind of its reward.
ROLES_OF_REWARDS = {"product": "gift", "discount": "discount", "shipping": "delivery"}


class SaleOrderLine(models.Model):
    """What a line is in a cart: the door to "What does the cart hold?"."""

    _inherit = "sale.order.line"

    # Core has no index for it. Few lines are rewards.
    reward_id = fields.Many2one(index="btree_not_null")

    def _cart_role(self, discount_product=None):
        """Return what the line is in its cart.

        :param product.product discount_product: that of the line's company, if the caller knows it
        :return: "product" (what the buyer wants, a combo as a whole), "part" of a combo, "gift",
            "discount" (of a promotion or by staff), "payment" (gift card, eWallet), "delivery",
            or "" for notes, sections and what has no quantity
        :rtype: str
        """
        self.ensure_one()
        if not self.product_id or self.display_type:
            return ""
        if self.is_delivery:
            return "delivery"
        if self.reward_id:
            is_payment = self.reward_id.program_id.is_payment_program
            return "payment" if is_payment else ROLES_OF_REWARDS[self.reward_id.reward_type]
        if self.combo_item_id:
            return "part"
        if self._is_staff_discount(discount_product):
            return "discount"
        return "product" if self.product_uom_qty > 0 else ""

    @asked_once(in_each_language=False)
    def _ids_by_role(self):
        """Return the ids of these lines of one cart by what they are in it.

        :rtype: dict[str, list[int]]
        """
        # sudo: whoever sees the cart need not see the company's settings
        discount_product = self.order_id.company_id.sudo().sale_discount_product_id
        by_role = defaultdict(list)
        for line in self:
            by_role[line._cart_role(discount_product)].append(line.id)
        return by_role

    def _sum_as_shown(self):
        """Return what these lines of one cart cost, with or without tax as the shop shows it."""
        excluded = self.order_id.website_id._shows_tax_excluded()
        field = "price_subtotal" if excluded else "price_total"
        return sum(line[field] for line in self)

    def _is_staff_discount(self, discount_product=None):
        """Tell whether a colleague has lowered the price of the cart by this line."""
        self.ensure_one()
        if discount_product is None:
            # sudo: a user who sees the cart may have no right to see the company's settings
            discount_product = self.company_id.sudo().sale_discount_product_id
        return self.price_subtotal < 0 or self.product_id.id == discount_product.id

    @api.model
    def _cart_product_domain(self):
        """Return which lines are products of a cart, as `_cart_role` tells."""

        def to_sql(lines, alias, _query):
            lines.flush_model(LINE_FIELDS)
            lines.env["res.company"].flush_model(["sale_discount_product_id"])
            return lines._cart_product_sql(alias)

        return Domain.custom(to_sql=to_sql, predicate=lambda line: line._cart_role() == "product")

    @api.model
    def _cart_product_sql(self, line="l"):
        """Return which of the order lines in the table `line` are products, as `_cart_role` tells.

        :param str line: the name of the table in the query
        """
        return SQL(
            """(%(l)s.product_id IS NOT NULL AND %(l)s.display_type IS NULL
                AND %(l)s.is_delivery IS NOT TRUE AND %(l)s.reward_id IS NULL
                AND %(l)s.combo_item_id IS NULL AND %(l)s.product_uom_qty > 0
                AND (%(l)s.price_subtotal < 0) IS NOT TRUE
                AND ((%(l)s.company_id, %(l)s.product_id) IN (
                         SELECT c.id, c.sale_discount_product_id FROM res_company c
                          WHERE c.sale_discount_product_id IS NOT NULL)) IS NOT TRUE)""",
            l=SQL.identifier(line),
        )

    def _has_lapsed(self):
        """Tell whether the shop does not give this reward any more: the cart page drops it.

        By what Odoo asks of programs and coupons itself. A coupon may have been used up in another
        order since.
        """
        self.ensure_one()
        order, coupon = self.order_id, self.coupon_id
        program = self.reward_id.program_id
        if not program:
            return False
        today = order._get_confirmed_tx_create_date()
        has_expired = coupon.expiration_date and coupon.expiration_date < today
        if has_expired or not program.filtered_domain(order._get_program_domain()):
            return True
        return bool(coupon) and self._points_left() < self.reward_id.required_points

    @api.model
    def _has_rewards_sql(self):
        """Return which of the orders `o` have rewards, of which some may have ended since."""
        return SQL(
            """EXISTS (SELECT FROM sale_order_line l
                        WHERE l.order_id = o.id AND l.reward_id IS NOT NULL)"""
        )

    @api.model
    def _may_have_lapsed_sql(self, today):
        """Return which of the lines `l` the shop may give no more, or less of.

        Of their rewards `r`, programs `p` and coupons `c`. Of these, `_share_given` tells.

        :param date today: the latest date that any shop can have now
        """
        return SQL(
            """(p.active IS NOT TRUE OR p.date_to < %(today)s OR c.expiration_date < %(today)s
                OR p.program_type IN ('coupons', 'ewallet', 'gift_card', 'next_order_coupons')
                   AND c.points < GREATEST(r.required_points, l.points_cost))""",
            today=today,
        )

    def _share_given(self):
        """Return how much of what this line takes off the shop still gives, from 0 to 1.

        Of a gift card, something may have been spent in another order since.
        """
        self.ensure_one()
        if self._has_lapsed():
            return 0.0
        reward = self.reward_id
        if not self.coupon_id or reward.discount_mode != "per_point":
            return 1.0
        left, spent = self._points_left(), sum(self._lines_of_reward().mapped("points_cost"))
        if not reward.program_id.is_payment_program:  # given in whole parts only
            left = left // reward.required_points * reward.required_points
        return min(1.0, left / spent) if spent else 1.0

    def _points_left(self):
        """Return how much of the coupon there is for this reward, after those before it."""
        order, own = self.order_id, self._lines_of_reward()
        with_coupon = order.order_line.filtered(lambda line: line.coupon_id == self.coupon_id)
        from_here = dropwhile(lambda line: line not in own, with_coupon)
        spent_here = sum(line.points_cost for line in from_here)
        return order._get_real_points_for_coupon(self.coupon_id) + spent_here

    def _lines_of_reward(self):
        """Return all lines of one reward: there is one for each tax, and the first has its cost."""
        return self.order_id.order_line.filtered(
            lambda line: (
                (line.reward_id, line.coupon_id, line.reward_identifier_code)
                == (self.reward_id, self.coupon_id, self.reward_identifier_code)
            )
        )
