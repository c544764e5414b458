from odoo import fields, models
from odoo.tools import SQL


class UnfinishedOrderReport(models.Model):
    """Unfinished orders per day: those that are there and those that have been erased, as one."""

    _name = "unfinished.order.report"
    _description = "Unfinished Orders per Day"
    _auto = False
    _order = "date desc, id"
    _rec_name = "date"
    _depends = {
        "unfinished.order": [
            "activity_at", "website_id", "company_id", "state", "made_by", "quantity",
            "amount_company",
        ],
        "unfinished.order.day": [
            "date", "website_id", "company_id", "state", "by_customer", "carts", "quantity",
            "amount",
        ],
    }  # fmt: skip

    date = fields.Date("Last Activity", readonly=True)
    website_id = fields.Many2one("website", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    state = fields.Selection(
        lambda self: self.env["unfinished.order"]._state_labels(), "Outcome", readonly=True
    )
    by_customer = fields.Boolean("By a Customer", readonly=True, help="Not by staff or by a robot.")
    carts = fields.Integer("Unfinished Orders", readonly=True)
    erased = fields.Integer(readonly=True, help="How many of them are kept as a number only.")
    quantity = fields.Float("Total Quantity", readonly=True, digits="Product Unit")
    amount = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        return self._daily_sql(
            self.env["unfinished.order.total"]._cart_figures_sql(SQL("true")),
            self.env["unfinished.order.day"],
        )

    def _daily_sql(self, figures, kept):
        """Return the totals of what is there and of what is kept of the rest, by day.

        :param SQL figures: of what is there
        :param unfinished.order.total kept: the model that keeps the rest
        """
        key = SQL(", ").join(SQL.identifier(name) for name in kept._key)
        return SQL(
            """SELECT day.*, company.currency_id
                 FROM (SELECT row_number() OVER (ORDER BY %(key)s) AS id,
                              %(key)s, sum(carts) AS carts, sum(erased) AS erased,
                              sum(quantity) AS quantity, sum(amount) AS amount
                         FROM (SELECT %(key)s, carts, 0 AS erased, quantity, amount
                                 FROM (%(figures)s) there
                                UNION ALL
                               SELECT %(key)s, carts, carts AS erased, quantity, amount
                                 FROM %(kept)s) figure
                     GROUP BY %(key)s) day
                 JOIN res_company company ON company.id = day.company_id""",
            key=key,
            figures=figures,
            kept=SQL.identifier(kept._table),
        )


class UnfinishedOrderProductReport(models.Model):
    """The products of these carts; an unfinished order with two products counts for each."""

    _name = "unfinished.order.product.report"
    _inherit = "unfinished.order.report"
    _description = "Products of Unfinished Orders per Day"
    _auto = False
    _depends = {
        "unfinished.order": [
            "activity_at", "website_id", "company_id", "state", "made_by", "order_id",
        ],
        "sale.order": ["currency_rate"],
        "sale.order.line": ["order_id", "product_id", "product_uom_qty", "price_total"],
        "unfinished.order.kept.product": ["unfinished_id", "product_id", "quantity", "amount"],
        "unfinished.order.day.product": [
            "date", "website_id", "company_id", "product_id", "state", "by_customer", "carts",
            "quantity", "amount",
        ],
    }  # fmt: skip

    product_id = fields.Many2one("product.product", readonly=True)

    @property
    def _table_query(self):
        return self._daily_sql(
            self.env["unfinished.order.total"]._product_figures_sql(SQL("true")),
            self.env["unfinished.order.day.product"],
        )
