from odoo import fields, models

from .mail_blacklist import ASKED, by_somebody_else


class PhoneBlacklist(models.Model):
    """Which numbers were put on the list by their owners, through the link in a reminder."""

    _inherit = "phone.blacklist"

    asked_in_reminder = fields.Boolean(**ASKED)

    def write(self, vals):
        return super().write(by_somebody_else(vals))
