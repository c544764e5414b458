import re

from odoo import api, models
from odoo.tools import email_normalize

from ...drivers.email.driver import MESSAGE_ID_MARK
from ...tools import bounces


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    @api.private
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Take the mails by which mail programs unsubscribe: nobody need read them."""
        is_bounce = message_dict.get("is_bounce")
        if not is_bounce and self.env["recovery.optout"]._on_mail(message_dict.get("subject")):
            return []
        return super().message_route(
            message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values
        )

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Note bounces of reminders: their Message-ID is known though the mail itself is gone."""
        references = " ".join(map(str, message_dict.get("bounced_msg_ids") or ()))
        refs = [ref for ref in re.findall(r"<[^<>\s]+>", references) if MESSAGE_ID_MARK in ref]
        if refs and bounces.is_failure(email_message):
            messages = self.env["recovery.message"]
            messages._on_bounced(refs, is_lasting=bounces.is_lasting(email_message))
        return super()._routing_handle_bounce(email_message, message_dict)

    @api.model
    def _routing_reset_bounce(self, email_message, message_dict):
        """Write again to an address that a mail has come from, as core counts anew for it."""
        if address := email_normalize(message_dict["email_from"]):
            self.env["recovery.message"]._on_mail_from(address)
        return super()._routing_reset_bounce(email_message, message_dict)
