"""What a channel driver is: envelopes in, receipts out.

A driver knows one way to reach a person. It never sees a cart, a customer record or a
campaign, and it never touches our tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from odoo import models


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
    """A way to reach people. Inherit it in a model of your own to add a channel."""

    _name = "recovery.driver"
    _description = "Channel Driver"

    _title = ""
    _address = "email"  # which contact detail of the buyer it needs: "email" or "phone"
    _keeps_texts = False  # whether what is queued can be read there until it has left

    def _send(self, account: Account, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """Hand over every envelope and return one receipt for each, in the same order."""
        raise NotImplementedError
