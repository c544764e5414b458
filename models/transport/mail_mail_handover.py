import contextlib
import logging
import os
import time
from functools import partial
from typing import Any, NamedTuple

import psycopg2

from odoo import api, models, tools
from odoo.fields import Domain

from ...drivers.email.ahead import Ahead
from ...drivers.email.journal import Journal, Memory
from ...drivers.email.plain_text import Untold, plain_text
from ...drivers.email.smtp import BROKEN_OFF, REFUSED, why_broken_off, why_failed
from ...orm.batches import repeat

_logger = logging.getLogger(__name__)

# So many reminders are locked, re-checked, sent and noted in one transaction, but none for longer
# than this: a buyer who follows a link in a mail of this very moment waits for it.
PART, PART_SECONDS = 250, 2.0
JOURNALS = "recovery_left"  # a folder beside the database's attachments
EMAIL_PARTS = (
    "email_to",
    "subject",
    "body",
    "body_alternative",
    "email_cc",
    "reply_to",
    "attachments",
    "message_id",
    "references",
    "object_id",
    "headers",
)
AS_HTML = {"subtype": "html", "subtype_alternative": "plain"}


class Connection(NamedTuple):
    """An open connection to a mail server, as `mail.mail` hands it on."""

    session: Any
    server: models.BaseModel  # ir.mail_server, empty for the one of the configuration file
    alias_domain: models.BaseModel  # mail.alias.domain, possibly empty


