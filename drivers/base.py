"""What a channel driver is: envelopes in, receipts out, and verbs for what waits in its queue.

A driver knows one way to reach a person. It never sees a cart, a customer record or a
campaign, and it never touches our tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from odoo import models
from odoo.tools import SQL

# Why something did not leave, in words that hold for every way to send.
BAD_ADDRESS = "bad_address"  # nobody is reached there
TOO_LARGE = "too_large"  # it does not shrink by waiting
LATER = "later"  # whatever else: another try may do


@dataclass(frozen=True, slots=True)
class Account:
    """Who sends: what a connected account of a channel consists of."""

    sender: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message, ready to leave."""

    key: str  # idempotency key: the provider must not deliver it twice
    to: str  # the bare address of the channel: an e-mail address, a phone number in E.164
    subject: str = ""
    html: str = ""
    sender: str = ""  # the account's own sender wins
    reply_to: str = ""
    attachment_ids: tuple[int, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    transport_id: int = 0  # Odoo's outgoing mail server, 0 to let Odoo choose
    company_id: int = 0  # in whose name it leaves
    alias_domain_id: int = 0  # the mail domain of that company, 0 when it has none
    is_trial: bool = False  # nobody asks what becomes of it


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one envelope.

    ``queued``: handed to a queue that will report; ``sent``: accepted by the provider;
    ``failed``: refused for good, ``detail`` holds the provider's words.
    """

    key: str
    status: str
    ref: str = ""  # the provider's own id
    detail: str = ""


class RecoveryDriver(models.AbstractModel):
    """A way to reach people. Inherit it in a model of your own to add a channel.

    Only `_send` must be there. The other verbs are for a driver with a queue of its own; what they
    get are the references of its receipts, among those of other drivers, which it does not know.
    """

    _name = "recovery.driver"
    _description = "Channel Driver"

    _title = ""
    _address = "email"  # which contact detail of the buyer it needs: "email" or "phone"
    _kind = ""  # what the laws of countries call it: "email", "sms", "chat", or none of these
    _queue = None  # the model and domain of what waits there, to be shown to administrators
    _terms = ()  # sentences that somebody should know who is about to send by it

    def _send(self, account: Account, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """Hand over every envelope and return one receipt for each, in the same order."""
        raise NotImplementedError

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
