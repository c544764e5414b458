import re

from odoo import api, fields, models

from ...drivers.email.smtp import MEMORY
from ...tools.retries import next_wait

# RFC 5321 and 3463: the message exceeds a size limit. It does not shrink by waiting.
TOO_LARGE = re.compile(r"\b552\b|\b5\.[23]\.4\b")


class RecoveryMessage(models.Model):
    """What is reported about messages that were handed over: by the mail queue, by the buyer."""

    _inherit = "recovery.message"

    def _on_event(self, kind, at):
        """Let messages follow what was reported about them."""
        # A quick buyer clicks before the mail queue has reported that the mail has left.
        self.filtered(lambda message: not message.sent_at).sent_at = at
        if kind == "clicked":
            self.filtered(lambda message: not message.clicked_at).clicked_at = at
        self._move_to(kind)

    @api.model
    def _on_link_followed(self, message_id, order):
        """Note that the buyer of the cart `order` went on from the link in a message.

        :param int message_id: from a signed link
        :param sale.order order: the cart that the same link names
        """
        # sudo: the buyer is a visitor
        message = self.sudo().browse(message_id).exists()
        if message and message.unfinished_id.order_id == order:
            self.env["recovery.event"].sudo()._record(message, "clicked")

    @api.model
    def _on_bounced(self, refs):
        """Note that the mails with these Message-IDs came back."""
        # sudo: incoming mail is handled in anybody's name
        bounced = self.sudo().search([("provider_ref", "in", refs)])
        self.env["recovery.event"].sudo()._record(bounced, "bounced")

    @api.model
    def _on_mail_result(self, refs, failure_type, failure_reason):
        """Note what became of mails that Odoo's queue tried to send.

        :param list[str] refs: their Message-IDs
        :param str failure_type: as on `mail.mail`, falsy when they were sent
        :param str failure_reason: the mail server's words
        :return: the Message-IDs of mails that are of no use any more, such as those made again
        :rtype: set[str]
        """
        messages = self.search([("provider_ref", "in", refs)])
        # What a bounce or a click was faster about than the queue has left.
        messages = messages.filtered(lambda message: message.state == "sending")
        if not failure_type:
            messages._move_to("sent", sent_at=fields.Datetime.now(), reason=False, detail=False)
            return set()
        if failure_type in ("mail_email_invalid", "mail_email_missing"):
            messages._move_to("failed", reason="bad_address", detail=failure_reason)
            return set()
        if failure_type == MEMORY or TOO_LARGE.search(failure_reason or ""):
            detail = self.env._(
                "The mail is too large: use smaller attachments in its template. The server said:"
                " %(words)s",
                words=failure_reason,
            )
            messages._move_to("failed", reason="server", detail=detail)
            return set(messages.mapped("provider_ref"))
        return set(messages._retry_later(failure_reason).mapped("provider_ref"))

    @api.model
    def _on_mail_dropped(self, refs):
        """Note that somebody has deleted or cancelled these mails before they left."""
        queued = self.search([("provider_ref", "in", refs), ("state", "=", "sending")])
        detail = self.env._("The mail was removed from the queue of outgoing mails.")
        queued._move_to("failed", reason="error", detail=detail)

    def _retry_later(self, detail):
        """Wait again, longer each time, and give up in the end."""
        now = fields.Datetime.now()
        again, hopeless = {}, {}
        for message in self:
            tries = message.tries + 1
            wait = next_wait(tries)
            if wait:
                again[message] = {"tries": tries, "due_at": now + wait}
            else:
                hopeless[message] = {"tries": tries}
        why = {"reason": "server", "detail": detail}
        self.browse(message.id for message in hopeless)._move_to("failed", hopeless, **why)
        return self.browse(message.id for message in again)._move_to("waiting", again, **why)
