"""What can go wrong between Odoo and a mail server, told apart as Odoo's own mail queue does."""

import re
import smtplib

from odoo.tools import exception_to_unicode

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from ...tools import bounces
from ..base import BAD_ADDRESS, LATER, TOO_LARGE

MEMORY = "memory"  # not one of Odoo's failure types: the mail did not even fit into our memory
# After one of these, nothing more can be sent over the same connection.
BROKEN_OFF = (smtplib.SMTPServerDisconnected, MemoryError)
# The server, or Odoo on its behalf, does not take this mail: nothing is wrong with the program.
REFUSED = (AssertionError, MailDeliveryException)
# RFC 5321 and 3463: the message exceeds a size limit.
SAYS_TOO_LARGE = re.compile(r"\b552\b|\b5\.[23]\.4\b")
# RFC 2034: the status at the beginning of a server's words.
STATUS = re.compile(rb"\s*(5\.\d{1,3}\.\d{1,3})\b")


def why_broken_off(error):
    """Return the type of the failure that ended the connection, and its words."""
    failure_type = MEMORY if isinstance(error, MemoryError) else "mail_smtp"
    return failure_type, str(error) or type(error).__name__


def why_failed(error):
    """Return the type of a failure that concerns one mail, as core tells them apart, and its words.

    Core raises assertions whose first argument says which one it is.
    """
    code = error.args[0] if isinstance(error, AssertionError) and error.args else ""
    words = exception_to_unicode(error)
    if code == IrMail_Server.NO_VALID_RECIPIENT or _refuses_address(error):
        return "mail_email_invalid", words
    if code == IrMail_Server.NO_VALID_FROM:
        return "mail_from_invalid", str(error.args[-1])
    if code in (IrMail_Server.NO_FOUND_FROM, IrMail_Server.NO_FOUND_SMTP_FROM):
        return "mail_from_missing", code
    if isinstance(error, MailDeliveryException) and "OutboundSpamException" in str(error):
        return "mail_spam", words
    return "unknown", words


def _refuses_address(error):
    """Tell whether the server says that the recipients' addresses are of no use.

    A reply without a status may as well be about the sender, whom our own relay does not know.
    """
    cause = error.__cause__ or error.__context__  # core raises an error of its own instead
    if not isinstance(cause, smtplib.SMTPRecipientsRefused):
        return False
    found = [STATUS.match(words) for _code, words in cause.recipients.values()]
    return all(status and bounces.is_of_no_use(status[1].decode()) for status in found)


def kind_of(failure_type, words):
    """Return which of the failures that all drivers know this is.

    :param str failure_type: as on `mail.mail`, or `MEMORY`
    :param str words: of the mail server
    """
    if failure_type in ("mail_email_invalid", "mail_email_missing"):
        return BAD_ADDRESS
    if failure_type == MEMORY or SAYS_TOO_LARGE.search(words or ""):
        return TOO_LARGE
    return LATER
