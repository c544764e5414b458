from odoo import api, fields, models
from odoo.exceptions import UserError

STAGES = ("campaign", "channels", "dry_run", "done")


class RecoverySetup(models.TransientModel):
    """Leads from nothing to a campaign that runs: which one, through what, and what it would do."""

    _name = "recovery.setup"
    _description = "Set Up a Campaign"

    stage = fields.Selection(
        [
            ("campaign", "Campaign"),
            ("channels", "Channels"),
            ("dry_run", "Dry Run"),
            ("done", "Active"),
        ],
        default="campaign",
        required=True,
    )
    website_id = fields.Many2one(
        "website",
        required=True,
        ondelete="cascade",
        default=lambda self: self._default_website(),
    )
    campaign_id = fields.Many2one(
        "recovery.campaign",
        compute="_compute_campaign_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain="[('website_id', '=', website_id)]",
    )
    is_running = fields.Boolean(related="campaign_id.is_running", related_sudo=False)
    step_ids = fields.One2many(related="campaign_id.step_ids", related_sudo=False)
    trigger = fields.Selection(related="campaign_id.trigger", related_sudo=False)
    trouble = fields.Text(related="campaign_id.trouble", related_sudo=False)
    channel_ids = fields.One2many("recovery.setup.channel", "setup_id", readonly=True)
    obstacles = fields.Text(compute="_compute_obstacles")

    @api.depends("stage")
    def _compute_display_name(self):
        self.display_name = self.env._("Set Up a Campaign")

    @api.depends("website_id")
    def _compute_campaign_id(self):
        """Begin with the campaign on the Settings screen."""
        for setup in self:
            if setup.campaign_id.website_id != setup.website_id:
                campaigns = self.env["recovery.campaign"]
                setup.campaign_id = campaigns.search(
                    [("website_id", "=", setup.website_id.id)], limit=1
                )

    @api.depends("channel_ids.trouble", "campaign_id")
    def _compute_obstacles(self):
        """Say what keeps the campaign from sending."""
        for setup in self:
            setup.obstacles = setup._words_on_obstacles()

    @api.model
    def _default_website(self):
        """Return the website that is at hand, of those whose campaigns the user may set up."""
        mine = [("company_id", "in", self.env.companies.ids)]
        return self.env["website"].search(mine, limit=1)

    # === From stage to stage ===#

    @api.model
    def action_open(self, campaign_id=None):
        """Begin anew.

        :param int campaign_id: to begin with; the one on the Settings screen when not given
        """
        campaign = self.env["recovery.campaign"].browse(campaign_id or ())
        vals = {"website_id": campaign.website_id.id, "campaign_id": campaign_id}
        setup = self.create(vals if campaign_id else {})
        return setup._get_records_action(name=self.env._("Set Up a Campaign"))

    def action_next(self):
        """Go on to the next stage, of which all that it shows is looked up now."""
        self.ensure_one()
        self._go_to(STAGES[STAGES.index(self.stage) + 1])

    def action_back(self):
        """Go back to what can be chosen differently."""
        self.ensure_one()
        self._go_to(STAGES[STAGES.index(self.stage) - 1])

    def action_look_again(self):
        """Look at the same stage again, after something was mended elsewhere."""
        self.ensure_one()
        self._go_to(self.stage)

    def _go_to(self, stage):
        if not self.campaign_id:
            raise UserError(self.env._("Choose a campaign first."))
        self.stage = stage
        if stage == "channels":
            self.channel_ids = self.env["recovery.setup.channel"]._look_at(self)
        elif stage == "dry_run":
            self._rehearse()

    def _rehearse(self):
        """Called when the campaign is to be tried on the carts of the last weeks."""

    # === The end ===#

    def _words_on_obstacles(self):
        """Return in words what keeps the campaign from sending, "" when nothing does."""
        self.ensure_one()
        campaign = self.campaign_id
        if campaign and not campaign.step_ids:
            return self.env._("No step is switched on: nobody is reminded.")
        lines = self.channel_ids.filtered("trouble")
        sentences = [campaign.trouble, *(line.trouble for line in lines)]
        return "\n".join(dict.fromkeys(filter(None, sentences)))

    def action_activate(self):
        """Switch the campaign on: it reminds of carts that are left from now on."""
        self.ensure_one()
        self.check_access("write")
        self.channel_ids = self.env["recovery.setup.channel"]._look_at(self)
        if text := self._words_on_obstacles():
            raise UserError(
                self.env._(
                    "“%(campaign)s” cannot be switched on yet.\n%(why)s",
                    campaign=self.campaign_id.name,
                    why=text,
                )
            )
        self.campaign_id.is_running = True
        self.stage = "done"

    def action_open_campaign(self):
        self.ensure_one()
        return self.campaign_id._get_records_action()

    def action_test_drive(self):
        self.ensure_one()
        return self.campaign_id.action_test_drive()
