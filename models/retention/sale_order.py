from odoo import api, fields, models
from odoo.exceptions import UserError

from ..cart.sale_order import LIVE_PAYMENT_STATES, PAYMENT_WINDOW


class SaleOrder(models.Model):
    """Which carts must not be deleted: by a person, by another addon, or because they are old."""

    _inherit = "sale.order"

    cart_kept_until = fields.Datetime(
        "Deletion Tried Again",
        copy=False,
        readonly=True,
        help="This old cart could not be deleted. It is tried again at this time.",
    )
    cart_kept_reason = fields.Char("Not Deleted Because", copy=False, readonly=True)

    # Carts that were cancelled and never placed grow old, too; open ones have an index already.
    _cancelled_carts = models.Index(
        "(website_id, cart_activity_at, id)"
        " WHERE state = 'cancel' AND placed_at IS NULL AND cart_activity_at IS NOT NULL"
    )
    _kept_carts = models.Index("(website_id) WHERE cart_kept_until IS NOT NULL")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_payment(self):
        for order in self.filtered("website_id"):
            if payment := order._payment_under_way():
                raise UserError(
                    self.env._(
                        "%(order)s cannot be deleted: its payment %(payment)s is pending,"
                        " authorized, done, or was started less than %(days)s days ago. Cancel"
                        " or refund the payment first, or wait until it has failed.",
                        order=order.name,
                        payment=payment.reference,
                        days=PAYMENT_WINDOW.days,
                    )
                )

    def _payment_under_way(self):
        """Return an attempt to pay this order that has led to money, or still may."""
        self.ensure_one()
        since = fields.Datetime.now() - PAYMENT_WINDOW
        # sudo: payments are for accountants; whether there is one concerns everybody
        return self.sudo().transaction_ids.filtered(
            lambda payment: (
                payment.state in LIVE_PAYMENT_STATES
                or (payment.state == "draft" and payment.last_state_change > since)
            )
        )[:1]
