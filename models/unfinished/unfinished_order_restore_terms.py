from typing import NamedTuple

from odoo import api, models
from odoo.tools.misc import format_amount


class Reduction(NamedTuple):
    """What a promotion takes off a cart."""

    amount: float  # above 0, as the shop shows it
    goods: float  # what the products cost without it


class Delivery(NamedTuple):
    """How a cart is to be delivered."""

    carrier: models.BaseModel  # possibly none
    price: float  # without what a promotion takes off it


class UnfinishedOrderRestore(models.AbstractModel):
    """What becomes of the terms of a cart: what promotions take off it, and its delivery."""

    _inherit = "unfinished.order.restore"

    # === Promotions ===#

    @api.model
    def _reductions(self, carts, mine):
        """Return what the promotions in `carts` take off, as far as that can be compared.

        :param sale.order carts: the later ones count where several have the same promotion
        :param sale.order mine: the visitor's own cart
        :rtype: dict[loyalty.reward, Reduction]
        """
        found = {}
        for cart in carts.filtered(lambda cart: self._has_same_terms(cart, mine)):
            goods = sum(line._get_cart_display_price() for line in cart._lines_as("product"))
            lines = cart._lines_as("discount").filtered("reward_id")
            for reward, group in lines.grouped("reward_id").items():
                if goods > 0 and all(line._share_given() == 1.0 for line in group):
                    found[reward] = Reduction(-group._sum_as_shown(), goods)
        return found

    @api.model
    def _describe_less(self, before):
        """Say which promotions take off less, and not only because there is less in the cart.

        :param CartBefore before: what there was
        :rtype: list[str]
        """
        mine = before.mine
        if mine.currency_id != before.currency:
            return []
        now = self._reductions(mine, mine)
        return [
            self.env._(
                "“%(discount)s” now takes off %(now)s, it was %(was)s.",
                discount=before.rewards[reward],
                now=format_amount(self.env, now[reward].amount, before.currency),
                was=format_amount(self.env, was.amount, before.currency),
            )
            for reward, was in before.reductions.items()
            if reward in now
            and reward in before.rewards
            and self._is_less(now[reward], was, before.currency)
        ]

    @api.model
    def _is_less(self, now, was, currency):
        share = min(1.0, now.goods / was.goods)
        slack = 2 * currency.rounding  # taxes are rounded line by line
        return now.amount < was.amount * share - slack

    # === Delivery ===#

    @api.model
    def _delivery_of(self, cart):
        """Return how a cart is to be delivered, as far as that has been chosen.

        :rtype: Delivery
        """
        lines = cart._lines_as("delivery").filtered("is_delivery")
        return Delivery(
            cart.carrier_id if lines else cart.carrier_id.browse(), lines._sum_as_shown()
        )

    @api.model
    def _drop_carrier_that_is_gone(self, cart):
        """Have a way of delivery chosen again that the checkout would not accept any more."""
        if cart.carrier_id and cart.carrier_id not in cart._get_delivery_methods():
            cart._remove_delivery_line()
            cart.carrier_id = False

    @api.model
    def _describe_delivery(self, before):
        """Say what has become of the delivery that had been chosen.

        :param CartBefore before: what there was
        :rtype: list[str]
        """
        mine, was = before.mine, before.delivery
        now = self._delivery_of(mine)
        if not was.carrier or not mine._has_deliverable_products():
            return []
        if not now.carrier:
            return [
                self.env._(
                    "Delivery by “%(carrier)s” is no longer offered."
                    " Please choose another one at the checkout.",
                    carrier=was.carrier.name,
                )
            ]
        if mine.currency_id != before.currency:
            return []
        if not before.currency.compare_amounts(was.price, now.price):
            return []
        return [
            self.env._(
                "Delivery now costs %(now)s, it was %(was)s.",
                now=format_amount(self.env, now.price, before.currency),
                was=format_amount(self.env, was.price, before.currency),
            )
        ]
