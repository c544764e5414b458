"""SMS by eSMS.vn, a gateway in Vietnam.

Source of the protocol: eSMS's own documentation (``SendMultipleMessage_V4_post_json``,
``GetSendStatus``, ``GetBalance_json``, and the unsigned GET on ``CallbackUrl``). Advertising
needs thirty numbers at least, so reminders leave as customer care, SmsType 2, with a template that
the brand name has registered.
"""

import re
from datetime import timedelta

from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from ..tools import http
from .base import (
    DELIVERED,
    LATER,
    REFUSED,
    SENT,
    STOP,
    TEXT,
    UNCERTAIN,
    UNREACHABLE,
    Checked,
    Receipt,
    Report,
    Setting,
)

_lt = LazyTranslate(__name__)

BASE = "https://rest.esms.vn/MainService.svc/json"
CURRENCY = "VND"
CUSTOMER_CARE = "2"
ACCEPTED = "100"
# What the codes mean for a message. What is not among them is refused: somebody reads its words.
CODES = {
    ACCEPTED: SENT,
    # The provider has this very message already, from a call of which nobody heard the end.
    "124": UNCERTAIN,
    "160": LATER,
    **dict.fromkeys(("101", "102", "103", "104", "118", "140", "143"), STOP),
    **dict.fromkeys(("99", "108", "177"), UNREACHABLE),
}
BUSY_FOR = 60.0  # seconds, where nobody says for how long
DONE = 5  # SendStatus
REJECTED = 4
LARGEST = 1e9
ID = re.compile(r"[\w.-]{1,100}", re.ASCII)


class RecoveryDriverEsms(models.AbstractModel):
    """Sends texts by the account of a shop at eSMS, in the name of its brand."""

    _name = "recovery.driver.esms"
    _inherit = "recovery.driver"
    _description = "SMS by eSMS (Vietnam)"

    _title = _lt("eSMS (Vietnam)")
    _address = "phone"
    _kind = "sms"
    _contents = (TEXT,)
    _is_remote = True
    _has_reports = True
    _terms = (
        _lt("eSMS takes only texts that fit a template registered for your brand name."),
        _lt("eSMS charges for each part of a text: 160 letters, or 70 with accents."),
        _lt("Every text ends with a short link by which the buyer stops them."),
    )
    _account_settings = (
        Setting("api_key", _lt("API key"), is_secret=True),
        Setting("secret_key", _lt("Secret key"), is_secret=True),
        Setting("brand", _lt("Brand name"), help=_lt("As it is registered with eSMS.")),
        Setting(
            "sms_type",
            _lt("SMS type"),
            default=CUSTOMER_CARE,
            help=_lt("2 for customer care, unless eSMS has told you another."),
        ),
        Setting("base", _lt("Address"), default=BASE, help=_lt("Where eSMS is called.")),
    )

    def _faults(self, settings):
        if http.is_address(settings["base"]):
            return []
        return [self.env._("Enter an address that begins with https://, without ? and #.")]

    # === Sending ===#

    def _send(self, account, envelopes):
        return [self._send_one(account, envelope) for envelope in envelopes]

    def _send_one(self, account, envelope):
        settings = account.settings
        data = {
            **_keys(settings),
            "Phone": _national(envelope.to),
            "Content": envelope.text,
            "Brandname": settings["brand"],
            "SmsType": settings["sms_type"],
            "IsUnicode": "0" if envelope.text.isascii() else "1",
            "RequestId": envelope.key,
        }
        if account.callback:
            data["CallbackUrl"] = account.callback
        answer = _call(settings, "POST", "SendMultipleMessage_V4_post_json/", data=data)
        if answer.kind != http.ANSWERED:
            return _without_answer(envelope.key, answer)
        return _receipt(envelope.key, answer)

    # === Asking ===#

    def _ask(self, account, asked):
        receipts = (self._ask_one(account, key, ref) for key, ref in asked if ref)
        return [receipt for receipt in receipts if receipt]

    def _ask_one(self, account, key, ref):
        """Ask for a message by the provider's own id, which is the only one it answers to."""
        query = {"RefId": ref, **_keys(account.settings)}
        answer = _call(account.settings, "GET", "GetSendStatus", query=query)
        known = answer.kind == http.ANSWERED and str(answer.data.get("CodeResponse")) == ACCEPTED
        return _told(key, ref, answer.data) if known else None

    # === Reports ===#

    def _verify(self, account, incoming):
        return incoming.method == "GET"  # eSMS signs nothing: its secret address is all

    def _parse(self, account, incoming):
        query = incoming.parameters
        ref, key = query.get("SMSID", ""), query.get("RequestId", "")
        if not any((ref, key)) or not all(ID.fullmatch(one) for one in (ref, key) if one):
            raise ValueError
        counts = [_number(query.get(n)) for n in ("SendStatus", "SendSuccess", "SendFailed")]
        status = _reported(*counts)
        return [
            Report(
                event="/".join([ref or key, *map(str, counts)]),
                status=status,
                ref=ref,
                key=key,
                detail="" if status in (SENT, DELIVERED) else f"eSMS SendStatus {counts[0]:.0f}",
                cost=_number(query.get("TotalPrice")) if counts[0] == DONE else None,
                currency=CURRENCY,
            )
        ]

    # === The account ===#

    def _check(self, account):
        data = _keys(account.settings)
        answer = _call(account.settings, "POST", "GetBalance_json", data=data)
        if answer.kind != http.ANSWERED:
            return Checked(False, answer.detail)
        if str(answer.data.get("CodeResponse")) != ACCEPTED:
            return Checked(False, _words(answer.data))
        balance = answer.data.get("Balance")
        return Checked(True, self.env._("Balance: %(amount)s VND", amount=balance))


