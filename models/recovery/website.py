from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# Where shops tell what they keep of people: Odoo's own address, and what it is called elsewhere.
PRIVACY_PAGES = (
    *("/privacy", "/privacy-policy", "/privacy-notice", "/data-protection"),
    *("/chinh-sach-bao-mat", "/politika-za-poveritelnost"),
)


class Website(models.Model):
    """A website's campaigns, core's settings as their first step, and whom it may write to."""

    _inherit = "website"

    # The archived ones, too: the default one is one, whether it is archived or not.
    recovery_campaign_ids = fields.One2many(
        "recovery.campaign", "website_id", context={"active_test": False}
    )

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

    reminder_consent = fields.Selection(
        [
            ("opt_out", "Everybody, until they say no"),
            ("soft_opt_in", "Customers who have ordered before, and whoever agrees"),
            ("opt_in", "Only who agrees"),
        ],
        "Who Is Reminded",
        default="opt_out",
        required=True,
        help="What the law asks for depends on where you sell.",
    )
    reminder_consent_text = fields.Text(
        "Wording of Consent",
        translate=True,
        help="Beside the box by whose ticking a buyer agrees to reminders. Leave it empty for our"
        " sentence, which is translated.",
    )
    privacy_policy_url = fields.Char(
        "Privacy Policy",
        help="Where the website tells what it keeps of people, as an address or a page such as"
        " /privacy. The notice at the checkout leads there.",
    )
    reminder_decline_text = fields.Text(
        "Wording of Refusal",
        translate=True,
        help="Beside the box by whose ticking a buyer refuses reminders. Leave it empty for our"
        " sentence, which is translated.",
    )

    @api.constrains("privacy_policy_url")
    def _check_privacy_policy_url(self):
        for website in self:
            url = website.privacy_policy_url or "/"
            if not url.startswith(("/", "https://", "http://")):
                raise ValidationError(
                    self.env._(
                        "“%(url)s” is no address of a page. Enter one of your website's, such as"
                        " /privacy, or one that begins with https://.",
                        url=url,
                    )
                )

    def _sends_reminders(self):
        """Tell whether any campaign of this website is running."""
        # sudo: a shop's page may ask about the website's settings
        return any(self.sudo().recovery_campaign_ids.mapped("is_running"))

    def _consent_words(self, box):
        """Return the words beside the checkout's box, in the language of the page.

        :param str box: "agree" or "decline", as `sale.order._consent_box` tells
        :rtype: str
        """
        self.ensure_one()
        if box == "agree":
            shipped = self.env._("Remind me by e-mail if I do not finish my order")
            return (self.reminder_consent_text or "").strip() or shipped
        shipped = self.env._("Do not remind me of this order")
        return (self.reminder_decline_text or "").strip() or shipped

    def _privacy_url(self):
        """Return where this website tells what it keeps of people, "" where it has no such page.

        Unless Settings say where, it is looked for by its address: Odoo's set-up assistant makes
        it as /privacy.
        """
        self.ensure_one()
        if self.privacy_policy_url:
            return self.privacy_policy_url
        here = Domain("website_id", "in", (False, self.id)) & Domain("is_published", "=", True)
        # sudo: a visitor may not read pages; whether this one is there is no secret
        pages = self.env["website.page"].sudo()
        found = pages.search(here & Domain("url", "in", PRIVACY_PAGES))
        urls = found.sorted(lambda page: (not page.website_id, len(page.url))).mapped("url")
        return urls[0] if urls else ""

    # === The default campaign's first step ===#

    @api.depends("recovery_campaign_ids.is_default", "recovery_campaign_ids.is_running")
    def _compute_send_abandoned_cart_email(self):
        for website in self:
            campaign = website._default_recovery_campaign()
            website.send_abandoned_cart_email = campaign.is_running

    @api.depends(
        "recovery_campaign_ids.is_default",
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
        "recovery_campaign_ids.is_default",
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
        # sudo: who sets up a website need not manage its campaigns
        campaigns = self.env["recovery.campaign"].sudo()
        return self._default_recovery_campaign() or campaigns._create_default(
            self, delays=campaigns._delays_after(self.cart_abandoned_delay)
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # A program that knows core's fields only means both our delays by its one.
            if delay := vals.get("cart_abandoned_delay"):
                vals.setdefault("cart_idle_hours", delay)
        websites = super().create(vals_list)
        for website in websites:
            website._ensure_default_recovery_campaign()
        # sudo: who sets up a website need not manage its campaigns
        self.env["recovery.campaign"].sudo()._create_shipped(websites.sudo())
        return websites

    def unlink(self):
        # sudo: a user who may delete a website may have no right to its campaigns and messages
        messages = self.env["recovery.message"].sudo()
        messages.search([("website_id", "in", self.ids)])._withdraw("reminders_off")
        self.sudo().recovery_campaign_ids._unlink_with_steps()
        return super().unlink()

    @api.constrains("cart_retention", "cart_retention_days")
    def _check_carts_outlast_reminders(self):
        # sudo: a user who sets up a website may have no right to manage its campaigns
        self.sudo().recovery_campaign_ids._check_carts_outlast_reminders()

    # === Core's own reminder ===#

    @api.model
    def _send_abandoned_cart_email(self):
        """Send nothing: the campaigns do, and core's mail would be a second one."""
