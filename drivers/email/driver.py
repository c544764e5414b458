import socket
from functools import lru_cache

import idna

from odoo import models
from odoo.tools import SQL, config
from odoo.tools.mail import email_domain_extract, formataddr
from odoo.tools.translate import LazyTranslate

from ..base import Receipt

_lt = LazyTranslate(__name__)

# Marks the Message-ID of our mails, so that the result of any other mail costs no query.
MESSAGE_ID_MARK = "-recovery@"
# How long to wait for a mail server on this very machine, in seconds.
PATIENCE = 1


def on_the_wire(address):
    """Return an address as Odoo's own encoder writes it for a mail server, in ASCII.

    Odoo's queue compares what it encodes with what it was given. It would refuse a domain in any
    other spelling; what cannot be encoded it refuses with its own words.
    """
    try:
        return formataddr(("", address), charset="ascii")
    except idna.IDNAError:
        return address


@lru_cache(maxsize=256)
def domain_of(sender):
    """Return the domain of who sends, in ASCII, as the right side of a Message-ID.

    Spam filters look for a sender's own there (RFC 5322, 3.6.4 recommends it).
    """
    return on_the_wire(f"@{email_domain_extract(sender) or 'odoo'}")[1:]


class RecoveryDriverEmail(models.AbstractModel):
    """Puts mails into Odoo's own queue, which sends them and reports what became of them."""

    _name = "recovery.driver.email"
    _inherit = "recovery.driver"
    _description = "E-mail through Odoo's outgoing mail servers"

    _title = _lt("E-mail")
    _kind = "email"
    _queue = ("mail.mail", [("state", "!=", "sent")])
    _terms = (_lt("Each e-mail has a link by which its reader unsubscribes."),)

    def _send(self, account, envelopes):
        values = [self._prepare_mail_vals(account, envelope) for envelope in envelopes]
        # sudo: the queue of outgoing mails belongs to the system
        mails = self.env["mail.mail"].sudo().create(values)
        # Their texts would stay in memory until the commit.
        mails.flush_recordset()
        mails.invalidate_recordset(["body_html"], flush=False)
        return [
            Receipt(envelope.key, "queued", ref=vals["message_id"])
            for envelope, vals in zip(envelopes, values, strict=True)
        ]

    def _prepare_mail_vals(self, account, envelope):
        sender = account.sender or envelope.sender
        mark = "-trial@" if envelope.is_trial else MESSAGE_ID_MARK
        vals = {
            "message_type": "email_outgoing",
            # The same key makes the same Message-ID: should a crash send one mail twice,
            # mail clients show it once.
            "message_id": f"<{envelope.key}{mark}{domain_of(sender)}>",
            "subject": envelope.subject,
            "body_html": envelope.html,
            "email_from": sender,
            "reply_to": envelope.reply_to or sender,
            "email_to": on_the_wire(envelope.to),
            "headers": repr(envelope.headers) if envelope.headers else False,
            # The rendered text stays in our own log; Odoo's copy goes once it has left.
            "auto_delete": True,
            "author_id": False,
            # Else the queue, which runs as root, sends and collects bounces in the name of the
            # first company.
            "record_company_id": envelope.company_id or False,
            "record_alias_domain_id": envelope.alias_domain_id or False,
        }
        if envelope.transport_id:
            vals["mail_server_id"] = envelope.transport_id
        if envelope.attachment_ids:
            vals["attachment_ids"] = [(4, attachment) for attachment in envelope.attachment_ids]
        return vals

    def _is_ready(self):
        # sudo: who looks whether all is well need not see mail servers
        servers = self.env["ir.mail_server"].sudo()
        if servers._disable_send() or servers.search_count([], limit=1):
            return True
        host, port = config.get("smtp_server"), config.get("smtp_port") or 25
        if host not in ("localhost", "127.0.0.1", "::1"):
            return bool(host)  # somebody has entered it
        try:
            with socket.create_connection((host, port), PATIENCE):
                return True
        except OSError:
            return False

    # === What waits ===#

    def _wake(self):
        # Core runs the queue once an hour: "at 08:00" must not mean 08:59.
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _take_back(self, refs):
        mails = self._mails(refs)
        waiting = mails.filtered(lambda mail: mail.state != "sent").try_lock_for_update()
        taken, leaving = (set(each.mapped("message_id")) for each in (waiting, mails - waiting))
        # The message takes its mail along. Deleting the mail would be reported as if somebody had
        # removed it from the queue.
        waiting.mail_message_id.unlink()
        return taken, leaving

    def _forget(self, refs):
        self._mails(refs).try_lock_for_update().unlink()

    def _mails(self, refs):
        """Return the mails with these Message-IDs."""
        # sudo: the queue of outgoing mails belongs to the system
        mails = self.env["mail.mail"].sudo()
        ours = [ref for ref in refs if MESSAGE_ID_MARK in ref]
        return mails.search_fetch([("message_id", "in", ours)], ["state"]) if ours else mails

    def _queued_texts(self):
        self.env["mail.mail"].flush_model(["body_html", "mail_message_id"])
        self.env["mail.message"].flush_model(["message_id"])
        return SQL(
            """SELECT head.message_id AS ref, mail.body_html AS text
                 FROM mail_message head
                 JOIN mail_mail mail ON mail.mail_message_id = head.id"""
        )
