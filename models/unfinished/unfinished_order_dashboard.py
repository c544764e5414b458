from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class Figure(NamedTuple):
    """A figure above the list: what it counts, and by which filters the list shows the same."""

    key: str
    label: str
    help: str
    filters: tuple  # the names of filters of the search view; together they are the domain
    domain: Domain
    needs_you: bool = False  # somebody should do something about these
    measure: str = "amount_total"
    by: str = "currency_id"  # what tells the currency of the measure: itself, or its company


class UnfinishedOrderDashboard(models.AbstractModel):
    """The figures above the list of unfinished orders, for one user and their companies.

    Each opens exactly what it counts: its domain is that of its filters in the search view.
    """

    _name = "unfinished.order.dashboard"
    _description = "Figures About Unfinished Orders"

    @api.model
    def _figures(self):
        """Return what is counted, in the order of reading; the rooms above add theirs.

        :rtype: list[Figure]
        """
        return [
            Figure(
                "at_stake",
                self.env._("Value at stake"),
                self.env._("What is in open carts of customers"),
                ("open", "by_customers"),
                self._open_domain(),
            ),
            Figure(
                "payment_failed",
                self.env._("Failed payments"),
                self.env._("The last attempt to pay was refused or cancelled"),
                ("open", "by_customers", "payment_failed"),
                self._open_domain() & Domain("payment_failed", "=", True),
                needs_you=True,
            ),
        ]

    @api.model
    def _open_domain(self):
        """Return which unfinished orders a customer can still place."""
        return Domain("state", "=", "open") & Domain("made_by", "=", False)

    @api.model
    def _read(self):
        """Return the figures as the browser shows them, in as many statements as there are."""
        return [self._read_figure(figure) for figure in self._figures()]

    @api.model
    def _read_figure(self, figure):
        groups = self.env["unfinished.order"]._read_group(
            figure.domain, [figure.by], [f"{figure.measure}:sum", "__count"]
        )
        amounts = {}
        for group, amount, _count in groups:
            currency = group if figure.by == "currency_id" else group.currency_id
            amounts[currency.id] = amounts.get(currency.id, 0.0) + (amount or 0.0)
        return {
            "key": figure.key,
            "label": figure.label,
            "help": figure.help,
            "filters": list(figure.filters),
            "needs_you": figure.needs_you,
            "count": sum(count for _group, _amount, count in groups),
            "amounts": [
                {"currency_id": currency_id, "amount": amount}
                for currency_id, amount in amounts.items()
            ],
        }

    @api.model
    def _high_value_limits(self):
        """Return the amount, in company currency, above which a cart is of high value.

        Four fifths of a company's carts are below it (the 80th percentile of the last 90 days).

        :rtype: dict[int, float]
        """
        since = fields.Datetime.now() - timedelta(days=90)
        self.env["unfinished.order"].flush_model(["company_id", "amount_company", "activity_at"])
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT company_id,
                              percentile_cont(0.8) WITHIN GROUP (ORDER BY amount_company)
                         FROM unfinished_order WHERE activity_at >= %s GROUP BY company_id""",
                    since,
                )
            )
        )
