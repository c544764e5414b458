from odoo import Command, api, fields, models
from odoo.http import request

from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY


class Website(models.Model):
    _inherit = "website"

    recovery_campaign_ids = fields.One2many("recovery.campaign", "website_id")

    # Core's own settings are the first step of the website's default campaign: one truth with
    # two doors. They stay stored, for core's reports and for the day this app is uninstalled.
    send_abandoned_cart_email = fields.Boolean(
        compute="_compute_send_abandoned_cart_email",
        inverse="_inverse_send_abandoned_cart_email",
        store=True,
        readonly=False,
    )
    cart_abandoned_delay = fields.Float(
        compute="_compute_cart_abandoned_delay",
        inverse="_inverse_first_recovery_step",
        store=True,
        readonly=False,
        default=1.0,
    )
    cart_recovery_mail_template_id = fields.Many2one(
        compute="_compute_cart_recovery_mail_template_id",
        inverse="_inverse_first_recovery_step",
        store=True,
        readonly=False,
        default=lambda self: self.env["recovery.step"]._default_template(0),
    )

    cart_idle_hours = fields.Float(
        "Unfinished After",
        default=1.0,
        help="A cart is unfinished when its buyer has changed nothing for this long (hours).",
    )
    cart_link_days = fields.Integer(
        "Recovery Link Valid For",
        default=30,
        help="Days after which the link in a reminder no longer opens the cart.",
    )
    cart_capture_contact = fields.Boolean(
        "Capture While Typing",
        default=True,
        help="Keep the e-mail and phone that a buyer types into the checkout form, as they type.",
    )

    _cart_idle_hours_positive = models.Constraint(
        "CHECK(cart_idle_hours > 0)",
        "A cart needs some time before it counts as unfinished: enter more than 0 hours.",
    )
    _cart_link_days_positive = models.Constraint(
        "CHECK(cart_link_days > 0)", "A recovery link must be valid for at least 1 day."
    )

    @api.model
    def _all_shops(self):
        # sudo: what is unfinished must not depend on which websites the user may see
        # There are a few at most.
        return self.sudo().search_fetch([])  # pylint: disable=no-search-all

    # === The default campaign's first step ===#

    @api.depends("recovery_campaign_ids.is_running")
    def _compute_send_abandoned_cart_email(self):
        for website in self:
            campaign = website._default_recovery_campaign()
            website.send_abandoned_cart_email = campaign.is_running

    @api.depends(
        "recovery_campaign_ids.step_ids.delay_hours",
        "recovery_campaign_ids.step_ids.sequence",
        "recovery_campaign_ids.step_ids.active",
    )
    def _compute_cart_abandoned_delay(self):
        for website in self:
            step = website._default_recovery_campaign()._first_step()
            website.cart_abandoned_delay = (
                step.delay_hours if step else website.cart_abandoned_delay
            )

    @api.depends(
        "recovery_campaign_ids.step_ids.mail_template_id",
        "recovery_campaign_ids.step_ids.sequence",
        "recovery_campaign_ids.step_ids.active",
    )
    def _compute_cart_recovery_mail_template_id(self):
        for website in self:
            step = website._default_recovery_campaign()._first_step()
            website.cart_recovery_mail_template_id = (
                step.mail_template_id if step else website.cart_recovery_mail_template_id
            )

    def _inverse_send_abandoned_cart_email(self):
        for website in self:
            is_running = website.send_abandoned_cart_email
            website._ensure_default_recovery_campaign().is_running = is_running

    def _inverse_first_recovery_step(self):
        for website in self:
            delay = website.cart_abandoned_delay
            template = website.cart_recovery_mail_template_id
            step = website._ensure_default_recovery_campaign()._first_step()
            # Only what differs: a delay that is written moves the reminders that wait.
            if step.delay_hours != delay:
                step.campaign_id.step_ids = [Command.update(step.id, {"delay_hours": delay})]
            if step.mail_template_id != template:
                step.mail_template_id = template

    def _default_recovery_campaign(self):
        # sudo: a shop's page may read the website's settings; what it finds is not shown
        return self.sudo().recovery_campaign_ids.filtered("is_default")

    def _ensure_default_recovery_campaign(self):
        """Return the website's default campaign, made from core's settings when there is none."""
        self.ensure_one()
        campaign = self._default_recovery_campaign()
        return campaign or self.env["recovery.campaign"].sudo()._create_default(self)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # For whoever knows core's fields only, its one delay is both ours.
            if delay := vals.get("cart_abandoned_delay"):
                vals.setdefault("cart_idle_hours", delay)
        websites = super().create(vals_list)
        for website in websites:
            website._ensure_default_recovery_campaign()
        return websites

    def unlink(self):
        # sudo: whoever may delete a website need not manage its campaigns
        self.sudo().recovery_campaign_ids.unlink()
        return super().unlink()

    # === Core's cart ===#

    @api.model
    def _send_abandoned_cart_email(self):
        """Send nothing: the campaigns do, and core's mail would be a second one."""

    def _prepare_sale_order_values(self, partner_sudo):
        """Note on a new cart whether it is a robot that makes it."""
        values = super()._prepare_sale_order_values(partner_sudo)
        # A program that does not say what it is need not be a robot.
        is_named = request and request.httprequest.environ.get("HTTP_USER_AGENT")
        is_robot = is_named and self.env["ir.http"].is_a_bot()
        return {**values, "cart_made_by": "robot" if is_robot else False}

    def _get_and_cache_current_cart(self):
        """Never offer a signed-in buyer a cart whose payment is on its way or done.

        Core picks any draft order of the customer, changes it, and drops it at the next request
        when it turns out to be in payment.
        """
        user = self.env.user
        if request and CART_SESSION_CACHE_KEY not in request.session and not user._is_public():
            # sudo: a portal user may not search orders; the domain keeps to their own
            carts = (
                self.env["sale.order"]
                .sudo()
                .search(
                    [
                        ("partner_id", "=", user.partner_id.id),
                        ("website_id", "=", self.id),
                        ("state", "=", "draft"),
                    ]
                )
            )
            usable = carts.filtered(lambda cart: not cart._is_in_payment())
            if usable != carts:
                self._resume_cart(usable[:1])
        return super()._get_and_cache_current_cart()

    def _resume_cart(self, cart):
        """Make `cart` (possibly none) the one of this session, as core does with an old cart."""
        request.session[CART_SESSION_CACHE_KEY] = cart.id
        if cart and not request.env.cr.readonly:
            cart._update_address(self.env.user.partner_id.id, ["partner_id"])
            cart._verify_cart()
