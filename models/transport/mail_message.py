from odoo import api, models

from ...orm.memory import once
from .mail_mail_defaults import question_about


class MailMessage(models.Model):
    """What goes for a mail goes for the message that it is made of."""

    _inherit = "mail.message"

    @api.model
    def default_get(self, fields):
        """Ask once for all mails of a batch of reminders."""
        return dict(once(*question_about(self, fields), super().default_get, fields))
