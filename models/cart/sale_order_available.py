from odoo import api, models

from ...orm.memory import asked_once
from .sale_order_contents import LINE_FIELDS
from .sale_order_line_available import LineNow


class SaleOrder(models.Model):
    """The door to "Can it be bought, now?"."""

    _inherit = "sale.order"

    def _what_can_be_had(self, pricelist=None):
        """Return what can be had now of the products and gifts in these carts.

        In as many queries for hundreds of carts as for one. What is bought goes before gifts.

        :param product.pricelist pricelist: of who asks; each cart's own when not given
        :rtype: dict[sale.order, list[LineNow]]
        """
        known = self.browse()._known_to_be_had(pricelist)
        if new := self.filtered(lambda cart: cart.id not in known):
            new.order_line.fetch(LINE_FIELDS)
            carts = new.grouped(
                lambda cart: (
                    cart.website_id,
                    cart.pricelist_id if pricelist is None else pricelist,
                )
            )
            for (website, prices), group in carts.items():
                for cart, lines in group._have_at(website, prices).items():
                    known[cart.id] = [(now.line.id, now.quantity, now.problem) for now in lines]
        lines = self.order_line
        return {
            cart: [
                LineNow(lines.browse(line_id).with_prefetch(lines._prefetch_ids), quantity, problem)
                for line_id, quantity, problem in known[cart.id]
            ]
            for cart in self
        }

    @api.model
    @asked_once(in_each_language=False)
    def _known_to_be_had(self, pricelist):
        """Return what has been found out so far, by the ids of carts and lines."""
        return {}

    def _have_at(self, website, pricelist):
        """Return what can be had of these carts, all of them on `website`, at its prices."""
        lines = {cart: cart._lines_as("product", "gift") for cart in self}
        products = self.order_line.product_id
        offers = products._offers_on(website)
        hidden = set()
        if website.prevent_zero_price_sale:
            bought = self.env["sale.order.line"].union(*lines.values()).product_id
            hidden = bought._ids_without_price(website, pricelist)
        return {cart: of_cart._share_stock(offers, hidden) for cart, of_cart in lines.items()}
