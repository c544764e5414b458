from odoo import api, fields, models


class Website(models.Model):
    """When the default campaign starts anew: the same truth as on its own form."""

    _inherit = "website"

    reminder_restart_days = fields.Integer(
        "Start Anew After",
        compute="_compute_reminder_restart_days",
        inverse="_inverse_reminder_restart_days",
        help="Days after its last reminder. A buyer who comes back to the same cart later than"
        " that, and leaves it again, gets the reminders from the first one on. 0 for never.",
    )

    @api.depends("recovery_campaign_ids.restart_days")
    def _compute_reminder_restart_days(self):
        for website in self:
            campaign = website._default_recovery_campaign()
            website.reminder_restart_days = campaign.restart_days

    def _inverse_reminder_restart_days(self):
        for website in self:
            days = website.reminder_restart_days
            campaign = website._ensure_default_recovery_campaign()
            if campaign.restart_days != days:
                campaign.restart_days = days
