from odoo import fields, models

from ..cart.sale_order_placed import PLACED_STATES


class UnfinishedOrder(models.Model):
    """What a placed order leaves of its amount, noted when it is credited.

    Purchase prices change: those of the moment at which the order was placed count. Where Odoo's
    `sale_margin` is installed, it keeps them with the lines of the order, and its margin counts.
    """

    _inherit = "unfinished.order"

    placed_margin = fields.Monetary(
        "Margin",
        readonly=True,
        currency_field="company_currency_id",
        help="What the placed order leaves, taxes excluded: after discounts, and without what its"
        " products had cost when it was placed. 0 while that order is cancelled.",
    )

    # The orders that came back in a period, with all that the overview asks of them.
    _recovered_by_time = models.Index(
        "(company_id, closed_at) INCLUDE (placed_amount, placed_margin)"
        " WHERE credit IN ('clicked', 'coupon') AND made_by IS NULL"
    )

    def _placed_margin(self):
        """Return what the placed order leaves now, in the company's currency."""
        self.ensure_one()
        order = self.placed_order_id
        if order.state not in PLACED_STATES:
            return 0.0
        rate = order.currency_rate or 1.0
        if "margin" in order._fields:
            return self.company_currency_id.round(order.margin / rate)
        lines = order.order_line.filtered("product_id").with_company(order.company_id)
        subtotal = sum(lines.mapped("price_subtotal"))
        return self.company_currency_id.round(subtotal / rate - sum(map(self._cost_of, lines)))

    @staticmethod
    def _cost_of(line):
        """Return the purchase price of a line, in its company's currency."""
        product = line.product_id
        unit = line.product_uom_id
        quantity = unit._compute_quantity(line.product_uom_qty, product.uom_id, round=False)
        return quantity * product.standard_price
