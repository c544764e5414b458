from odoo import api, models


class RecoveryHealthLine(models.TransientModel):
    """What will fail, before it does: a line for each step, and one for what all of them need."""

    _inherit = "recovery.health.line"

    @api.model
    def _prepare_step_warnings(self):
        """Return a warning for each step that would fail, of the campaigns that run."""
        campaigns = self.env["recovery.campaign"].search([("is_running", "=", True)])
        empty = campaigns.filtered(lambda campaign: not campaign.step_ids)
        return [
            *(self._prepare_empty_campaign(campaign) for campaign in empty),
            *(self._prepare_trouble(trouble) for trouble in campaigns.step_ids._troubles()),
            *self._prepare_server_warnings(campaigns.step_ids._channels()),
        ]

    @api.model
    def _prepare_empty_campaign(self, campaign):
        return {
            "name": self.env._("“%(campaign)s” reminds nobody", campaign=campaign.name),
            "detail": self.env._(
                "It is switched on, and none of its steps is. Switch a step on, or add one."
            ),
            **self._prepare_way_to(campaign),
        }

    @api.model
    def _prepare_trouble(self, trouble):
        campaign, why = trouble.step.campaign_id, trouble.text
        if trouble.record._name == "recovery.channel":
            why = self._say_who_can_mend(why)
        return {
            "name": self.env._(
                "The step “%(step)s” of “%(campaign)s” will fail",
                step=trouble.step.display_name,
                campaign=campaign.name,
            ),
            "detail": self.env._(
                "%(why)s\nUntil this is mended, nobody gets this reminder.", why=why
            ),
            **self._prepare_way_to(trouble.record),
        }

    @api.model
    def _prepare_channel_trouble(self, channel, text):
        """Return what to do about a channel through which nothing can leave."""
        return {"detail": self._say_who_can_mend(text), **self._prepare_way_to(channel)}

    @api.model
    def _say_who_can_mend(self, text):
        """Add to what is wrong with a channel whom to ask, for those who may not change it."""
        if self._is_administrator():
            return text
        return f"{text} {self.env._('Ask an administrator: only they can change a channel.')}"

    @api.model
    def _prepare_way_to(self, record):
        """Return the button that opens what has to be changed."""
        labels = {
            "mail.template": self.env._("Template"),
            "recovery.channel": self.env._("Channel"),
        }
        return {
            "target": self._window(record.display_name, record._name, res_id=record.id),
            "target_label": labels.get(record._name) or self.env._("Campaign"),
        }

    @api.model
    def _prepare_server_warnings(self, channels):
        """Return a warning when mails are to leave and there is no mail server."""
        # sudo: managers of sales need not see channels and mail servers
        channels = channels.sudo().filtered("active")
        drivers = [self.env[name] for name in set(channels.mapped("driver")) if name in self.env]
        if all(driver._is_ready() for driver in drivers):
            return []
        label = self.env._("Outgoing Mail Servers")
        return [
            {
                "name": self.env._("There is no outgoing mail server"),
                "detail": self.env._(
                    "No reminder can leave by e-mail. Ask an administrator to set one up under"
                    " Settings > Technical > Email > Outgoing Mail Servers, and to test it."
                ),
                "target": self._is_administrator() and self._window(label, "ir.mail_server"),
                "target_label": label,
            }
        ]
