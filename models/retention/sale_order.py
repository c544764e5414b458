from odoo import api, fields, models
from odoo.exceptions import UserError


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
        if paid := self.filtered("website_id")._in_payment()[:1]:
            # sudo: payments are for accountants; whether there is one concerns everybody
            payment = paid.sudo().transaction_ids._may_bring_money()[:1]
            raise UserError(
                self.env._(
                    "%(order)s cannot be deleted: money has come by its payment %(payment)s, or"
                    " may still come. Cancel or refund the payment first. If the customer has only"
                    " begun to pay, wait for an hour.",
                    order=paid.name,
                    payment=payment.reference,
                )
            )
