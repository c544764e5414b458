from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.tools import SQL

# Money is on its way or has come.
LIVE_STATES = ("pending", "authorized", "done")
# The buyer has been told that it did not work.
FAILED_STATES = ("cancel", "error")
# So long a buyer who was sent to a bank may still be there. Who left the payment page is the best
# of leads, and is reminded soon; money that comes later than this still finds its order.
PAYMENT_WINDOW = timedelta(hours=1)


class PaymentTransaction(models.Model):
    """May money still come of a payment? The one definition, as predicate and as SQL."""

    _inherit = "payment.transaction"

    cart_deleted_at = fields.Datetime(
        "Cart Deleted On",
        copy=False,
        readonly=True,
        help="The cart was deleted before this payment came to an end.",
    )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        transactions.sale_order_ids._touch_cart()
        return transactions

    # === The definition ===#

    def _may_bring_money(self, started=True):
        """Return those of which money has come, is on its way or may still come.

        Money that has been given back in full has not come.

        :param bool started: whether a payment counts that was only started, a short while ago
        """
        since = fields.Datetime.now() - PAYMENT_WINDOW
        self.filtered(lambda payment: payment.state == "done")._fetch_parts()
        return self.filtered(
            lambda payment: (
                (payment.state in LIVE_STATES and not payment._is_given_back())
                or (
                    started
                    and payment.state == "draft"
                    and (payment.last_state_change or payment.create_date) > since
                )
            )
        )

    def _fetch_parts(self):
        """Read at once what has been captured, voided and refunded of them."""
        parts = self.child_transaction_ids
        (parts | parts.child_transaction_ids).fetch(["amount", "operation", "state"])

    def _is_given_back(self):
        """Tell whether all that was taken has been refunded.

        Core refunds a payment, or each part of it that was captured, by a payment of its own.
        """
        self.ensure_one()
        if self.state != "done":
            return False
        parts = self.child_transaction_ids
        refunds = (parts | parts.child_transaction_ids).filtered(
            lambda child: child.operation == "refund" and child.state == "done"
        )
        voided = parts.filtered(
            lambda child: child.operation != "refund" and child.state == "cancel"
        )
        kept = self.amount - sum(voided.mapped("amount")) + sum(refunds.mapped("amount"))
        return bool(refunds) and self.currency_id.compare_amounts(kept, 0) <= 0

    @api.model
    def _may_bring_money_sql(self, started=True):
        """Return the same as `_may_bring_money` as a condition on a payment `t`."""
        is_started = SQL(
            "t.state = 'draft' AND COALESCE(t.last_state_change, t.create_date) > %s",
            fields.Datetime.now() - PAYMENT_WINDOW,
        )
        return SQL(
            "(t.state IN %s AND NOT %s OR %s)",
            LIVE_STATES,
            self._is_given_back_sql(),
            is_started if started else SQL("false"),
        )

    @staticmethod
    def _is_given_back_sql():
        return SQL(
            """(t.state = 'done' AND COALESCE((
                SELECT t.amount
                       + sum(c.amount) FILTER (WHERE c.operation = 'refund' AND c.state = 'done')
                       - COALESCE(sum(c.amount) FILTER (
                             WHERE c.source_transaction_id = t.id AND c.state = 'cancel'
                               AND c.operation IS DISTINCT FROM 'refund'), 0) <= 0
                  FROM payment_transaction c
                 WHERE c.source_transaction_id = t.id
                    OR c.source_transaction_id IN (
                           SELECT part.id FROM payment_transaction part
                            WHERE part.source_transaction_id = t.id)), false))"""
        )

    # === What a provider reports ===#

    def _update_state(self, allowed_states, target_state, state_message):
        """Count a failed payment as activity, and let late money find its order.

        A refused or cancelled payment makes the cart the buyer's again. Before core looks for an
        order to confirm, one that we had cancelled is open again.
        """
        late = self._ended_with_their_cart() if target_state in LIVE_STATES else self.browse()
        updated = super(PaymentTransaction, self - late)._update_state(
            allowed_states, target_state, state_message
        )
        if late:
            # Core would refuse: what is cancelled stays so, also when the money has come.
            message = state_message or late._words_about_late_money()
            allowed_states = (*allowed_states, "cancel")
            updated |= super(PaymentTransaction, late)._update_state(
                allowed_states, target_state, message
            )
        if target_state in FAILED_STATES:
            updated.sale_order_ids._touch_cart()
            updated._on_failed()
        elif target_state in LIVE_STATES:
            updated.sale_order_ids._on_money_came()
        return updated

    def _ended_with_their_cart(self):
        """Return those that were cancelled because their cart was deleted."""
        return self.filtered(lambda payment: payment.cart_deleted_at and payment.state == "cancel")

    @api.model
    def _words_about_late_money(self):
        return self.env._(
            "The provider reported this payment after its cart had been deleted. Make an order for"
            " the customer, or refund the payment."
        )

    def _end_with_their_cart(self):
        """Cancel what was started for carts that are deleted, so that a late report is seen.

        Core leaves them as drafts that lead nowhere.
        """
        # Without the link: core would write about it on each of the carts.
        self.write({"cart_deleted_at": fields.Datetime.now(), "sale_order_ids": [Command.clear()]})
        self._set_canceled(
            state_message=self.env._("The cart was deleted before this payment came to an end.")
        )

    @api.model
    def _give_up(self, orders):
        """End what was started to pay `orders`, which are about to be deleted."""
        carts = orders.filtered("website_id")
        # sudo: payments are for accountants; deleting a cart ends them
        payments = (carts - carts._in_payment()).sudo().transaction_ids
        started = payments.filtered(
            lambda payment: payment.state == "draft" and not payment.sale_order_ids - orders
        )
        if started:
            started._end_with_their_cart()
