from odoo import api, models

from ..drivers.email import MESSAGE_ID_MARK


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _recovery_refs(self):
        """Return the Message-IDs of the reminders among these mails, without a query more."""
        return [mail.message_id for mail in self if MESSAGE_ID_MARK in (mail.message_id or "")]

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Leave out the reminders that are no longer wanted, at the last possible moment."""
        mails = self
        if refs := self._recovery_refs():
            unwanted = self.env["recovery.message"].sudo()._drop_unwanted(refs)
            mails = self.filtered(lambda mail: mail.message_id not in unwanted)
            (self - mails).unlink()
        return super(MailMail, mails).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        again = self.browse()
        if refs := self._recovery_refs():
            messages = self.env["recovery.message"].sudo()
            made_again = messages._on_mail_result(refs, failure_type, failure_reason)
            again = self.filtered(lambda mail: mail.message_id in made_again)
        result = super(MailMail, self - again)._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        again.sudo().unlink()
        return result

    @api.model
    def _take_back_reminders(self, refs):
        """Delete queued reminders that nobody is sending at this moment.

        :param list[str] refs: Message-IDs
        :return: the Message-IDs of those that will not leave
        :rtype: set[str]
        """
        if not refs:
            return set()
        # sudo: the queue of outgoing mails belongs to the system
        queued = self.sudo().search([("message_id", "in", refs), ("state", "=", "outgoing")])
        free = queued.try_lock_for_update()
        taken_back = set(free.mapped("message_id"))
        free.unlink()
        return taken_back
