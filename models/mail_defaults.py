from odoo import api, models

from .memory import asked_once


class MailMail(models.Model):
    """The mails of a batch have the same defaults, which core works out for each of them."""

    _inherit = "mail.mail"

    @api.model
    def default_get(self, fields):
        """Ask once for all mails of a batch of reminders."""
        return dict(self._mail_defaults(self.env.context, tuple(fields)))

    @asked_once
    def _mail_defaults(self, _context, names):
        return super().default_get(list(names))


class MailMessage(models.Model):
    """What goes for a mail goes for the message that it is made of."""

    _inherit = "mail.message"

    @api.model
    def default_get(self, fields):
        """Ask once for all mails of a batch of reminders."""
        return dict(self._message_defaults(self.env.context, tuple(fields)))

    @asked_once
    def _message_defaults(self, _context, names):
        return super().default_get(list(names))
