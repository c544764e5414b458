from odoo import fields, models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    is_reminder = fields.Boolean(readonly=True, index=True)