def _national(number):
    """Return a number in E.164 as eSMS shows it: a Vietnamese one begins with 0."""
    return f"0{number[3:]}" if number.startswith("+84") else number.removeprefix("+")


def _keys(settings):
    return {"ApiKey": settings["api_key"], "SecretKey": settings["secret_key"]}


def _call(settings, method, path, **content):
    return http.call(method, f"{settings['base'].rstrip('/')}/{path}", **content)


def _without_answer(key, answer):
    """Return what a call means that has brought nothing from eSMS itself.

    What its server fails at, it has not taken.
    """
    if answer.kind == http.UNKNOWN:
        return Receipt(key, UNCERTAIN, detail=answer.detail)
    if answer.kind == http.BUSY or answer.wait is not None:
        return _later(key, answer.wait or BUSY_FOR, answer.detail)
    return Receipt(key, LATER, detail=answer.detail)


def _later(key, seconds, detail):
    until = fields.Datetime.now() + timedelta(seconds=seconds)
    return Receipt(key, LATER, detail=detail, until=until, whole_channel=True)


def _receipt(key, answer):
    data = answer.data
    code = str(data.get("CodeResult") or "")
    ref = str(data.get("SMSID") or "")
    if not code:
        # So it answers to what it blocks. Anything else is no answer to a message.
        status = REFUSED if data.get("error") else UNCERTAIN
        return Receipt(key, status, detail=_words(data) or f"HTTP {answer.status}")
    status = CODES.get(code, REFUSED)
    if status == LATER:
        return _later(key, answer.wait or BUSY_FOR, _words(data))
    return Receipt(key, status, ref=ref, detail="" if status == SENT else _words(data))


def _words(data):
    """Return what eSMS says, with its code, by which its support finds it."""
    code = str(data.get("CodeResult") or data.get("CodeResponse") or "")
    said = str(data.get("ErrorMessage") or data.get("error") or "")[:500]
    return " ".join(filter(None, (f"eSMS {code}".strip(), said)))


def _told(key, ref, data):
    """Return what eSMS knows of a message that it has taken."""
    failed, arrived = _number(data.get("SendFailed")), _number(data.get("SendSuccess"))
    is_done = _number(data.get("SendStatus")) == DONE
    status = UNREACHABLE if is_done and failed and not arrived else SENT
    return Receipt(key, status, ref=ref, cost=_number(data.get("TotalPrice")), currency=CURRENCY)


def _reported(state, arrived, failed):
    """Return what the numbers of a report mean, for the one number that a text goes to."""
    if state is None:
        raise ValueError
    if state == REJECTED:
        return REFUSED
    if state == DONE and arrived:
        return DELIVERED
    return UNREACHABLE if state == DONE and failed else SENT


def _number(value):
    """Return a number of a report, None for what is none: it comes from outside."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < LARGEST else None
