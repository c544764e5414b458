"""May we write to this buyer now? Answers with a reason, in one place, for every sender."""

from dataclasses import dataclass
from datetime import datetime, timedelta

RECHECK_PAYMENT = timedelta(hours=1)
# A buyer who was sent to a bank this long ago may still be there.
PAYMENT_STARTED = timedelta(hours=1)

SEND = "send"
SKIP = "skip"
DEFER = "defer"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a cart, its buyer and the reminder, at one moment."""

    reminders_on: bool  # the website still exists and its campaign still runs
    cart_exists: bool
    cart_open: bool  # neither placed nor cancelled
    has_products: bool  # at least one line with a product
    has_sellable_products: bool  # at least one of them is not archived
    address: str  # where the channel would send it; "" when there is none
    bought_since: bool  # the same person placed an order since the last activity
    payment: str  # "none", "started" (the buyer may be at the bank) or "on_its_way"
    activity_at: datetime | None  # the buyer's last change, now
    planned_for: datetime  # the buyer's last change when the reminder was planned


@dataclass(frozen=True, slots=True)
class Verdict:
    """Send, skip or defer; with the code of the reason, and until when for a deferral."""

    action: str
    reason: str = ""
    until: datetime | None = None


# In the order in which a person would ask: the first that holds is the one to show.
_REASONS_TO_SKIP = (
    ("bought", lambda facts: facts.bought_since),
    ("cart_gone", lambda facts: not facts.cart_exists),
    ("emptied", lambda facts: not facts.has_products),
    ("cart_closed", lambda facts: not facts.cart_open),
    ("archived_products", lambda facts: not facts.has_sellable_products),
    ("reminders_off", lambda facts: not facts.reminders_on),
    ("no_address", lambda facts: not facts.address),
)


def verdict(facts, now):
    """Decide about one reminder.

    :param Facts facts: what is true at the moment of sending, read under lock
    :param datetime now: UTC
    :rtype: Verdict
    """
    for reason, holds in _REASONS_TO_SKIP:
        if holds(facts):
            return Verdict(SKIP, reason)
    if facts.payment != "none":
        return Verdict(DEFER, "payment_in_progress", now + RECHECK_PAYMENT)
    if facts.activity_at and facts.activity_at > facts.planned_for:
        # Planned anew, with the right address and language, once the cart is idle again.
        return Verdict(SKIP, "cart_changed")
    return Verdict(SEND)
