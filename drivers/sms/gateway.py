"""What a gateway says of a text, in words that hold for every way to send."""

from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from ..base import DELIVERED, LATER, REFUSED, SENT, STOP, UNREACHABLE

# The states of `sms.sms` that say where a text has got.
STATES = {"process": SENT, "pending": SENT, "sent": DELIVERED}
# Its types of failures, Twilio's included. What is none of these is refused.
FAILURES = {
    **dict.fromkeys(
        (
            *("sms_number_missing", "sms_number_format", "sms_country_not_supported"),
            *("sms_blacklist", "sms_optout", "twilio_from_to"),
            *("sms_expired", "sms_not_delivered"),
            *("sms_invalid_destination", "sms_not_allowed", "sms_rejected"),
        ),
        UNREACHABLE,
    ),
    **dict.fromkeys(
        (
            *("sms_credit", "sms_acc", "sms_registration_needed"),
            *("twilio_authentication", "twilio_callback", "twilio_from_missing"),
        ),
        STOP,
    ),
    "sms_server": LATER,
}


def kind_of(state, failure_type):
    """Return what a text has come to, "" while nothing is known.

    :param str state: as on `sms.sms`
    :param str failure_type: as there, or as in a report
    """
    if state == "error":
        return FAILURES.get(failure_type, REFUSED)
    return STATES.get(state, "")


def has_surely_not_left(error):
    """Tell whether an error has come before the gateway could hear of anything.

    Odoo raises an error of its own in place of that of the connection.
    """
    while error:
        if isinstance(error, ConnectTimeout):
            return True
        reason = error.args and getattr(error.args[0], "reason", None)
        if isinstance(error, NoConnection) and isinstance(reason, NewConnectionError):
            return True
        error = error.__cause__ or error.__context__
    return False
