import email.policy

from odoo import models

ONE_LINE = email.policy.SMTP.clone(max_line_length=None)


class WholeLinkPolicy(type(email.policy.SMTP)):
    """Keeps the unsubscribe link in one piece.

    Python encodes what is longer than a line as it does with words (bpo-35805). In this header
    that is not allowed (RFC 2047, section 5), and mail programs find no link in it.
    """

    def _fold(self, name, value, *args, **kwargs):
        if name.lower() == "list-unsubscribe":
            return ONE_LINE._fold(name, value, *args, **kwargs)
        return super()._fold(name, value, *args, **kwargs)


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _build_email__(self, *args, **kwargs):
        message = super()._build_email__(*args, **kwargs)
        if "List-Unsubscribe" in message:
            message.policy = WholeLinkPolicy(linesep=message.policy.linesep)
        return message
