from datetime import timedelta

from odoo import api, fields, models

from ..cart.sale_order_line import by_colleague
from .unfinished_order_snapshot import SEQUENCE

# What of an order says whose it is.
WHOSE = {"partner_id", "team_id", "user_id"}


class SaleOrder(models.Model):
    """A cart and its unfinished order: how they are found, linked and kept in step."""

    _inherit = "sale.order"

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
    cart_recheck_at = fields.Datetime(
        copy=False,
        readonly=True,
        help="When something has changed that the list shows and that is no activity: what the cart"
        " costs, or how its buyer is reached. The search looks at the cart again.",
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
    # What has come to its end while a batch was at its unfinished order.
    _placed_lately = models.Index("(placed_at) WHERE placed_at IS NOT NULL")
    _cancelled_lately = models.Index("(cart_cancelled_at) WHERE cart_cancelled_at IS NOT NULL")
    _quoted_lately = models.Index("(cart_quoted_at) WHERE cart_quoted_at IS NOT NULL")
    # What the search looks at again, though its keyset has passed it.
    _changed_lately = models.Index("(cart_recheck_at) WHERE cart_recheck_at IS NOT NULL")

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

    def write(self, vals):
        if WHOSE.isdisjoint(vals):
            return super().write(vals)
        before = {order: (order.user_id, order.team_id) for order in self}
        result = super().write(vals)
        # Its team may have been computed anew, from its salesperson or its customer.
        given = self.filtered(lambda order: before[order] != (order.user_id, order.team_id))
        if given:
            self.env["unfinished.order.salesperson"]._on_given(given)
        return result

    # === What the cart tells ===#

    @api.model
    def _next_cart_number(self):
        return self.env["ir.sequence"].next_by_code(SEQUENCE) or super()._next_cart_number()

    def _on_placed(self):
        result = super()._on_placed()
        self.env["unfinished.order"]._on_order_placed(self)
        return result

    def _on_withdrawn(self):
        result = super()._on_withdrawn()
        self.env["unfinished.order"]._on_order_withdrawn(self)
        return result

    def _on_cancelled(self):
        result = super()._on_cancelled()
        unfinished = self.env["unfinished.order"]
        unfinished._on_cart_gone(self - unfinished._orders_at_work(self))
        return result

    def _on_deletion(self):
        self.env["unfinished.order"]._on_cart_deletion(self)
        return super()._on_deletion()

    def _on_quoted(self):
        result = super()._on_quoted()
        unfinished = self.env["unfinished.order"]
        unfinished._on_cart_quoted(self - unfinished._orders_at_work(self))
        return result

    def _on_edited(self):
        result = super()._on_edited()
        self.env["unfinished.order"]._on_cart_edited(self)
        return result

    def _on_total_changed(self):
        """Refresh the list at once; what a buyer is at is read anew when it is idle."""
        result = super()._on_total_changed()
        is_edited = by_colleague(self.env)
        shown = self.filtered(
            lambda cart: (
                cart.state == "draft"
                and cart.website_id
                and cart.cart_activity_at
                and (is_edited or cart._is_idle())
            )
        )
        if shown:
            self.env["unfinished.order.contents"]._on_total_changed(shown)
        return result

    def _is_idle(self):
        """Tell whether the buyer has done nothing for as long as the website waits."""
        self.ensure_one()
        idle_since = fields.Datetime.now() - timedelta(hours=self.website_id.cart_idle_hours)
        return bool(self.cart_activity_at) and self.cart_activity_at <= idle_since

    def _on_buyers_changed(self):
        result = super()._on_buyers_changed()
        self.env["unfinished.order"]._of_orders(self)._follow_unless_held()
        self.env["unfinished.order.scan"]._note_late(self)
        return result

    @api.model
    def _on_contacts_changed(self, partners):
        result = super()._on_contacts_changed(partners)
        # sudo: the carts follow, also when the user who changes a contact may not see them
        unfinished = self.env["unfinished.order"].sudo()
        domain = [("partner_id", "in", partners.ids), ("state", "=", "open")]
        unfinished.search(domain)._follow_unless_held()
        # sudo: as above
        carts = self.sudo().search([("partner_id", "in", partners.ids), ("state", "=", "draft")])
        self.env["unfinished.order.scan"]._note_late(carts)
        return result

    # === Coupons ===#

    @api.autovacuum
    def _gc_abandoned_coupons(self, *args, **kwargs):
        """Take coupons out of carts that were left days ago, but not while they may be reminded of.

        As Odoo does it, which takes them out of these too, without a word to the buyer.
        """
        # sudo: settings are for administrators; the shop's own job reads one of them
        settings = self.env["ir.config_parameter"].sudo()
        days = int(settings.get_param("website_sale_coupon.abandonned_coupon_validity", 4))
        left = self.search(
            [
                ("state", "=", "draft"),
                ("write_date", "<", fields.Datetime.now() - timedelta(days=days)),
                ("website_id", "!=", False),
                ("applied_coupon_ids", "!=", False),
            ]
        )
        unfinished = self.env["unfinished.order"]
        is_open = [("order_id", "in", left.ids), ("state", "=", "open")]
        left -= unfinished.search_fetch(is_open, ["order_id"]).order_id
        left.applied_coupon_ids = False
        for cart in left:
            cart._update_programs_and_rewards()

    # === Actions ===#

    def action_recovery_email_send(self):
        """Open the unfinished order instead of Odoo's composer, whose mail has an unsafe link."""
        return self.action_open_unfinished_orders()

    def action_open_unfinished_orders(self):
        return self.env["unfinished.order"]._action_open_of(self)

    def _cart_recovery_email_send(self):
        """Remind through the recovery campaign, also when an automation rule asks for it."""
        self.env["unfinished.order"]._on_reminder_wished(self)
