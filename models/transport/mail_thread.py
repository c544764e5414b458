import re

from odoo import api, models

from ...drivers.email.driver import MESSAGE_ID_MARK


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Note bounces of reminders: their Message-ID is known though the mail itself is gone."""
        references = " ".join(map(str, message_dict.get("bounced_msg_ids") or ()))
        refs = [ref for ref in re.findall(r"<[^<>\s]+>", references) if MESSAGE_ID_MARK in ref]
        if refs:
            self.env["recovery.message"]._on_bounced(refs)
        return super()._routing_handle_bounce(email_message, message_dict)
