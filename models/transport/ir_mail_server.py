import email.policy
from uuid import uuid4

from odoo import models

from ...drivers.email.policy import HEADER_CLASSES, WHOLE_LINK

# Core builds its mails with this policy, which it has put there itself, and lets nobody choose.
email.policy.SMTP = email.policy.SMTP.clone(header_factory=HEADER_CLASSES)


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _build_email__(self, *args, **kwargs):
        message = super()._build_email__(*args, **kwargs)
        if "List-Unsubscribe" in message:
            message.policy = WHOLE_LINK
            if message.get_content_maintype() == "multipart":
                # Else Python looks for one through the whole text, with an expression of its own.
                message.set_boundary(uuid4().hex)
        return message
