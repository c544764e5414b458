from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """The first reminder of a website, and who is asked whether they want any."""

    _inherit = "res.config.settings"

    first_reminder_timing = fields.Char(compute="_compute_first_reminder_timing")
    reminder_restart_days = fields.Integer(
        related="website_id.reminder_restart_days", readonly=False
    )
    reminder_consent = fields.Selection(
        related="website_id.reminder_consent", readonly=False, required=True
    )
    reminder_consent_text = fields.Text(related="website_id.reminder_consent_text", readonly=False)
    privacy_policy_url = fields.Char(related="website_id.privacy_policy_url", readonly=False)
    reminder_decline_text = fields.Text(related="website_id.reminder_decline_text", readonly=False)

    @api.depends("website_id")
    def _compute_first_reminder_timing(self):
        """Say when the first reminder leaves, when that is no delay that could be edited here."""
        for settings in self:
            step = settings.website_id._default_recovery_campaign()._first_step()
            is_timed = step and step.timing != "delay"
            settings.first_reminder_timing = step._time_label() if is_timed else False

    def action_open_abandoned_cart_mail_template(self):
        """Open the template that this website uses, not always the one that Odoo shipped."""
        action = super().action_open_abandoned_cart_mail_template()
        template = self.website_id.cart_recovery_mail_template_id
        return {**action, "res_id": template.id} if template else action

    def action_open_recovery_campaign(self):
        self.ensure_one()
        campaign = self.website_id._ensure_default_recovery_campaign()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Campaign"),
            "res_model": "recovery.campaign",
            "res_id": campaign.id,
            "view_mode": "form",
        }
