from odoo import api, fields, models

from ...drivers.base import BAD_ADDRESS, TOO_LARGE
from ...tools.retries import next_wait


class RecoveryMessage(models.Model):
    """What is reported about messages that were handed over: by a queue, by the buyer."""

    _inherit = "recovery.message"

    def _on_event(self, kind, at):
        """Let messages follow what was reported about them."""
        # A quick buyer clicks before the mail queue has reported that the mail has left.
        self.filtered(lambda message: not message.sent_at).sent_at = at
        if kind == "clicked":
            self.filtered(lambda message: not message.clicked_at).clicked_at = at
        self._move_to(kind)
        if kind == "bounced":
            self._note_address_bounces()

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
    def _on_bounced(self, refs, is_lasting=True):
        """Note that the mails with these Message-IDs came back.

        :param list[str] refs: their Message-IDs, known or not
        :param bool is_lasting: whether the address is of no use; not when its server was down
        """
        # sudo: incoming mail is handled in anybody's name
        bounced = self.sudo().search([("provider_ref", "in", refs)])
        known = bounced.filtered("address_bounces")
        self.env["recovery.event"].sudo()._record(bounced, "bounced")
        if not is_lasting:
            (bounced - known).address_bounces = False
        words = {"detail": self._reason_labels()["bounced"]}
        self.env["recovery.outcome"].sudo()._go_on(  # sudo: as above
            bounced, dict.fromkeys(bounced, words), fields.Datetime.now()
        )

    @api.model
    def _on_mail_result(self, refs, failure, words):
        """Note what became of messages that the queue of a driver tried to send.

        :param list[str] refs: their references there
        :param str failure: which kind, as in `drivers.base`; falsy when they were sent
        :param str words: the mail server's or provider's
        :return: the references of what is of no use there any more, such as what is made again
        :rtype: set[str]
        """
        messages = self.search([("provider_ref", "in", refs)])
        # What a bounce or a click was faster about than the queue has left.
        messages = messages.filtered(lambda message: message.state == "sending")
        if not failure:
            messages._move_to("sent", sent_at=fields.Datetime.now(), reason=False, detail=False)
            return set()
        if failure == BAD_ADDRESS:
            messages.address_bounces = True
            details = {message: {"detail": words} for message in messages}
            outcome, now = self.env["recovery.outcome"], fields.Datetime.now()
            outcome._go_on_or_fail(messages, details, now, "bad_address")
            return set()
        if failure == TOO_LARGE:
            for website, refused in messages.grouped("website_id").items():
                detail = website._words_env()._(
                    "The mail is too large: use smaller attachments in its template. The server"
                    " said: %(words)s",
                    words=words,
                )
                refused._move_to("failed", reason="server", detail=detail)
            return set(messages.mapped("provider_ref"))
        return set(messages._retry_later(words).mapped("provider_ref"))

    @api.model
    def _on_mail_dropped(self, refs):
        """Note that somebody has removed these from the queue before they left."""
        queued = self.search([("provider_ref", "in", refs), ("state", "=", "sending")])
        for website, messages in queued.grouped("website_id").items():
            env = website._words_env()
            detail = env._("The mail was removed from the queue of outgoing mails.")
            messages._move_to("failed", reason="error", detail=detail)

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
