"""What would have become of a reminder in the past? By the facts of now, put back in time."""

from dataclasses import dataclass, replace
from datetime import datetime

# What was true of a cart for as long as its buyer had not placed, emptied or lost it.
_WHILE_OPEN = {
    "cart_exists": True,
    "cart_open": True,
    "has_products": True,
    "has_sellable_products": True,
    "is_sold_out": False,
    "bought_since": False,
    "payment": "none",
}


@dataclass(frozen=True, slots=True)
class After:
    """What came after a cart had been left; None for what has not come."""

    closed_at: datetime | None  # it was placed, emptied or given up
    newer_at: datetime | None  # the same person left another cart there


def facts_at(facts, after, at):
    """Return the facts about a cart as they were at an earlier moment, as far as anybody knows.

    What has no date stays as it is now: blacklists, answers about consent, stock, prices.

    :param eligibility.Facts facts: of now
    :param After after: what came after the cart had been left
    :param datetime at: the moment, UTC
    :rtype: eligibility.Facts
    """
    then = {
        "reminders_on": True,  # that is what is asked about
        "has_newer_cart": bool(after.newer_at and after.newer_at <= at),
        "other_cart": "",  # nobody knows what the person was at by then
    }
    if after.closed_at and after.closed_at > at:
        then |= _WHILE_OPEN
    return replace(facts, **then)