class MailMail(models.Model):
    """Reminders on their way to the mail server: many in one transaction, none of them twice."""

    _inherit = "mail.mail"

    @api.model
    def process_email_queue(self, *args, **kwargs):
        """Go on at once while the queue gets shorter: core sends a thousand mails an hour."""
        before = self._count_due()
        result = super().process_email_queue(*args, **kwargs)
        if before and 0 < self._count_due() < before:
            self.env["recovery.driver.email"]._wake()
        return result

    @api.model
    def _count_due(self):
        due = Domain("scheduled_date", "=", False) | Domain("scheduled_date", "<=", "now")
        return self.search_count(Domain("state", "=", "outgoing") & due)

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Send reminders by the hundred. Core needs a dozen statements for each mail."""
        refs = set(self._recovery_refs())
        reminders = self.filtered(lambda mail: mail.message_id in refs)
        others = self - reminders
        result = True
        if others or not reminders:
            result = super(MailMail, others)._send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                smtp_session=smtp_session,
                alias_domain_id=alias_domain_id,
                mail_server=mail_server,
                post_send_callback=post_send_callback,
            )
        if reminders and not self.env["ir.mail_server"]._disable_send():
            servers, domains = self.env["ir.mail_server"], self.env["mail.alias.domain"]
            connection = Connection(
                smtp_session,
                mail_server or servers,
                # sudo: as core does, a user who sends may have no right to read the domain
                domains.sudo().browse(alias_domain_id or ()),
            )
            reminders._send_reminders(connection, auto_commit, raise_exception)
            if post_send_callback:
                post_send_callback(reminders.ids)
        return result

    def _send_reminders(self, connection, auto_commit, raise_exception):
        """Send reminders over an open connection, part by part.

        A part that meets a conflict, as with a bounce that comes in, is undone and done again;
        the journal knows what has left of it.

        :param bool auto_commit: whether to commit each part, as the mail queue does
        :raise Exception: what broke the connection; the reminder that it met waits for another
            try, and those behind it are still in the queue
        """
        commit = self.env["ir.cron"]._commit_progress if auto_commit else int
        # Without commits, to undo a part would be to undo what the caller has done before.
        insist = partial(repeat, self.env) if auto_commit else lambda work: work()
        with self._journal() as journal:
            commit(0)  # the facts must be those of now, not those of when the queue was read
            most = size = PART if journal.outlives_process or not auto_commit else 1
            rest, gone, error = self, self.browse(), None
            while rest and not error:
                part = rest[:size].with_prefetch()
                send = partial(part._send_part, connection, journal, commit, raise_exception)
                sent, left_over, error = insist(send)
                done = len(part) - len(left_over)
                gone += sent
                rest = left_over + rest[size:]
                # Whatever there is no time for has been locked and looked at in vain.
                size = min(most, done + done // 10 + 1 if left_over else 2 * done)
            # Deleting takes as many statements for all of them as for each part.
            insist(partial(gone._clear_away, commit))
            if error:
                raise error
            journal.tidy(self._are_settled)

    @contextlib.contextmanager
    def _journal(self):
        """Yield the journal of this process, or what it remembers where none can be kept."""
        folder = os.path.join(tools.config.filestore(self.env.cr.dbname), JOURNALS)
        try:
            journal = Journal(folder)
        except OSError as error:
            _logger.info("Reminders are committed one by one, without a journal: %s", error)
            yield Memory()
            return
        with journal:
            yield journal

    def _are_settled(self, refs):
        """Tell whether none of the mails with these Message-IDs still waits to leave."""
        domain = [("message_id", "in", list(refs)), ("state", "=", "outgoing")]
        # sudo: the queue of outgoing mails belongs to the system
        return not self.sudo().search_count(domain, limit=1)

    def _send_part(self, connection, journal, commit, raise_exception):
        """Send those of these mails that nobody else is sending and that are still wanted.

        :param commit: takes the number of those that this was the last attempt for
        :return: the mails that have left, those that there was no time for, and what the caller has
            to raise, if anything
        :rtype: tuple[mail.mail, mail.mail, Exception | None]
        """
        mails = self.try_lock_for_update().filtered(lambda mail: mail.state == "outgoing")
        known = journal.known()
        sent = mails.filtered(lambda mail: mail.message_id in known)
        wanted = rest = (mails - sent)._leave_out_unwanted()
        end, error = time.monotonic() + PART_SECONDS, None
        with Ahead(
            connection.session, wanted, lambda mail: mail._build_messages(connection)
        ) as ahead:
            for mail in wanted:
                if error or (mail != wanted[0] and time.monotonic() > end):
                    break
                rest -= mail
                has_left, error = mail._try_to_deliver(connection, ahead, raise_exception)
                if has_left:
                    sent += mail
                    if not self._note_in(journal, mail):
                        break  # a commit is all that can remember it
        sent._note_sent()
        if error and rest:
            # Core's queue runs once an hour, and this run of it is over.
            self.env["recovery.driver.email"]._wake()
        commit(len(self) - len(rest))
        journal.clear()
        return sent, rest, error

    @api.model
    def _note_in(self, journal, mail):
        """Note in the journal that a mail has left, and tell whether that could be done."""
        try:
            journal.note(mail.message_id)
        except OSError as error:  # the disk is full, or the share is gone
            _logger.info("Reminder %s is committed by itself: %s", mail.message_id, error)
            return False
        return True

    def _leave_out_unwanted(self):
        """Delete the mails of reminders that must not leave after all, and return the others."""
        # sudo: a user who may send mails may have no right to know about reminders
        unwanted = self.env["recovery.message"].sudo()._drop_unwanted(self._recovery_refs())
        dropped = self.filtered(lambda mail: mail.message_id in unwanted)
        dropped.unlink()
        return self - dropped

    def _try_to_deliver(self, connection, ahead, raise_exception):
        """Send one reminder, or note why it could not be sent.

        :return: whether it has left, and what the caller has to raise, if anything
        :rtype: tuple[bool, Exception | None]
        """
        try:
            self._deliver(connection, ahead.take(self))
        except psycopg2.Error:
            raise  # nothing can be written any more
        except BROKEN_OFF as error:
            self._note_failed(*why_broken_off(error))
            return False, error
        except Exception as error:  # whatever it is, the others must not wait
            if not isinstance(error, REFUSED):
                _logger.exception("Reminder %s met an unexpected error", self.message_id)
            self._note_failed(*why_failed(error))
            return False, error if raise_exception else None
        return True, None

    def _deliver(self, connection, messages):
        """Send the messages of one reminder over an open connection.

        :raise Exception: when the server did not take one, or does not answer any more
        """
        for transport, message in messages:
            transport.send_email(
                message, mail_server_id=self.mail_server_id.id, smtp_session=connection.session
            )

    def _personalize_outgoing_body(self, body, partner=False, doc_to_followers=None):
        """Make no text of reminders as core does: they get one of their own."""
        body = super()._personalize_outgoing_body(body, partner, doc_to_followers=doc_to_followers)
        return Untold(body) if self._recovery_refs() else body

    def _build_messages(self, connection):
        """Build the messages of one reminder as core does it.

        :rtype: list[tuple[ir.mail_server, email.message.EmailMessage]]
        :raise Exception: when one of them cannot be built
        """
        messages = []
        senders = tools.mail.email_split_and_format_normalize(self.email_from) or [self.email_from]
        server = connection.server or self.mail_server_id
        domain = connection.alias_domain
        for email in self._prepare_outgoing_list(mail_server=server):
            context = {}
            if email["email_to"] != email["email_to_normalized"]:
                context["send_validated_to"] = email["email_to_normalized"]
            if domain:
                bounce = email["headers"].get("Return-Path") or domain.bounce_email
                context["domain_notifications_email"] = domain.default_from_email
                context["domain_bounce_address"] = bounce
            email["body"] = str(email["body"])
            email["body_alternative"] = plain_text(email["body"])
            transport = self.env["ir.mail_server"].with_context(**context)
            message = transport._build_email__(
                email_from=senders[0], **{name: email[name] for name in EMAIL_PARTS}, **AS_HTML
            )
            messages.append((transport, message))
        return messages

    def _clear_away(self, commit):
        """Delete mails that have left, but those that somebody else is deleting, or has deleted."""
        if mine := self.try_lock_for_update().with_prefetch():
            mine._postprocess_sent_message([], mine.mapped("email_to"))
            commit(0)

    def _note_sent(self):
        """Note that the mail server has accepted these mails."""
        if self:
            self.write({"state": "sent", "failure_type": False, "failure_reason": False})
            self._tell_reminders()
            _logger.info("%s reminders have been sent", len(self))

    def _note_failed(self, failure_type, words):
        """Note that the mail server has not accepted a mail."""
        _logger.info("Reminder %s has not been sent: %s", self.message_id, words)
        known = self._fields["failure_type"].get_values(self.env)
        on_mail = failure_type if failure_type in known else "unknown"
        self.write({"state": "exception", "failure_type": on_mail, "failure_reason": words})
        self._postprocess_sent_message([], [], words, failure_type)
