from odoo import api, fields, models


class SaleOrder(models.Model):
    """Carts whose copy, made by the recovery link on another device, was ordered instead."""

    _inherit = "sale.order"

    cart_retired_at = fields.Datetime(
        "Retired On",
        copy=False,
        readonly=True,
        help="The cart was cancelled because its copy, made by the recovery link, was ordered.",
    )

    def write(self, vals):
        """Let a cart that is open again be one like any other."""
        if vals.get("state") == "draft":
            vals = {**vals, "cart_retired_at": False}
        return super().write(vals)

    def _retire(self):
        """Cancel these carts, whose copies have been ordered, unless money may come for them.

        A quotation that staff have made of one stays: that is between them and the customer.
        """
        carts = self.filtered(lambda cart: cart._is_open_cart())
        carts._lock_payments()
        carts -= carts._in_payment()
        # The provider may report late. A payment is for the amount of then, so that coupons and
        # rewards stay; core's own way to cancel takes them out.
        reportable = carts.filtered(lambda cart: "draft" in cart.transaction_ids.mapped("state"))
        (carts - reportable).action_cancel()
        carts.write(self._prepare_retired_vals())

    @api.model
    def _prepare_retired_vals(self):
        return {"state": "cancel", "cart_retired_at": fields.Datetime.now()}

    def _on_money_came(self):
        result = super()._on_money_came()
        self._reopen_retired()
        return result

    def _reopen_retired(self):
        """Open again what we had cancelled: its money has come, and core confirms it as usual."""
        # sudo: a provider reports in anybody's name
        orders = self.sudo()
        retired = orders.filtered(lambda order: order.state == "cancel" and order.cart_retired_at)
        retired.action_draft()
        for order in retired:
            order._message_log(
                body=self.env._(
                    "This cart had been cancelled because its copy was ordered. A payment of it"
                    " has come in since, so it is open again."
                )
            )
