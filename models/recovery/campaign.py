from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import schedule

# Hours after the buyer's last change at which the shipped steps remind: 1 h, 1 day, 3 days.
DEFAULT_DELAYS = (1.0, 24.0, 72.0)


class RecoveryCampaign(models.Model):
    """Whom to remind of an unfinished order, and in which steps. Belongs to one website."""

    _name = "recovery.campaign"
    _description = "Recovery Campaign"
    _order = "website_id, is_default desc, id"

    name = fields.Char(required=True, translate=True)
    website_id = fields.Many2one("website", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="website_id.company_id", store=True)
    is_default = fields.Boolean(readonly=True, copy=False)
    is_running = fields.Boolean(
        "Automatic Reminders",
        copy=False,
        help="Send the reminders of this campaign by themselves.",
    )
    active_since = fields.Datetime(
        "Running Since",
        readonly=True,
        copy=False,
        help="Carts that were left before this moment get no reminder.",
    )
    min_amount = fields.Monetary(
        "Minimum Amount",
        currency_field="company_currency_id",
        help="Carts of a smaller amount get no reminder. Counted in the company's currency, taxes"
        " included; 0 for none.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    step_ids = fields.One2many("recovery.step", "campaign_id", copy=True)
    message_ids = fields.One2many("recovery.message", "campaign_id")
    sent_count = fields.Integer(
        "Reminders Sent",
        compute="_compute_sent_count",
        help="By the steps of this campaign, whatever became of them afterwards.",
    )
    erased_count = fields.Integer(
        "Erased",
        compute="_compute_sent_count",
        help="Messages that were sent, and deleted since together with old carts.",
    )
    hand_sent_count = fields.Integer(
        "Sent by Hand",
        compute="_compute_sent_count",
        help="Reminders that colleagues have sent to buyers of this website.",
    )
    hand_erased = fields.Integer("Sent by Hand and Erased", compute="_compute_sent_count")

    _one_default = models.UniqueIndex(
        "(website_id) WHERE is_default", "A website has one default campaign."
    )

    # Not as a constraint of the database: what is refused there is logged as an error.
    @api.constrains("min_amount")
    def _check_min_amount(self):
        if any(campaign.min_amount < 0 for campaign in self):
            raise ValidationError(
                self.env._("A minimum amount cannot be negative: enter 0 for none.")
            )

    @api.constrains("active", "is_running", "website_id")
    def _check_carts_outlast_its_reminders(self):
        # sudo: a user who manages campaigns may have no right to see how long carts are kept
        self.sudo()._check_carts_outlast_reminders()

    def _check_carts_outlast_reminders(self):
        """Refuse a reminder whose cart may have been deleted when it is due."""
        for step in self.filtered("active").step_ids:
            website = step.campaign_id.website_id
            kept = website._retention_days()
            needed = ceil(schedule.latest_hours(step._timing()) / 24) + 1
            if kept and kept < needed:
                raise ValidationError(
                    self.env._(
                        "The reminder “%(step)s” would come too late: %(website)s deletes carts"
                        " after %(kept)s days. Keep carts for at least %(needed)s days, or let"
                        " the reminder leave earlier.",
                        step=step.display_name,
                        website=website.name,
                        kept=kept,
                        needed=needed,
                    )
                )

    @api.depends("message_ids.sent_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_sent_count(self):
        figures, sites = self.env["recovery.figures"], self.website_id
        there, erased = figures._count_figure("sent_messages", "campaign_id", self)
        by_hand, hand_erased = figures._count_figure(
            "sent_messages", "website_id", sites, by_hand=True
        )
        for campaign in self:
            site = campaign.website_id
            campaign.erased_count = erased.get(campaign, 0)
            campaign.sent_count = there.get(campaign, 0) + campaign.erased_count
            campaign.hand_erased = hand_erased.get(site, 0)
            campaign.hand_sent_count = by_hand.get(site, 0) + campaign.hand_erased

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("is_default") for vals in vals_list):
            raise UserError(self._another_default_text())
        campaigns = super().create(vals_list)
        campaigns.filtered("is_running").active_since = fields.Datetime.now()
        return campaigns

    def write(self, vals):
        self._ensure_it_may_be_written(vals)
        starting = self.browse()
        if vals.get("is_running"):
            starting = self.filtered(lambda campaign: not campaign.is_running)
        result = super().write(vals)
        # A person who switches reminders on means the carts from now on, not last year's.
        starting.active_since = fields.Datetime.now()
        return result

    def _ensure_it_may_be_written(self, vals):
        """Refuse to move what belongs to its website, and to choose another default campaign.

        :raise UserError: with what to do instead
        """
        if "is_default" in vals and self.filtered(lambda c: c.is_default != vals["is_default"]):
            raise UserError(self._another_default_text())
        if "website_id" not in vals:
            return
        moved = self.filtered(lambda campaign: campaign.website_id.id != vals["website_id"])
        used = self.browse(
            c.id for c in self.env["recovery.message"]._count_of("campaign_id", moved)
        )
        if kept := (moved.filtered("is_default") | used)[:1]:
            raise UserError(
                self.env._(
                    "“%(campaign)s” cannot move to another website: its settings or its messages"
                    " belong to “%(website)s”. Make a campaign of the other website instead.",
                    campaign=kept.name,
                    website=kept.website_id.name,
                )
            )

    def _another_default_text(self):
        return self.env._(
            "The campaign on the Settings screen of a website is made by itself, and stays the one."
            " Change that one, or make another campaign beside it."
        )

    def _steps_in_order(self):
        """Return the steps in their order, also right after they were moved."""
        return self.step_ids.sorted("sequence, delay_hours, id")

    def _first_step(self):
        """Return the step that is on the Settings screen."""
        return self._steps_in_order()[:1]

    def action_open_messages(self):
        """Open the reminders that are counted as sent, as far as they have not been erased."""
        return self._action_open_sent(self.env._("Reminders Sent"), "campaign_id", self)

    def action_open_sent_by_hand(self):
        """Open the reminders that are counted as sent by hand, as far as they are there."""
        name = self.env._("Reminders Sent by Hand")
        return self._action_open_sent(name, "website_id", self.website_id, by_hand=True)

    def _action_open_sent(self, title, name, records, by_hand=False):
        figures = self.env["recovery.figures"]
        domain = figures._counted_domain("sent_messages", name, records, by_hand)
        return self._action_open_counted(title, domain)

    def _action_open_counted(self, title, domain):
        self.ensure_one()
        self.check_access("read")
        figures = self.env["recovery.figures"]
        return figures._action_open_rows("action_recovery_message", domain, name=title)

    @api.model
    def _create_default(self, website, delays=DEFAULT_DELAYS, template=None, **values):
        """Make the default campaign of `website`.

        :param website website: the website, in sudo
        :param delays: hours after the last activity, one per step
        :param mail.template template: of the first step; the shipped one when not given
        """
        steps = self.env["recovery.step"]
        channel = self.env["recovery.channel"]._default_channel()
        names = self._default_names(website)
        campaign = self.create(
            {
                "name": names.get(self.env.lang) or names["en_US"],
                "website_id": website.id,
                "step_ids": [
                    fields.Command.create(
                        {
                            "sequence": position,
                            "delay_hours": delay,
                            "channel_id": channel.id,
                            "mail_template_id": (
                                template.id
                                if template and not position
                                else steps._default_template(position)
                            ),
                        }
                    )
                    for position, delay in enumerate(delays)
                ],
                **values,
            }
        )
        # Nobody else may: `write` refuses it.
        super(RecoveryCampaign, campaign).write(  # pylint: disable=super-method-mismatch
            {"is_default": True}
        )
        campaign.update_field_translations("name", names)
        return campaign

    @api.model
    def _default_names(self, website):
        """Return what the default campaign of `website` is called, by the codes of languages."""
        codes = {"en_US", *(code for code, _name in self.env["res.lang"].get_installed())}
        return {
            code: self.with_context(lang=code).env._(
                "Unfinished orders of %(website)s", website=website.name
            )
            for code in codes
        }

    @api.model
    def _delays_after(self, delay):
        """Return the delays of all steps; what follows a late first one is as much later."""
        later = delay if delay >= DEFAULT_DELAYS[1] else 0.0
        return (delay, *(later + following for following in DEFAULT_DELAYS[1:]))

    @api.model
    def _adopt_core_settings(self, website):
        """Take over what a shop had set for Odoo's own reminder, and nothing more.

        A shop that sent one mail goes on sending one mail: the steps after the first are there,
        archived. No cart of the past is reminded, because the campaign starts now.
        """
        core_template = self.env.ref(
            "website_sale.mail_template_sale_cart_recovery", raise_if_not_found=False
        )
        template = website.cart_recovery_mail_template_id
        if template == core_template and not self._is_customised(template):
            template = None
        if not website.send_abandoned_cart_email:
            return self._create_default(website, template=template)
        # Core reads a delay of 0 as one hour.
        delays = self._delays_after(website.cart_abandoned_delay or DEFAULT_DELAYS[0])
        campaign = self._create_default(website, delays=delays, template=template, is_running=True)
        campaign.step_ids[1:].active = False
        return campaign

    @api.model
    def _is_customised(self, template):
        """Tell whether somebody has edited a template that Odoo shipped."""
        return template.write_uid != self.env.ref("base.user_root")
