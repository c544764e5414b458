"""What a channel driver is: envelopes in, receipts and reports out, verbs for what waits.

A driver knows one way to reach a person. It never sees a cart, a customer record or a
campaign, and it never touches our tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from odoo import models
from odoo.tools import SQL
from odoo.tools.translate import LazyGettext

# Why something did not leave a queue, in words that hold for every way to send.
BAD_ADDRESS = "bad_address"  # nobody is reached there
TOO_LARGE = "too_large"  # it does not shrink by waiting

# What an envelope holds, and what a driver can send.
MAIL, TEXT, TEMPLATE = "mail", "text", "template"

# What became of an envelope: see `Receipt`.
QUEUED = "queued"
SENT = "sent"
LATER = "later"
UNREACHABLE = "unreachable"
REFUSED = "refused"
UNCERTAIN = "uncertain"
REFRESH = "refresh"
STOP = "stop"

# What is reported of it afterwards, beside some of the above: see `Report`.
DELIVERED = "delivered"
SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Account:
    """Who sends: what a connected account of a channel consists of."""

    sender: str = ""
    # By the names of what the driver asks for in `_account_settings`. Never shown: secrets.
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    callback: str = field(default="", repr=False)  # where the provider may report, a secret too


@dataclass(frozen=True, slots=True)
class Setting:
    """What a driver must know of an account, or may."""

    name: str
    label: str | LazyGettext
    is_secret: bool = False  # shown to nobody, not even where it was entered
    is_required: bool = True
    default: str = ""
    help: str | LazyGettext = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a provider says of an account that was tested."""

    is_fine: bool
    detail: str = ""  # the balance, or what is wrong, in the provider's words


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message, ready to leave, with content of one kind."""

    key: str  # idempotency key: the provider must not deliver it twice
    to: str  # the bare address of the channel: an e-mail address, a phone number in E.164
    kind: str = MAIL
    company_id: int = 0  # in whose name it leaves
    is_trial: bool = False  # nobody asks what becomes of it
    # A mail.
    subject: str = ""
    html: str = ""
    sender: str = ""  # the account's own sender wins
    reply_to: str = ""
    attachment_ids: tuple[int, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    transport_id: int = 0  # Odoo's outgoing mail server, 0 to let Odoo choose
    alias_domain_id: int = 0  # the mail domain of that company, 0 when it has none
    # A text.
    text: str = ""
    # A template that the provider keeps, and what it is filled with.
    template: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    lang: str = ""  # code of the language of the words, such as ``vi_VN``


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one envelope.

    ``queued``: handed to a queue that will report; ``sent``: accepted by the provider;
    ``later``: not now, but ``until`` a moment, or after a while that grows where none is given;
    ``unreachable``: this person is not reached this way; ``refused``: these words are not taken
    until somebody mends them; ``uncertain``: nobody knows whether it has been accepted, and it must
    not be sent again by itself; ``refresh``: the account must prove itself anew, and this envelope
    can be sent again then; ``stop``: the account can send nothing until somebody sees to it.
    """

    key: str
    status: str
    ref: str = ""  # the provider's own id
    detail: str = ""  # the provider's words, without secrets
    until: datetime | None = None  # UTC
    whole_channel: bool = False  # `later` holds for all that the account would send
    cost: float | None = None  # None where the provider does not say
    currency: str = ""  # its code, such as ``VND``
    units: float = 1.0  # how many messages, or credits, it counts as where it has no cost


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider tells of one envelope after its answer, or before it.

    :attr status: `SENT`, `DELIVERED`, `SEEN`, `UNREACHABLE`, `REFUSED`, `UNCERTAIN`
    """

    event: str  # the provider's id of this very event: what comes again with it counts once
    status: str
    ref: str = ""  # the provider's id of the message, or
    key: str = ""  # our own
    at: datetime | None = None  # UTC; None for now
    detail: str = ""
    cost: float | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What has come to the address where a provider reports, as it came."""

    method: str
    parameters: Mapping[str, str] = field(repr=False)  # of the address
    headers: Mapping[str, str] = field(repr=False)  # by their names in small letters
    body: bytes = field(repr=False)


class RecoveryDriver(models.AbstractModel):
    """A way to reach people. Inherit it in a model of your own to add a channel.

    Only `_send` must be there. `_wake` and those that follow it are for a driver with a queue of
    its own; what they get are the references of its receipts, among those of other drivers, which
    it does not know.
    """

    _name = "recovery.driver"
    _description = "Channel Driver"

    _title = ""
    _address = "email"  # which contact detail of the buyer it needs: "email" or "phone"
    _kind = ""  # what the laws of countries call it: "email", "sms", "chat", or none of these
    _contents = (MAIL,)  # what it can send, the best first
    _queue = None  # the model and domain of what waits there, to be shown to administrators
    _terms = ()  # sentences that somebody should know who is about to send by it
    _has_reports = False  # whether its provider calls us: see `_verify` and `_parse`
    _account_settings = ()  # `Setting`s: without those that are required, nothing can be sent

    # A driver that calls a provider over the network: its `_send` gets one envelope at a time, in
    # several threads at once, while no transaction is open. It must not touch the database, and
    # `self.env` is of no use there. What it raises makes the envelope `uncertain`.
    _is_remote = False
    _rate = 0.0  # calls a second, 0 for as many as there are threads
    _at_once = 16  # threads

    def _send(self, account: Account, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """Hand over every envelope and return one receipt for each, in the same order."""
        raise NotImplementedError

    def _ask(self, account: Account, asked: Sequence[tuple[str, str]]) -> list[Receipt]:
        """Ask what became of envelopes that nobody knows about; called as `_send` is.

        :param asked: the key and the reference of each, the latter "" where there is none
        :return: a receipt for those that the provider knows; of the others, nobody will know
        """
        return []

    def _check(self, account: Account) -> Checked | None:
        """Ask the provider about an account, and send nothing; None where that cannot be done."""
        return None

    def _verify(self, account: Account, incoming: Incoming) -> bool:
        """Tell whether something is really of the provider, by its raw body, before it is read.

        Compare signatures in constant time. Where a provider does not sign, its secret address,
        which it has been sent to, is all that there is.
        """
        return False

    def _parse(self, account: Account, incoming: Incoming) -> list[Report]:
        """Return what is reported.

        :raise ValueError: when it is no report
        """
        return []

    def _faults(self, settings: Mapping[str, str]) -> list[str]:
        """Return what is wrong with settings that were entered, in whole sentences."""
        return []

    def _is_ready(self) -> bool:
        """Tell whether there is anything by which it could send."""
        return True

    def _price(self, account: Account) -> tuple[float, str]:
        """Return what one message costs and in which currency, as far as that is known before.

        Nothing, unless somebody is paid by the message.
        """
        return 0.0, ""

    def _wake(self) -> None:
        """Let the queue run as soon as this transaction has been committed."""

    def _take_back(self, refs: Sequence[str]) -> tuple[set[str], set[str]]:
        """Delete what has not left yet and what nobody is sending at this moment; tell nobody.

        :return: the references of what was deleted, and of what has left or is leaving
        """
        return set(), set()

    def _forget(self, refs: Sequence[str]) -> None:
        """Delete whatever the queue still holds of these, also what has left or failed."""

    def _queued_texts(self) -> SQL | None:
        """Return a query for `ref` and `text` of what waits, None when a queue keeps no texts.

        With texts in the queue, ours stay empty until the messages have left.
        """
        return None
