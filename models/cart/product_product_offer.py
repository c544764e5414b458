from math import inf
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...orm.memory import asked_once
from .sale_order_line_apart import APART


class Offer(NamedTuple):
    """What a shop offers of a product, now."""

    is_active: bool
    is_offered: bool  # is in the shop at all
    combos: int  # how many parts make up one of it, 0 unless it is a combo
    unit: models.BaseModel  # the product's own
    free: float  # how many there are in that unit; `inf` where stock does not limit it


class ProductProduct(models.Model):
    """What a website offers of its products: half of the door to "Can it be bought, now?"."""

    _inherit = "product.product"

    def _offers_on(self, website):
        """Return what `website` offers of each product, in as many queries as for one.

        :rtype: dict[int, Offer]
        """
        # In all languages alike. sudo: the stock is not the reader's business, whether there is
        # any is.
        products = self.with_context(lang=None).sudo()
        known = products.browse()._known_offers(website)
        new = products.filtered(lambda product: product.id not in known)
        limited = new.filtered(lambda product: product._is_limited())
        limited = limited.with_prefetch(limited.ids)
        free = {product.id: website._free_quantity(product) for product in limited}
        for product in new:
            known[product.id] = product._offer(website, free.get(product.id, inf))
        return known

    def _offer(self, website, free):
        self.ensure_one()
        # What a product has from its template is computed one by one, there it is only read.
        template = self.product_tmpl_id
        return Offer(
            is_active=self.active,
            is_offered=self._is_in_shop(website),
            combos=len(template.combo_ids) if template.type == "combo" else 0,
            unit=template.uom_id,
            free=free,
        )

    @api.model
    @asked_once
    def _known_offers(self, _website):
        """Return what has been found out of the products of a website, by their ids."""
        return {}

    def _is_limited(self):
        """Tell whether the shop sells only what is in stock."""
        self.ensure_one()
        template = self.product_tmpl_id
        return template.is_storable and not template.allow_out_of_stock_order

    def _is_in_shop(self, website):
        """Tell whether `website` sells the product, whatever its price and stock are."""
        self.ensure_one()
        template = self.product_tmpl_id
        return (
            self.active
            and template.is_published
            and template.sale_ok
            and template.website_id in (website.browse(), website)
        )

    @api.model
    def _is_in_shop_sql(self):
        """Return `_is_in_shop` of products `p` and their templates `t` on websites `w`."""
        return SQL(
            """(p.active AND t.is_published IS TRUE AND t.sale_ok IS TRUE
                AND (t.website_id IS NULL OR t.website_id = w.id))"""
        )

    @api.model
    def _can_be_had_for_certain_sql(self):
        """Return which of these can be had whatever the stock is and whatever they cost now.

        Of the others, `sale.order._what_can_be_had` tells.
        """
        return SQL(
            """(%s AND t.type != 'combo' AND w.prevent_zero_price_sale IS NOT TRUE
                AND t.service_tracking NOT IN %s
                AND (t.is_storable IS NOT TRUE OR t.allow_out_of_stock_order IS TRUE))""",
            self._is_in_shop_sql(),
            APART,
        )

    @api.model
    def _may_be_sold_sql(self):
        """Return which of these are in the shop, or may be sold on a page of their own."""
        return SQL("(%s OR p.active AND t.service_tracking IN %s)", self._is_in_shop_sql(), APART)

    def _ids_without_price(self, website, pricelist):
        """Return the ids of those that have no price now, for shops that hide these.

        :rtype: set[int]
        """
        products = self.with_context(lang=None).with_company(website.company_id)
        known = products.browse()._known_prices(website, pricelist)
        new = products.filtered(lambda product: product.id not in known)
        known.update(pricelist.with_env(products.env)._get_products_price(new, 1.0))
        free = self.env["product.template"]._get_product_types_allow_zero_price()
        return {
            product.id
            for product in self
            if not known[product.id] and product.product_tmpl_id.service_tracking not in free
        }

    @api.model
    @asked_once
    def _known_prices(self, _website, _pricelist):
        """Return what is known of prices on a pricelist, by the ids of the products."""
        return {}
