from odoo import api, fields, models

from .sale_order_placed import PLACED_STATES

WITHDRAWN_STATES = ("draft", "cancel")


def _activity_of_new_cart(vals):
    """Return when the buyer was active: now, unless the cart comes with a date of its own."""
    now = fields.Datetime.now()
    return min(fields.Datetime.to_datetime(vals.get("date_order")) or now, now)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    cart_number = fields.Char(
        copy=False,
        readonly=True,
        help="The cart's own number. An order number is taken when the order is placed.",
    )
    cart_activity_at = fields.Datetime(
        string="Last Activity",
        copy=False,
        readonly=True,
        help="When the buyer (or a colleague) last changed the cart.",
    )
    cart_lang = fields.Char(
        string="Language at Checkout",
        copy=False,
        readonly=True,
        help="Code of the language in which the buyer last saw the shop.",
    )
    cart_tz = fields.Char(
        string="Time Zone of the Browser",
        copy=False,
        readonly=True,
        help="Name of the buyer's time zone, as their browser told it.",
    )
    cart_made_by = fields.Selection(
        [("staff", "Staff"), ("robot", "Robot")],
        string="Not by a Customer",
        copy=False,
        readonly=True,
        help="Empty for customers. Staff and robots get no reminders and are in no rate.",
    )
    cart_cancelled_at = fields.Datetime(
        copy=False,
        readonly=True,
        help="When this online order was cancelled, placed or not.",
    )
    # What the cart page offers to buy again. Most carts belong to the website's public user, so
    # that PostgreSQL expects to meet ten orders of theirs soon, and without this walks through the
    # dates of all orders for each guest.
    _bought_on_website = models.Index(
        "(partner_id, website_id, date_order DESC) WHERE state = 'sale'"
    )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("website_id"):
                self._complete_cart_vals(vals)
        orders = super().create(vals_list)
        for order, vals in zip(orders, vals_list, strict=True):
            if vals.get("website_id"):  # its own first lines have touched the cart
                order.cart_activity_at = vals["cart_activity_at"]
        return orders

    def _complete_cart_vals(self, vals):
        """Give a new cart a number of its own, so that it does not use up an order number."""
        if vals.setdefault("cart_activity_at", _activity_of_new_cart(vals)) is False:
            return  # a colleague's copy of an online order is no buyer's cart
        vals.setdefault("cart_lang", self.env.lang)
        if "name" not in vals and vals.get("state", "draft") == "draft":
            number = self._next_cart_number()
            if number:  # without it, core gives the cart a number: a buyer must never be stopped
                vals.update(name=number, cart_number=number)

    def copy_data(self, default=None):
        return [
            {**vals, "cart_activity_at": False} if vals.get("website_id") else vals
            for vals in super().copy_data(default)
        ]

    def write(self, vals):
        if vals.get("state") == "draft":
            vals = {**vals, "placed_at": False, "cart_cancelled_at": False}
        if vals.get("state") in WITHDRAWN_STATES:
            cancelled = self.filtered(lambda order: order.state != "cancel")
            if vals["state"] == "cancel":
                vals = {"cart_cancelled_at": fields.Datetime.now(), **vals}
            result = super().write(vals)
            self._on_withdrawn()
            if vals["state"] == "cancel":
                cancelled._on_cancelled()
            return result
        if vals.get("state") not in PLACED_STATES:
            return super().write(vals)
        placed = self.filtered(lambda order: order.state == "draft")
        placed._take_order_number()
        if vals["state"] == "sent":
            self._quote_what_staff_send()
        newly_placed = self.filtered(lambda order: order._is_placed_by(vals["state"]))
        newly_placed._note_placing(fields.Datetime.now())
        result = super().write(vals)
        if newly_placed:
            newly_placed._on_placed()
        return result

    def unlink(self):
        self._on_deletion()
        self.env["payment.transaction"]._give_up(self)
        return super().unlink()

    def action_draft(self):
        """Let a cart that is set back to draft be met again when it is idle."""
        result = super().action_draft()
        self._touch_cart()
        return result

    def action_quotation_send(self):
        """Number the quotation before its document is made: carts carry a number of their own.

        The mail's link is a new one. What is only looked at stays a cart, which no link opens.
        """
        self.filtered(lambda order: order.state == "draft")._take_order_number()
        self.filtered(lambda order: order._is_open_cart()).access_token = False
        return super().action_quotation_send()

    def action_confirm(self):
        """Number the order before its salesperson is told which one they have been assigned to."""
        self.filtered(lambda order: order.state == "draft")._take_order_number()
        return super().action_confirm()

    def _send_payment_succeeded_for_order_mail(self):
        """Number the order before buyer and salesperson read of its payment."""
        self._take_order_number()
        return super()._send_payment_succeeded_for_order_mail()

    # === What others may want to know: the rooms above extend these ===#

    @api.model
    def _next_cart_number(self):
        """Return a number for a new cart, False to let it have an order number."""
        return False

    def _on_placed(self):
        """Called when orders are placed, right after their state was written."""

    def _on_withdrawn(self):
        """Called when orders are cancelled or set back to draft."""

    def _on_cancelled(self):
        """Called when orders, or carts, have been cancelled in whatever way."""

    def _on_deletion(self):
        """Called before orders are deleted."""

    def _on_quoted(self):
        """Called when staff have made quotations of carts."""

    def _on_edited(self):
        """Called when a colleague has changed what is in carts."""

    def _on_total_changed(self):
        """Called when carts may cost something else, though their buyer has changed nothing."""

    # === Business ===#

    def _take_order_number(self):
        """Replace the number of a cart by an order number, before anything is printed with it."""
        for order in self:
            if order.cart_number and order.name == order.cart_number:
                sequence = self.env["ir.sequence"].with_company(order.company_id)
                order.name = sequence.next_by_code("sale.order") or order.name

    def _touch_cart(self):
        """Note that the cart has changed just now; costs no query of its own.

        A colleague's copy of an online order is no cart. Core may offer it to its customer as
        theirs, and once a visitor of the shop changes it, it is one.
        """
        now = fields.Datetime.now()
        by_buyer = not self.env.user._is_internal()
        for order in self.filtered(lambda order: order.website_id and order.state == "draft"):
            was = order.cart_activity_at
            if was != now and (was or by_buyer):
                order.cart_activity_at = now

    def _update_address(self, partner_id, fnames=None):
        # Core calls this also for a buyer who merely looks at the shop again.
        changed = any(self[name].id != partner_id for name in fnames or ())
        result = super()._update_address(partner_id, fnames)
        if changed:
            self._touch_cart()
            self.cart_lang = self.env.lang
        return result
