from odoo import SUPERUSER_ID, api, fields, models


class SaleOrder(models.Model):
    """Who may open a cart: a token that was once mailed is not enough."""

    _inherit = "sale.order"

    cart_quoted_at = fields.Datetime(
        "Made a Quotation On",
        copy=False,
        readonly=True,
        help="Staff have made a quotation of this cart: everybody who has its link may open it.",
    )

    def _is_open_cart(self):
        """Tell whether this is a cart in the shop, which only its buyer and staff may open."""
        self.ensure_one()
        is_cart = self.website_id and self.cart_activity_at and not self.cart_quoted_at
        return self.state == "draft" and bool(is_cart)

    @api.model
    def _cart_of_link(self, model, order_id):
        """Return the cart to which staff make a link, none for other orders and documents."""
        order = self.browse(order_id if model == self._name else ()).exists()
        return order.filtered(lambda order: order._is_open_cart())

    def _words_about_a_link(self):
        """Say what a link to this cart does to it, before anybody makes one."""
        self.ensure_one()
        return self.env._(
            "%(cart)s is still a customer's cart in the shop, which nobody else can open. A link"
            " makes it a quotation: it gets an order number, everybody who has the link can open"
            " and pay it, and the customer gets no more reminders of it.",
            cart=self.name,
        )

    def _make_quotations(self, sent=False):
        """Make quotations of those that are carts, open to everybody who has the new link.

        :param bool sent: whether a mail to the customer does it, which holds the new link already
        :raise AccessError: when the user may not change them
        """
        carts = self.filtered(lambda order: order._is_open_cart())
        carts._take_order_number()
        vals = {"cart_quoted_at": fields.Datetime.now()}
        vals["cart_activity_at"] = False  # no buyer's cart any more
        if not sent:
            vals["access_token"] = False  # mails may have carried it: the link gets a new one
        carts.write(vals)
        if sent:
            words = self.env._("%(user)s sent this cart as a quotation.", user=self.env.user.name)
        else:
            words = self.env._(
                "%(user)s made a quotation of this cart, for a link to it.",
                user=self.env.user.name,
            )
        for cart in carts:
            cart._message_log(body=words)
        carts._on_quoted()

    def _quote_what_staff_send(self):
        """Make quotations of the carts that a colleague sends, and that nobody is paying for.

        What Odoo itself sends, or a visitor who orders, is no quotation of the staff's.
        """
        if self.env.uid != SUPERUSER_ID and self.env.user._is_internal():
            (self - self._in_payment(started=False))._make_quotations(sent=True)

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Hide the messages on a cart from people who hold a token of it."""
        thread = super()._get_thread_with_access(thread_id, **kwargs)
        # sudo: the state is asked about, nothing of the order is given away
        if thread and thread.sudo()._is_open_cart():
            mode = kwargs.get("mode", "read")
            return thread.filtered(lambda order: order.sudo(False).has_access(mode))
        return thread
