from odoo import api, fields, models

from ...tools.contact import normalize_email, normalize_phone
from ..unfinished.unfinished_order import LIVE_PAYMENT_STATES

PLACED_STATES = ("sent", "sale")
WITHDRAWN_STATES = ("draft", "cancel")


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
    cart_email = fields.Char(
        string="E-mail at Checkout",
        copy=False,
        readonly=True,
        help="The buyer's e-mail, normalised, as typed at the checkout.",
    )
    cart_phone = fields.Char(
        string="Phone at Checkout",
        copy=False,
        readonly=True,
        help="The buyer's phone in international form, as typed at the checkout.",
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
    placed_at = fields.Datetime(copy=False, readonly=True)
    cart_source_id = fields.Many2one(
        "unfinished.order",
        string="Restored From",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The unfinished order whose recovery link filled this cart.",
    )
    cart_link_version = fields.Integer(
        copy=False,
        readonly=True,
        help="Recovery links of an older version have been revoked.",
    )
    core_recovery_token = fields.Char(
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="The token in links that Odoo mailed before this app was installed. It opens"
        " nothing but the safe recovery page.",
    )

    cart_recovery_url = fields.Char(
        "Recovery Link",
        compute="_compute_cart_recovery_url",
        compute_sudo=True,
        help="Opens the cart on any device, without signing anyone in.",
    )

    unfinished_order_count = fields.Integer(
        compute="_compute_unfinished_order_count", groups="sales_team.group_sale_salesman"
    )

    # What becomes unfinished is looked up by website and idle time, among open carts only.
    _open_carts = models.Index(
        "(website_id, cart_activity_at, id) WHERE state = 'draft' AND website_id IS NOT NULL"
    )
    # "Has this person bought since?", asked for a whole batch of reminders at once.
    _placed_by_email = models.Index("(cart_email, placed_at) WHERE placed_at IS NOT NULL")
    _placed_by_phone = models.Index("(cart_phone, placed_at) WHERE placed_at IS NOT NULL")
    _placed_by_partner = models.Index("(partner_id, placed_at) WHERE placed_at IS NOT NULL")
    # What the cart page offers to buy again. Most carts belong to the website's public user, so
    # that PostgreSQL expects to meet ten orders of theirs soon, and without this walks through the
    # dates of all orders for each guest.
    _bought_on_website = models.Index(
        "(partner_id, website_id, date_order DESC) WHERE state = 'sale'"
    )

    @api.depends("website_id", "state", "cart_activity_at", "order_line", "partner_id")
    def _compute_abandoned_cart(self):
        # sudo: payments are for accountants; whether there is one concerns everybody
        domain = self.env["unfinished.order"]._unfinished_domain()
        abandoned = self.sudo().filtered_domain(domain)
        for order in self:
            order.is_abandoned_cart = order.id in abandoned._ids

    def _search_abandoned_cart(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env["unfinished.order"]._unfinished_domain()

    @api.depends("website_id", "cart_link_version")
    def _compute_cart_recovery_url(self):
        links = self.env["unfinished.order.link"]
        for order in self:
            order.cart_recovery_url = links._make_url(order) if order.website_id else False

    @api.depends("cart_source_id")
    def _compute_unfinished_order_count(self):
        unfinished = self.env["unfinished.order"]
        names = ["order_id", "placed_order_id"]
        found = unfinished.search_fetch(unfinished._about_domain(self), names)
        by_cart, by_order = (found.grouped(name) for name in names)
        for order in self:
            own = by_cart.get(order._origin, unfinished) | by_order.get(order._origin, unfinished)
            order.unfinished_order_count = len(own | order.cart_source_id & found)

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
        if vals.setdefault("cart_activity_at", self._activity_of_new_cart(vals)) is False:
            return  # a colleague's copy of an online order is no buyer's cart
        vals.setdefault("cart_lang", self.env.lang)
        if "name" not in vals and vals.get("state", "draft") == "draft":
            number = self.env["ir.sequence"].next_by_code("unfinished.order")
            if number:  # without it, core gives the cart a number: a buyer must never be stopped
                vals.update(name=number, cart_number=number)

    def _activity_of_new_cart(self, vals):
        """Return when the buyer was active: now, unless the cart comes with a date of its own."""
        now = fields.Datetime.now()
        return min(fields.Datetime.to_datetime(vals.get("date_order")) or now, now)

    def copy_data(self, default=None):
        return [
            {**vals, "cart_activity_at": False} if vals.get("website_id") else vals
            for vals in super().copy_data(default)
        ]

    def write(self, vals):
        if vals.get("state") == "draft":
            vals = {**vals, "placed_at": False}
        if vals.get("state") not in PLACED_STATES:
            result = super().write(vals)
            if vals.get("state") in WITHDRAWN_STATES:
                self.env["unfinished.order"]._on_order_withdrawn(self)
            return result
        placed = self.filtered(lambda order: order.state == "draft")
        placed._take_order_number()
        newly_placed = self.filtered(lambda order: order._is_placed_by(vals["state"]))
        newly_placed._note_placing()
        result = super().write(vals)
        if newly_placed:
            self.env["unfinished.order"]._on_order_placed(newly_placed)
        return result

    def unlink(self):
        self.env["unfinished.order"]._on_cart_deleted(self)
        return super().unlink()

    def action_cancel(self):
        result = super().action_cancel()
        self.env["unfinished.order"]._on_cart_gone(
            self.filtered(lambda order: order.state == "cancel")
        )
        return result

    def action_draft(self):
        """Let a cart that is set back to draft be met again when it is idle."""
        result = super().action_draft()
        self._touch_cart()
        return result

    def action_quotation_send(self):
        """Number the quotation before its document is made: carts carry a number of their own."""
        self.filtered(lambda order: order.state == "draft")._take_order_number()
        return super().action_quotation_send()

    def action_confirm(self):
        """Number the order before its salesperson is told which one they have been assigned to."""
        self.filtered(lambda order: order.state == "draft")._take_order_number()
        return super().action_confirm()

    def _send_payment_succeeded_for_order_mail(self):
        """Number the order before buyer and salesperson read of its payment."""
        self._take_order_number()
        return super()._send_payment_succeeded_for_order_mail()

    def action_recovery_email_send(self):
        """Open the unfinished order instead of Odoo's composer, whose mail has an unsafe link."""
        return self.action_open_unfinished_orders()

    def action_open_unfinished_orders(self):
        return self.env["unfinished.order"]._action_open_of(self)

    def _cart_recovery_email_send(self):
        """Remind through the recovery campaign, also when an automation rule asks for it."""
        self.env["unfinished.order"]._on_reminder_wished(self)

    # === Business ===#

    def _is_placed_by(self, state):
        """Tell whether moving to `state` places the order: a quotation by staff is no purchase."""
        self.ensure_one()
        return not self.placed_at and (state == "sale" or bool(self.website_id))

    def _take_order_number(self):
        """Replace the number of a cart by an order number, before anything is printed with it."""
        for order in self:
            if order.cart_number and order.name == order.cart_number:
                sequence = self.env["ir.sequence"].with_company(order.company_id)
                order.name = sequence.next_by_code("sale.order") or order.name

    def _note_placing(self):
        """Keep who bought and when in the order itself: reminders look it up by the thousand."""
        now = fields.Datetime.now()
        for order in self:
            email, phone = order.partner_id._get_recovery_contact()
            order.placed_at = now
            order.cart_email = email or order.cart_email
            order.cart_phone = phone or order.cart_phone

    def _touch_cart(self):
        """Note that the cart has changed just now; costs no query of its own."""
        now = fields.Datetime.now()
        for order in self:
            was = order.cart_activity_at
            if was and was != now and order.website_id and order.state == "draft":
                order.cart_activity_at = now

    def _update_address(self, partner_id, fnames=None):
        # Core calls this also for a buyer who merely looks at the shop again.
        changed = any(self[name].id != partner_id for name in fnames or ())
        result = super()._update_address(partner_id, fnames)
        if changed:
            self._touch_cart()
            self.cart_lang = self.env.lang
        return result

    def _is_in_payment(self):
        """Tell whether money for this order is on its way or has arrived."""
        self.ensure_one()
        # sudo: payments are for accountants; whether there is one concerns everybody
        states = self.sudo().transaction_ids.mapped("state")
        return not LIVE_PAYMENT_STATES.isdisjoint(states)

    def _has_cart_lines(self):
        """Tell whether anything is left in the cart besides what the shop adds by itself."""
        self.ensure_one()
        return any(line.product_id and not line._comes_and_goes() for line in self.order_line)

    def _can_be_retired(self):
        """Tell whether this cart may be cancelled because its buyer has ordered its copy."""
        self.ensure_one()
        return self.state == "draft" and not self._is_in_payment()

    def _capture_contact(self, email="", phone=""):
        """Keep an e-mail or phone that was typed into the checkout form, valid or not at all.

        Only the cart is written. No contact is looked up, created or changed.

        :param str email: as typed
        :param str phone: as typed; national numbers belong to the website's country
        """
        self.ensure_one()
        country = self.company_id.account_fiscal_country_id or self.company_id.country_id
        found = {
            "cart_email": normalize_email(email),
            "cart_phone": normalize_phone(phone, country.code),
        }
        changed = {name: value for name, value in found.items() if value and self[name] != value}
        if changed and self.state == "draft":
            now = fields.Datetime.now()
            self.write({**changed, "cart_lang": self.env.lang, "cart_activity_at": now})
