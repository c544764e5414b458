import psycopg2

from odoo import api, models

from ..drivers.email import MESSAGE_ID_MARK
from .recovery_message import MEMORY


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

    def _send(self, *args, **kwargs):
        """Let no reminder be stuck when the connection breaks: core leaves it in *exception*."""
        try:
            return super()._send(*args, **kwargs)
        except psycopg2.Error:
            raise  # nothing can be written any more, and nothing has been
        except Exception as error:
            self._note_broken_off(error)
            raise

    def _note_broken_off(self, error):
        """Report the reminder at which sending broke off, and let the others go on at once."""
        mails = self.exists().with_prefetch()  # those that have left are deleted
        stuck = mails.filtered(lambda mail: mail.state == "exception" and mail._recovery_refs())
        if stuck:
            failure_type = MEMORY if isinstance(error, MemoryError) else "mail_smtp"
            words = str(error) or type(error).__name__
            stuck._postprocess_sent_message([], [], words, failure_type)
        if (mails - stuck).with_prefetch()._recovery_refs():
            # Core's queue runs once an hour, and this run of it is over.
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Lock a reminder at the last moment before it leaves."""
        if refs := self._recovery_refs():
            # sudo: whoever may send mails need not know about reminders
            self.env["recovery.message"].sudo()._lock_until_left(refs)
        return super()._prepare_outgoing_list(*args, **kwargs)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        over = self.browse()
        if refs := self._recovery_refs():
            messages = self.env["recovery.message"].sudo()
            # When it cannot even connect, core tells the reason to the mails only.
            words = failure_reason or self[:1].failure_reason
            useless = messages._on_mail_result(refs, failure_type, words)
            over = self.filtered(lambda mail: mail.message_id in useless)
        result = super(MailMail, self - over)._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        over.sudo().unlink()
        return result

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
            # sudo: whoever may delete mails need not know about reminders
            messages = self.env["recovery.message"].sudo()
            messages._on_mail_dropped(refs)

    @api.model
    def _lock_queued_reminders(self, refs):
        """Return the queued reminders that nobody is sending at this moment, locked.

        :param list[str] refs: Message-IDs
        """
        # sudo: the queue of outgoing mails belongs to the system
        mails = self.sudo()
        if not refs:
            return mails
        queued = mails.search([("message_id", "in", refs), ("state", "=", "outgoing")])
        return queued.try_lock_for_update()

    @api.model
    def _unlink_reminders(self, refs):
        """Delete the mails of reminders that wait, or that Odoo keeps because they failed.

        :param list[str] refs: Message-IDs, or empty
        """
        # sudo: the queue of outgoing mails belongs to the system
        mails = self.sudo().search([("message_id", "in", [ref for ref in refs if ref])])
        mails.try_lock_for_update().unlink()
