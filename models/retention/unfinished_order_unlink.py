from odoo import fields, models
from odoo.exceptions import UserError

from .unfinished_order import LOST


class UnfinishedOrder(models.Model):
    """Deleting by anybody: what waits is taken back, and the totals stay."""

    _inherit = "unfinished.order"

    def unlink(self):
        """Delete unfinished orders; what is under way is refused, with what to do about it."""
        self.check_access("unlink")
        # sudo: what is taken back and counted does not depend on what the user may change
        unfinished = self.sudo().with_prefetch()
        unfinished._ensure_deletable()
        unfinished._call_off()
        still_open = unfinished.filtered(lambda one: one.state == "open")
        still_open._move_to("expired", closed_at=fields.Datetime.now())
        if unfinished:
            unfinished._book()
        return super().unlink()

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
