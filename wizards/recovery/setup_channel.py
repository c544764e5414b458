from odoo import Command, api, fields, models


class RecoverySetupChannel(models.TransientModel):
    """A channel of the campaign that is set up: what it asks for, and whether it can be used."""

    _name = "recovery.setup.channel"
    _description = "Channel of a Campaign That Is Set Up"
    _order = "id"

    setup_id = fields.Many2one("recovery.setup", required=True, ondelete="cascade", index=True)
    channel_id = fields.Many2one("recovery.channel", required=True, ondelete="cascade")
    name = fields.Char(related="channel_id.name")
    conditions = fields.Text(readonly=True)
    trouble = fields.Text(readonly=True)
    # As of the lines of the Health screen: where the trouble can be ended.
    target = fields.Json(readonly=True)
    target_label = fields.Char(readonly=True)
    # What is shown as it looks on a phone.
    step_id = fields.Many2one("recovery.step", ondelete="cascade", readonly=True)
    way_id = fields.Many2one("recovery.way", ondelete="cascade", readonly=True)
    mail_template_id = fields.Many2one(
        "mail.template", compute="_compute_mail_template_id", compute_sudo=False
    )

    @api.depends("step_id", "way_id")
    def _compute_mail_template_id(self):
        for line in self:
            line.mail_template_id = (line.way_id or line.step_id).mail_template_id

    def action_target(self):
        """Go where the trouble can be ended."""
        return self.target

    @api.model
    def _look_at(self, setup):
        """Return the commands that make a line for each channel of a campaign, as it is now.

        :param recovery.setup setup: in which the campaign has been chosen
        """
        steps = setup.campaign_id._steps_in_order()
        by_channel = steps._ways_by_channel()
        lines = [self._prepare_line(channel, ways[0]) for channel, ways in by_channel.items()]
        return [Command.clear(), *map(Command.create, lines)]

    @api.model
    def _prepare_line(self, channel, way):
        trouble = self._trouble_of(channel)
        return {
            "channel_id": channel.id,
            "step_id": way._step().id,
            "way_id": way._way().id,
            "conditions": "\n".join(channel._conditions()),
            "trouble": trouble.get("detail"),
            "target": trouble.get("target"),
            "target_label": trouble.get("target_label"),
        }

    @api.model
    def _trouble_of(self, channel):
        """Return what the Health screen would say about a channel, {} when all is well."""
        health = self.env["recovery.health.line"]
        # sudo: who sets up a campaign may have no right to channels and calendars
        if text := channel.sudo()._trouble():
            return health._prepare_channel_trouble(channel, text)
        return next(iter(health._prepare_server_warnings(channel)), {})
