from odoo import api, models

from ...drivers.email.driver import MESSAGE_ID_MARK
from ...drivers.email.smtp import kind_of


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _recovery_refs(self):
        """Return the Message-IDs of the reminders among these mails, without a query more."""
        return [mail.message_id for mail in self if MESSAGE_ID_MARK in (mail.message_id or "")]

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        over = self._tell_reminders(failure_type, failure_reason)
        result = super(MailMail, self - over)._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        # sudo: as core does, a user who sends a mail may have no right to delete it
        over.sudo().unlink()
        return result

    def _tell_reminders(self, failure_type=None, words=False):
        """Tell the reminders among these mails whether they have left.

        :param str failure_type: as on `mail.mail`, falsy when they have
        :param str words: of the mail server
        :return: the mails that are of no use any more
        """
        refs = self._recovery_refs()
        if not refs:
            return self.browse()
        # sudo: a user who may send mails may have no right to know about reminders
        messages = self.env["recovery.message"].sudo()
        # When it cannot even connect, core tells the reason to the mails only.
        words = words or self[:1].failure_reason
        kind = failure_type and kind_of(failure_type, words)
        useless = messages._on_mail_result(refs, kind, words)
        return self.filtered(lambda mail: mail.message_id in useless)

    @api.autovacuum
    def _gc_reminders(self):
        """Delete the mails that have left and that a killed sender could not delete any more."""
        # sudo: the queue of outgoing mails belongs to the system
        sent = self.sudo().search(
            [
                ("state", "=", "sent"),
                ("auto_delete", "=", True),
                ("message_id", "like", MESSAGE_ID_MARK),
            ]
        )
        sent.try_lock_for_update().unlink()

    def unlink(self):
        self._note_dropped_reminders()
        return super().unlink()

    def cancel(self):
        self._note_dropped_reminders()
        return super().cancel()

    def _note_dropped_reminders(self):
        """Tell reminders that still wait for their mail to leave that somebody has removed it."""
        waiting = self.filtered(lambda mail: mail.state != "sent")
        if refs := waiting._recovery_refs():
            # sudo: a user who may delete mails may have no right to know about reminders
            messages = self.env["recovery.message"].sudo()
            messages._on_mail_dropped(refs)
