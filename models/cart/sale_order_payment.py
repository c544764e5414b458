from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class SaleOrder(models.Model):
    """May money still come for an order? All that remind, restore, retire or delete ask here.

    As predicate, domain and SQL, which agree; what a payment is worth is said by the payment.
    """

    _inherit = "sale.order"

    # === The definition ===#

    def _in_payment(self, started=True):
        """Return those orders for which money has come or may still come.

        :param bool started: whether a payment counts that was only started, a short while ago
        """
        # sudo: payments are for accountants; whether there is one concerns everybody
        promising = self.sudo().transaction_ids._may_bring_money(started)
        return self.filtered(lambda order: order.sudo().transaction_ids & promising)

    def _is_in_payment(self):
        """Tell whether money for this order has come or may still come."""
        self.ensure_one()
        return bool(self._in_payment())

    @api.model
    def _in_payment_domain(self, started=True, negated=False):
        """Return the same as a domain.

        :param bool started: whether a payment counts that was only started, a short while ago
        :param bool negated: whether the others are meant. PostgreSQL looks up the payments of a few
            orders for this; for `~` of a domain, it would read those of all orders.
        """

        def to_sql(orders, alias, _query):
            orders.flush_model(["transaction_ids"])
            orders.env["payment.transaction"].flush_model()
            condition = orders._in_payment_sql(SQL.identifier(alias, "id"), started)
            return SQL("NOT %s", condition) if negated else condition

        def is_in_payment(order):
            # sudo: payments are for accountants; whether there is one concerns everybody
            return bool(order.sudo().transaction_ids._may_bring_money(started)) != negated

        return Domain.custom(to_sql=to_sql, predicate=is_in_payment)

    @api.model
    def _in_payment_sql(self, order_id, started=True):
        """Return the same as a condition.

        :param SQL order_id: the order that is asked about
        :param bool started: as for the domain
        """
        return SQL(
            """EXISTS (SELECT FROM sale_order_transaction_rel paid_by
                         JOIN payment_transaction t ON t.id = paid_by.transaction_id
                        WHERE paid_by.sale_order_id = %s AND %s)""",
            order_id,
            self.env["payment.transaction"]._may_bring_money_sql(started),
        )

    # === What follows from it ===#

    def _lock_payments(self):
        """Make a payment that comes alive at this very moment a conflict, or wait."""
        if self:
            self.env.cr.execute(
                SQL(
                    """SELECT t.id FROM payment_transaction t
                         JOIN sale_order_transaction_rel rel ON rel.transaction_id = t.id
                        WHERE rel.sale_order_id IN %s
                          FOR NO KEY UPDATE OF t""",
                    self._ids,
                )
            )
