from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.rows import update_rows
from ..unfinished.unfinished_order_scan import WATCHED

# Of an unfinished order; its cart has the same ones, with "cart_" in front.
CONSENT_COLUMNS = ("consent", "consent_at", "consent_text")


class UnfinishedOrder(models.Model):
    """What the buyer said about reminders: the proof, which outlives the cart."""

    _inherit = "unfinished.order"

    consent = fields.Selection(
        [("given", "Agreed"), ("declined", "Declined")],
        "Consent to Reminders",
        readonly=True,
        help="What the buyer answered at the checkout; empty when they gave no answer.",
    )
    consent_at = fields.Datetime("Answered On", readonly=True)
    consent_text = fields.Text(
        "Wording Shown",
        readonly=True,
        help="The very words, in the language in which the buyer saw them.",
    )

    # Answers that came while a batch was at their unfinished order.
    _answered_lately = models.Index("(consent_at) WHERE consent_at IS NOT NULL")

    @api.model
    def _personal_columns(self):
        return (*super()._personal_columns(), *CONSENT_COLUMNS)

    @api.model
    def _personal_cart_columns(self):
        columns = super()._personal_cart_columns()
        return (*columns, *(f"cart_{name}" for name in CONSENT_COLUMNS))

    @api.model
    def _on_consent_noted(self, orders):
        """Keep the answers of these carts' buyers, which may come when the cart is known here.

        Nobody waits for the search: what it is at, it sees to itself.
        """
        self._of_orders(orders - self._orders_at_work(orders))._keep_answers()

    def _keep_answers(self):
        """Keep what the buyers of these carts have answered."""
        answers = [
            {name: unfinished.order_id[f"cart_{name}"] for name in CONSENT_COLUMNS}
            for unfinished in self
        ]
        update_rows(self, answers)


class UnfinishedOrderScan(models.Model):
    """Buyers who answer while a batch is at their carts, as it has read them before."""

    _inherit = "unfinished.order.scan"

    @api.model
    def _close_meanwhile(self):
        return super()._close_meanwhile() + self._keep_answers_meanwhile()

    @api.model
    def _keep_answers_meanwhile(self):
        """Keep the answers that were given, or taken back, while a batch was at the cart.

        Of those who were erased, neither the cart nor its unfinished order has one.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT u.id FROM sale_order o JOIN unfinished_order u ON u.order_id = o.id
                    WHERE o.cart_consent_at > %(since)s
                      AND u.consent_at IS DISTINCT FROM o.cart_consent_at
                    UNION
                   SELECT u.id FROM unfinished_order u JOIN sale_order o ON o.id = u.order_id
                    WHERE u.consent_at > %(since)s AND o.cart_consent_at IS NULL""",
                since=fields.Datetime.now() - WATCHED,
            )
        )
        self.env["unfinished.order"].browse(row[0] for row in rows)._keep_answers()
        return len(rows)


class UnfinishedOrderSnapshot(models.AbstractModel):
    """What a snapshot keeps of the buyer's answer."""

    _inherit = "unfinished.order.snapshot"

    @api.model
    def _cart_columns(self):
        return (*super()._cart_columns(), *(f"cart_{name}" for name in CONSENT_COLUMNS))

    @api.model
    def _prepare_vals(self, row):
        values = super()._prepare_vals(row)
        return values | {name: row[f"cart_{name}"] for name in CONSENT_COLUMNS}
