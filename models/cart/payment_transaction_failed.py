from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .payment_transaction import FAILED_STATES


class PaymentTransaction(models.Model):
    """Has the last attempt to pay an order failed? The one definition: predicate, domain, SQL."""

    _inherit = "payment.transaction"

    # Whose buyers have been told a moment ago that it did not work.
    _failed_lately = models.Index("(last_state_change) WHERE state IN ('cancel', 'error')")

    def _last_has_failed(self):
        """Tell whether the last of these payments, all of one order, was refused or cancelled."""
        return self.sorted("id")[-1:].state in FAILED_STATES

    @api.model
    def _last_has_failed_domain(self):
        """Return the same as a domain on orders."""

        def to_sql(orders, alias, _query):
            orders.flush_model(["transaction_ids"])
            self.flush_model(["state"])
            return self._last_has_failed_sql(SQL.identifier(alias, "id"))

        def has_failed(order):
            # sudo: payments are for accountants; whether one has failed concerns everybody
            return order.sudo().transaction_ids._last_has_failed()

        return Domain.custom(to_sql=to_sql, predicate=has_failed)

    @api.model
    def _last_has_failed_sql(self, order_id):
        """Return the same as a condition.

        :param SQL order_id: the order that is asked about
        """
        return SQL(
            """COALESCE((SELECT t.state IN %s
                           FROM sale_order_transaction_rel paid_by
                           JOIN payment_transaction t ON t.id = paid_by.transaction_id
                          WHERE paid_by.sale_order_id = %s
                       ORDER BY t.id DESC LIMIT 1), false)""",
            FAILED_STATES,
            order_id,
        )

    def _on_failed(self):
        """Called when buyers have just been told that these payments did not work."""
