from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cart_idle_hours = fields.Float(related="website_id.cart_idle_hours", readonly=False)
    cart_link_days = fields.Integer(related="website_id.cart_link_days", readonly=False)
    website_tz = fields.Selection(related="website_id.tz", readonly=False)
    first_reminder_timing = fields.Char(compute="_compute_first_reminder_timing")
    cart_capture_contact = fields.Boolean(related="website_id.cart_capture_contact", readonly=False)
    reminder_consent = fields.Selection(
        related="website_id.reminder_consent", readonly=False, required=True
    )
    reminder_consent_text = fields.Text(related="website_id.reminder_consent_text", readonly=False)
    reminder_decline_text = fields.Text(related="website_id.reminder_decline_text", readonly=False)
    followup_currency_id = fields.Many2one(related="website_id.company_currency_id")
    followup_amount = fields.Monetary(
        related="website_id.followup_amount",
        readonly=False,
        currency_field="followup_currency_id",
    )

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
