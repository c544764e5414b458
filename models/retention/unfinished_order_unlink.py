from odoo import fields, models
from odoo.exceptions import UserError

from .unfinished_order import LOST


class UnfinishedOrder(models.Model):
    """Deleting by anybody: the cart goes along, what waits is taken back, the totals stay."""

    _inherit = "unfinished.order"

    def unlink(self):  # pylint: disable=method-required-super
        """Delete unfinished orders with their open carts; what is under way is refused in words.

        A cart that lived on would be one that nobody sees, and that its buyer comes back to.
        """
        self.check_access("unlink")
        # sudo: the cart goes with what is known of it, whoever may see it
        lost = self.sudo().filtered(lambda one: one.state in LOST)
        carts = lost.order_id.filtered(lambda order: order._is_open_cart())
        result = self._unlink_alone()
        self._unlink_carts(carts)
        return result

    def _unlink_alone(self):
        """Delete unfinished orders, and nothing of their carts."""
        # sudo: what is taken back and counted does not depend on what the user may change
        unfinished = self.sudo().with_prefetch()
        unfinished._ensure_deletable()
        unfinished._call_off()
        still_open = unfinished.filtered(lambda one: one.state == "open")
        still_open._move_to("expired", closed_at=fields.Datetime.now())
        if unfinished:
            unfinished._book()
        return super().unlink()  # pylint: disable=super-method-mismatch

    def _ensure_deletable(self):
        """Refuse to delete what somebody still needs; others extend this.

        :raise UserError: naming one of them
        """
        carts = self.filtered(lambda one: one.state in LOST).order_id
        carts._lock_payments()
        if paid := carts._in_payment()[:1]:
            raise UserError(
                self.env._(
                    "%(order)s cannot be deleted: the customer has paid for this cart, or may be"
                    " paying at this moment. Cancel or refund the payment first. If the customer"
                    " has only begun to pay, wait for an hour.",
                    order=self.filtered(lambda one: one.order_id == paid)[:1].name,
                )
            )

    def _call_off(self):
        """Call off what has been planned about unfinished orders; who plans extends this."""
