from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class RecoveryAccountSetting(models.Model):
    """What a channel's driver must know of the account by which it sends.

    For administrators only: to others, a channel says whether something is missing, and no more.
    """

    _name = "recovery.account.setting"
    _description = "Setting of a Channel's Account"
    _order = "channel_id, sequence, id"

    channel_id = fields.Many2one(
        "recovery.channel", required=True, readonly=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(readonly=True)
    name = fields.Char("Technical Name", required=True, readonly=True)
    label = fields.Char("Setting", compute="_compute_words")
    help_text = fields.Char("What It Is", compute="_compute_words")
    is_hidden = fields.Boolean(readonly=True)
    value = fields.Char(copy=False)
    secret = fields.Char(copy=False, exportable=False)

    _once = models.UniqueIndex("(channel_id, name)", "A channel has each setting once.")

    @api.depends("name", "channel_id.driver")
    @api.depends_context("lang")
    def _compute_words(self):
        for setting in self:
            asked = {one.name: one for one in setting.channel_id._asked_settings()}
            one = asked.get(setting.name)
            setting.label = self.env._(one.label) if one else setting.name
            setting.help_text = self.env._(one.help) if one and one.help else ""

    @api.constrains("value", "secret")
    def _check_entered(self):
        for channel in self.channel_id:
            if faults := channel._driver()._faults(channel._settings()):
                raise ValidationError("\n".join(faults))

    def _entered(self):
        self.ensure_one()
        return (self.secret if self.is_hidden else self.value) or ""

    @api.model
    def _make_for(self, channels):
        """Have a line for everything that the drivers must know, and for nothing else.

        What was entered for another provider is forgotten: it is of no use to this one.
        """
        missing = []
        for channel in channels:
            asked = {one.name: one for one in channel._asked_settings()}
            known = channel.setting_ids
            known.filtered(lambda line, names=asked: line.name not in names).unlink()
            there = set(channel.setting_ids.mapped("name"))
            missing += [
                self._prepare_vals(channel, one, sequence)
                for sequence, one in enumerate(asked.values())
                if one.name not in there
            ]
        self.create(missing)

    @api.model
    def _prepare_vals(self, channel, asked, sequence):
        return {
            "channel_id": channel.id,
            "sequence": sequence,
            "name": asked.name,
            "is_hidden": asked.is_secret,
            "value": not asked.is_secret and asked.default,
        }

    @api.model
    def _trouble_of(self, channel):
        """Say why the account of a channel cannot send, "" when it can as far as we know."""
        if missing := channel._missing_settings():
            return self.env._(
                "“%(channel)s” is not connected. Enter in it: %(settings)s.",
                channel=channel.name or "",
                settings=", ".join(self.env._(one.label) for one in missing),
            )
        if channel.stopped_at and channel.needs_account:
            return self.env._(
                "“%(channel)s” is stopped: its provider refuses to send. It said: %(words)s",
                channel=channel.name or "",
                words=channel.stop_detail or "?",
            )
        return ""


class RecoveryChannel(models.Model):
    """The account by which a channel sends: what is known of it, and what its provider says."""

    _inherit = "recovery.channel"

    setting_ids = fields.One2many(
        "recovery.account.setting", "channel_id", "Account", groups="base.group_system", copy=False
    )
    needs_account = fields.Boolean(compute="_compute_account")
    account_trouble = fields.Text("What Is Wrong", compute="_compute_account")

    @api.depends("driver", "stopped_at", "setting_ids.value", "setting_ids.secret")
    @api.depends_context("lang")
    def _compute_account(self):
        lines = self.env["recovery.account.setting"]
        for channel in self:
            channel.needs_account = bool(channel._asked_settings())
            channel.account_trouble = lines._trouble_of(channel)

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        # sudo: the lines of an account are made by nobody else
        self.env["recovery.account.setting"].sudo()._make_for(channels.sudo())
        self.env["recovery.webhook"]._make_tokens(channels.sudo())
        return channels

    def write(self, vals):
        result = super().write(vals)
        if "driver" in vals:
            # sudo: as above
            self.env["recovery.account.setting"].sudo()._make_for(self.sudo())
            self.env["recovery.webhook"]._make_tokens(self.sudo())
        return result

    # === What is known, and what is missing ===#

    def _asked_settings(self):
        return self._driver()._account_settings if self.driver in self.env else ()

    def _settings(self):
        """Return what was entered, and what is usual where nothing was.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        asked = self._asked_settings()
        if not asked:
            return {}
        # sudo: credentials are readable by administrators only, and the engine sends by them
        entered = {line.name: line._entered().strip() for line in self.sudo().setting_ids}
        return {one.name: entered.get(one.name) or one.default for one in asked}

    def _missing_settings(self):
        """Return the settings without which nothing can be sent, in the order of the form."""
        settings = self._settings()
        return [one for one in self._asked_settings() if one.is_required and not settings[one.name]]

    def action_test_account(self):
        """Ask the provider whether it knows the account; nothing is sent, and nothing is paid."""
        self.ensure_one()
        self.check_access("write")
        if self._missing_settings():
            raise UserError(self.account_trouble)
        checked = self._driver()._check(self._account())
        if checked is None:
            raise UserError(self.env._("This provider cannot be asked about an account."))
        if not checked.is_fine:
            raise UserError(
                self.env._("The provider does not take it: %(words)s", words=checked.detail)
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Connected. %(words)s", words=checked.detail),
            },
        }
