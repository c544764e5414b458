from odoo import api, fields, models
from odoo.tools import SQL


class UnfinishedOrderTotal(models.AbstractModel):
    """Daily totals of what has been erased: numbers that outlive the carts, and nobody's name.

    They are written in the transaction that erases, so that what is still there and what is kept
    here always add up to the same. A unique index has one row for each key.
    """

    _name = "unfinished.order.total"
    _description = "Daily Totals of Erased Unfinished Orders"
    _order = "date desc, id"
    _log_access = False

    _key = ()  # the columns that tell the rows apart
    _given = ("website_id",)  # those that a deletion can empty; without any, no index has the key
    _measures = ()  # the columns that are added up

    date = fields.Date(required=True, readonly=True)
    website_id = fields.Many2one("website", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True)

    @api.model
    def _add(self, facts):
        """Add rows to the totals, in one statement however many they are.

        :param SQL facts: a query with all columns of the key and all measures
        """
        names = SQL(", ").join(map(SQL.identifier, self._key))
        measures = [SQL.identifier(name) for name in self._measures]
        self.env.cr.execute(
            SQL(
                """INSERT INTO %(table)s AS total (%(names)s, %(measures)s)
                        SELECT %(names)s, %(sums)s FROM (%(facts)s) fact
                      GROUP BY %(names)s ORDER BY %(names)s %(unless_there)s""",
                table=SQL.identifier(self._table),
                names=names,
                measures=SQL(", ").join(measures),
                sums=SQL(", ").join(SQL("sum(%s)", name) for name in measures),
                facts=facts,
                unless_there=self._add_to_known(names, measures) if self._given else SQL(),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _add_to_known(self, names, measures):
        return SQL(
            "ON CONFLICT (%s) WHERE %s DO UPDATE SET %s",
            names,
            SQL(" AND ").join(SQL("%s IS NOT NULL", SQL.identifier(name)) for name in self._given),
            SQL(", ").join(
                SQL("%(name)s = total.%(name)s + excluded.%(name)s", name=name) for name in measures
            ),
        )

    # === What is added up ===#

    @api.model
    def _cart_figures_sql(self, where):
        """Return the figures of each unfinished order `u` as a query.

        :param SQL where: which ones
        """
        return SQL(
            """SELECT %(day)s AS date, u.website_id, u.company_id, u.state,
                      u.made_by IS NULL AS by_customer, 1 AS carts,
                      u.quantity, u.amount_company AS amount
                 FROM unfinished_order u
                WHERE %(where)s""",
            day=self._local_day_sql(),
            where=where,
        )

    @api.model
    def _product_figures_sql(self, where):
        """Return the figures of each product in the cart of each unfinished order `u` as a query.

        The amount has taxes included and is the company's currency, by the cart's own rate.

        :param SQL where: which ones
        """
        return SQL(
            """SELECT u.id AS unfinished_id, %(day)s AS date, u.website_id, u.company_id,
                      l.product_id, u.state,
                      u.made_by IS NULL AS by_customer, 1 AS carts,
                      sum(l.product_uom_qty) AS quantity,
                      sum(round(l.price_total / COALESCE(NULLIF(o.currency_rate, 0), 1)::numeric,
                                currency.decimal_places)) AS amount
                 FROM unfinished_order u
                 JOIN sale_order o ON o.id = u.order_id
                 JOIN sale_order_line l ON l.order_id = o.id AND %(in_cart)s
                 JOIN res_company company ON company.id = u.company_id
                 JOIN res_currency currency ON currency.id = company.currency_id
                WHERE %(where)s
             GROUP BY u.id, l.product_id
                UNION ALL
               SELECT u.id AS unfinished_id, %(day)s AS date, u.website_id, u.company_id,
                      k.product_id, u.state,
                      u.made_by IS NULL AS by_customer, 1 AS carts, k.quantity, k.amount
                 FROM unfinished_order u
                 JOIN unfinished_order_kept_product k ON k.unfinished_id = u.id
                WHERE %(where)s""",
            day=self._local_day_sql(),
            in_cart=self.env["sale.order.line"]._cart_product_sql(),
            where=where,
        )

    @api.model
    def _local_day_sql(self, column="u.activity_at", website="u.website_id"):
        """Return the day on which something was, by the clock of its website."""
        cases = [
            SQL("WHEN %s THEN %s", website.id, website._shop_tz())
            for website in self.env["website"]._all_shops()
        ]
        return SQL(
            "(%(column)s AT TIME ZONE 'UTC' AT TIME ZONE CASE %(website)s %(cases)s END)::date",
            column=SQL(column),
            website=SQL(website),
            cases=SQL(" ").join([*cases, SQL("ELSE 'UTC'")]),
        )


class UnfinishedOrderDay(models.Model):
    """How many carts there were, and how they ended. Read through `unfinished.order.report`."""

    _name = "unfinished.order.day"
    _inherit = "unfinished.order.total"
    _description = "Daily Totals of Erased Unfinished Orders"

    _key = ("date", "website_id", "company_id", "state", "by_customer")
    _measures = ("carts", "quantity", "amount")

    state = fields.Selection(
        lambda self: self.env["unfinished.order"]._state_labels(), required=True, readonly=True
    )
    by_customer = fields.Boolean(readonly=True)
    carts = fields.Integer(readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    amount = fields.Float(readonly=True, digits=0, help="In the company's currency.")

    _once = models.UniqueIndex(
        "(date, website_id, company_id, state, by_customer) WHERE website_id IS NOT NULL",
        "The totals of this day are there already.",
    )


class UnfinishedOrderDayProduct(models.Model):
    """Which products were in them. Read through `unfinished.order.product.report`."""

    _name = "unfinished.order.day.product"
    _inherit = "unfinished.order.total"
    _description = "Daily Totals of Products in Erased Unfinished Orders"

    _key = ("date", "website_id", "company_id", "product_id", "state", "by_customer")
    _given = ("website_id", "product_id")
    _measures = ("carts", "quantity", "amount")

    product_id = fields.Many2one("product.product", readonly=True, ondelete="set null", index=True)
    state = fields.Selection(
        lambda self: self.env["unfinished.order"]._state_labels(), required=True, readonly=True
    )
    by_customer = fields.Boolean(readonly=True)
    carts = fields.Integer(readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    amount = fields.Float(readonly=True, digits=0, help="In the company's currency.")

    _once = models.UniqueIndex(
        "(date, website_id, company_id, product_id, state, by_customer)"
        " WHERE website_id IS NOT NULL AND product_id IS NOT NULL",
        "The totals of this product and day are there already.",
    )


class UnfinishedOrder(models.Model):
    """What an unfinished order contributes to the figures, the same before and after."""

    _inherit = "unfinished.order"

    @api.model
    def _state_labels(self):
        return self._fields["state"]._description_selection(self.env)

    def _book(self):
        """Add these unfinished orders, and the products of their carts, to the daily totals."""
        self.env.flush_all()
        mine = SQL("u.id IN %s", tuple(self.ids))
        totals = self.env["unfinished.order.day"]
        totals._add(totals._cart_figures_sql(mine))
        products = self.env["unfinished.order.day.product"]
        products._add(products._product_figures_sql(mine))
