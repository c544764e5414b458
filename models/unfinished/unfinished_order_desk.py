import re

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...orm.languages import language_names

# Fewer digits than this are no part of a phone number that anyone would look for.
MIN_PHONE_DIGITS = 4
EMPTY_LIST_LINK = Markup(
    '<p><a type="action" name="website.action_website_configuration"'
    ' class="btn btn-primary">%s</a></p>'
)


class UnfinishedOrder(models.Model):
    """What the order desk sees of an unfinished order, and does with it."""

    _inherit = "unfinished.order"

    order_line_ids = fields.Many2many(
        "sale.order.line", compute="_compute_order_line_ids", string="Cart Lines"
    )
    payment_ids = fields.One2many(
        "unfinished.order.payment", "unfinished_id", "Payment Attempts", readonly=True
    )
    cart_recovery_url = fields.Char(related="order_id.cart_recovery_url")
    lang_name = fields.Char("Language Name", compute="_compute_page")
    country_id = fields.Many2one(related="partner_id.country_id", string="Country")
    desk_status = fields.Json("Status", compute="_compute_desk_status", exportable=False)
    desk_page = fields.Json("Page", compute="_compute_page", exportable=False)
    is_active_again = fields.Boolean(compute="_compute_is_active_again")
    is_high_value = fields.Boolean(search="_search_is_high_value", compute="_compute_is_high_value")
    anything = fields.Char(
        store=False,
        search="_search_anything",
        help="Finds a number, also that of the placed order, a name in any order, an e-mail,"
        " a phone number however written, or a product.",
    )
    phone_as_typed = fields.Char(
        store=False,
        search="_search_phone_as_typed",
        help="Finds a phone number however it is written: with spaces, or without country code.",
    )

    # The figures above the list, without a look at the table.
    _at_stake = models.Index(
        "(company_id, currency_id) INCLUDE (amount_total) WHERE state = 'open' AND made_by IS NULL"
    )
    _failed_payments = models.Index(
        "(company_id, currency_id) INCLUDE (amount_total)"
        " WHERE state = 'open' AND made_by IS NULL AND payment_failed"
    )

    @api.depends(lambda self: self.env["unfinished.order.status"]._depends_on())
    @api.depends_context("lang")
    def _compute_desk_status(self):
        known = self.env["unfinished.order.status"]._of(self)
        for unfinished in self:
            unfinished.desk_status = known[unfinished]

    @api.depends("state", "order_id.order_line", "order_id.user_id", "lang")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_page(self):
        """Read all that the page shows; a list must not ask for it."""
        names = language_names(self.env)
        for unfinished in self:
            unfinished.lang_name = names.get(unfinished.lang, unfinished.lang)
            unfinished.desk_page = self.env["unfinished.order.page"]._of(unfinished)

    @api.depends("order_id.cart_activity_at", "activity_at")
    def _compute_is_active_again(self):
        """Tell whether the buyer is at it again, and has not yet been idle for long enough."""
        for unfinished in self:
            # sudo: sellers may see the cart's date even when the cart is not theirs
            cart = unfinished.sudo().order_id
            unfinished.is_active_again = bool(
                cart.cart_activity_at
                and cart.cart_activity_at > unfinished.activity_at
                and not cart._is_idle()
            )

    @api.depends("amount_company", "company_id")
    def _compute_is_high_value(self):
        limits = self.env["unfinished.order.dashboard"]._high_value_limits()
        for unfinished in self:
            limit = limits.get(unfinished.company_id.id)
            unfinished.is_high_value = limit is not None and unfinished.amount_company >= limit

    def _search_is_high_value(self, operator, value):
        if operator != "in":
            return NotImplemented
        limits = self.env["unfinished.order.dashboard"]._high_value_limits()
        return Domain.OR(
            Domain("company_id", "=", company_id) & Domain("amount_company", ">=", limit)
            for company_id, limit in limits.items()
        )

    @api.depends("order_id.order_line", "order_id.user_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_order_line_ids(self):
        """Show the lines that the reader may see: a placed order can be a colleague's own."""
        for unfinished in self:
            # sudo: only to learn which lines there are; what is shown is what may be read
            lines = unfinished.sudo().order_id.order_line.sudo(self.env.su)
            unfinished.order_line_ids = lines._filtered_access("read").filtered(
                lambda line: line._cart_role() in ("product", "part")
            )

    def _search_anything(self, operator, value):
        """Look into each field by itself, so that each look-up uses its own index."""
        if operator != "ilike":
            return NotImplemented
        names = ("name", "email", "phone", "phone_as_typed", "product_ids")
        domains = [Domain(name, operator, value) for name in names]
        # By its number, also when the order itself is a colleague's.
        domains.append(Domain("placed_order_id", "any!", Domain("name", operator, value)))
        # Each word by itself: people and registers disagree on which name comes first.
        words = value.split() or [value]
        domains.append(Domain.AND(Domain("customer_name", operator, word) for word in words))
        found = (
            # Only ids: which of them may be seen is asked of the search that this is part of.
            self._search(domain, bypass_access=True).subselect()
            for domain in domains
        )
        return Domain("id", "in", SQL("(%s)", SQL(" UNION ").join(found)))

    def _search_phone_as_typed(self, operator, value):
        if operator != "ilike":
            return NotImplemented
        digits = re.sub(r"\D", "", value or "").lstrip("0")
        if len(digits) < MIN_PHONE_DIGITS:
            return Domain.FALSE
        return Domain("phone", "ilike", digits)

    @api.model
    def get_empty_list_help(self, help_message):
        """Lead administrators to the settings, from which everything here starts."""
        help_message = super().get_empty_list_help(help_message)
        if not help_message or not self.env.user.has_group("base.group_system"):
            return help_message
        return help_message + EMPTY_LIST_LINK % self.env._("Set up automatic reminders")

    @api.model
    def _on_cart_quoted(self, orders):
        """Close the unfinished orders of carts of which staff have made quotations."""
        return self._of_orders(orders)._move_to("expired", closed_at=fields.Datetime.now())

    @api.model
    @api.readonly
    def retrieve_dashboard(self):
        """Return the figures above the list, as the user may see them."""
        self.check_access("read")
        return self.env["unfinished.order.dashboard"]._read()

    def action_log_note(self, text):
        """Write a note about the cart; it is in the cart's own chatter as well.

        :param str text: as typed
        """
        self.ensure_one()
        self.check_access("read")
        self.env["unfinished.order.timeline"]._note(self, text)

    def action_revoke_link(self):
        """Make the links in all reminders of these carts void."""
        self.check_access("read")
        for order in self.order_id:
            self.env["unfinished.order.link"]._revoke(order)
            # sudo: who may call a buyer may also take back a link, without owning the cart
            order.sudo()._message_log(
                body=self.env._("%(user)s revoked the recovery link.", user=self.env.user.name)
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Links sent so far no longer open the cart."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _about_domain(self, orders):
        """Return which unfinished orders these orders were, or came from."""
        return Domain.OR(
            (
                Domain("order_id", "in", orders.ids),
                Domain("placed_order_id", "in", orders.ids),
                Domain("id", "in", orders.cart_source_id.ids),
            )
        )

    @api.model
    def _action_open_of(self, orders):
        unfinished = self.search(self._about_domain(orders))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_handling.action_unfinished_order"
        )
        if len(unfinished) == 1:
            return {**action, "views": [(False, "form")], "res_id": unfinished.id}
        return {**action, "domain": [("id", "in", unfinished.ids)], "context": {}}

    def action_open_cart(self):
        self.ensure_one()
        return self.order_id._get_records_action(name=self.env._("Cart"))
