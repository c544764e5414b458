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

    def _make_quotations(self):
        """Make quotations of those that are carts, open to everybody who has the new link.

        :raise AccessError: when the user may not change them
        """
        carts = self.filtered(lambda order: order._is_open_cart())
        carts.access_token = False  # mails may have carried it: the link gets a new one
        words = self.env._(
            "%(user)s made a quotation of this cart, for a link to it.", user=self.env.user.name
        )
        carts._become_quotations(words)

    def _quote_what_staff_send(self):
        """Make quotations of the carts that a colleague sends, and that their buyers do not buy.

        Their numbers and links are in the mail already: see `action_quotation_send`.
        """
        if not self._is_done_by_staff():
            return
        carts = self.filtered(lambda order: order._is_open_cart() and not order._is_being_paid())
        words = self.env._("%(user)s sent this cart as a quotation.", user=self.env.user.name)
        carts._become_quotations(words)

    @api.model
    def _is_done_by_staff(self):
        """Tell whether a colleague is at work, and neither a buyer nor Odoo itself."""
        return self.env.uid != SUPERUSER_ID and self.env.user._is_internal()

    def _become_quotations(self, words):
        """Take these carts out of the shop, and note why: they are offers of the staff's now."""
        self._take_order_number()
        self.write(
            {
                "cart_quoted_at": fields.Datetime.now(),
                "cart_activity_at": False,  # no buyer's cart any more
            }
        )
        for cart in self:
            cart._message_log(body=words)
        self._on_quoted()

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Hide the messages on a cart from people who hold a token of it."""
        thread = super()._get_thread_with_access(thread_id, **kwargs)
        # sudo: the state is asked about, nothing of the order is given away
        if thread and thread.sudo()._is_open_cart():
            mode = kwargs.get("mode", "read")
            return thread.filtered(lambda order: order.sudo(False).has_access(mode))
        return thread
