"""May we write to this buyer now? Answers with a reason, in one place, for every sender."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .law import free_at

RECHECK_PAYMENT = timedelta(hours=1)
# Stock comes back at any time; the buyer should hear of it soon.
RECHECK_STOCK = timedelta(hours=1)
RECHECK_CART = timedelta(hours=1)

SEND = "send"
SKIP = "skip"
DEFER = "defer"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a cart, its buyer and the reminder, at one moment."""

    by_hand: bool  # a person sends it: rules of automatic reminders do not apply
    reminders_on: bool  # website and channel are there, and the campaign runs if it is one's
    made_by: str  # "staff" or "robot"; "" for a customer
    cart_exists: bool
    cart_open: bool  # neither placed nor cancelled
    has_products: bool  # at least one line with a product
    has_sellable_products: bool  # at least one of them is still in the shop
    is_sold_out: bool  # none of those can be had now
    buyer_is_gone: bool  # the contact is archived, as when an account was deleted
    address: str  # where the channel would send it; "" when there is none
    opted_out: bool  # the address is on a blacklist
    address_bounces: bool  # a mail to it came back, and nothing has come from it since
    stopped: bool  # no more reminders of this cart, said the buyer
    consent_declined: bool  # the buyer has asked for no reminders
    consent_missing: bool  # the website asks for it, and the buyer has not given it
    has_newer_cart: bool  # the same person has left another one on this website since
    other_cart: str  # "", or "filled" or "paid": what the same person is at in another one there
    below_minimum: bool  # the amount is not worth a reminder
    bought_since: bool  # the same person placed an order since the last activity
    payment: str  # "none", or "expected": money has come, is on its way or may still come
    closes_at: datetime | None  # from then on it counts as closed, if nobody changes it
    activity_at: datetime | None  # the last change of the cart, now
    changed_by_staff: bool  # it was a colleague's, not the buyer's
    planned_for: datetime  # the buyer's last change when the reminder was planned
    too_late: bool  # it should have left more than a day ago, whatever has held it since
    reminded_today: bool  # the same person has got, or is getting, a message today
    tomorrow_at: datetime  # when it can leave on the next day, as days are counted for that
    opens_at: datetime  # the first moment from now on at which the channel may be used
    closed_because: str  # "", "quiet_hours", "day_off" or "country_hours": why that is not now
    limit: int = 0  # to one address within 24 hours, by the law of the buyer's country; 0: none
    sent_lately: frozenset[tuple[int, datetime]] = frozenset()  # to this one: which, and when


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
    ("staff", lambda facts: facts.made_by == "staff"),
    ("robot", lambda facts: facts.made_by == "robot"),
    ("contact_archived", lambda facts: facts.buyer_is_gone),
    ("no_address", lambda facts: not facts.address),
    ("opted_out", lambda facts: facts.opted_out),
    ("stopped", lambda facts: facts.stopped),
    ("bounced", lambda facts: facts.address_bounces),
    ("declined", lambda facts: facts.consent_declined),
    ("no_consent", lambda facts: facts.consent_missing),
    ("reminders_off", lambda facts: not facts.reminders_on),
    # Who sends by hand chooses the cart, and whether it is worth a message.
    ("newer_cart", lambda facts: not facts.by_hand and facts.has_newer_cart),
    ("below_minimum", lambda facts: not facts.by_hand and facts.below_minimum),
    # A campaign waits for stock; a person who sends by hand sees it.
    ("sold_out", lambda facts: facts.by_hand and facts.is_sold_out),
)


def verdict(facts, now):
    """Decide about one message.

    :param Facts facts: what is true at the moment of sending, read under lock
    :param datetime now: UTC
    :rtype: Verdict
    """
    for reason, holds in _REASONS_TO_SKIP:
        if holds(facts):
            return Verdict(SKIP, reason)
    has_changed = not facts.by_hand and facts.activity_at and facts.activity_at > facts.planned_for
    if has_changed and facts.payment == "none":
        # Planned anew, with the right address and language, once the cart is idle again.
        return Verdict(SKIP, "cart_edited" if facts.changed_by_staff else "cart_changed")
    if facts.closes_at and facts.closes_at <= now:
        return Verdict(SKIP, "cart_closed")
    if facts.too_late:  # before all that could hold it: nothing holds it for more than a day
        return Verdict(SKIP, "stale")
    return _defer(facts, now) or Verdict(SEND)


def _defer(facts, now):
    """Return until when a message that may leave has to wait, None when it need not."""
    if facts.payment != "none" or facts.other_cart == "paid":
        return Verdict(DEFER, "payment_in_progress", now + RECHECK_PAYMENT)
    if facts.other_cart and not facts.by_hand:
        return Verdict(DEFER, "shopping", now + RECHECK_CART)
    if facts.is_sold_out:
        return Verdict(DEFER, "sold_out", now + RECHECK_STOCK)
    if facts.reminded_today:
        return Verdict(DEFER, "daily_limit", facts.tomorrow_at)
    allowed_at = free_at((at for _ref, at in facts.sent_lately), facts.limit, now)
    if allowed_at > now:
        return Verdict(DEFER, "country_limit", allowed_at)
    if facts.opens_at > now:
        return Verdict(DEFER, facts.closed_because, facts.opens_at)
    return None


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves together, as far as others that are asked about with it have to know."""

    marks: set = field(default_factory=set)  # of customers, as in `tools.contact`
    sent: dict = field(default_factory=lambda: defaultdict(set))  # by address, where it is limited


def beside(leaving, facts, rivals):
    """Return the facts about a message, beside what leaves already.

    :param Leaving leaving: what was noted so far
    :param Facts facts: as if nothing else left
    :param rivals: under what the same customer may be noted
    :rtype: Facts
    """
    if not leaving.marks.isdisjoint(rivals):
        facts = replace(facts, reminded_today=True)
    if sent := facts.limit and leaving.sent[facts.address]:
        facts = replace(facts, sent_lately=facts.sent_lately | sent)
    return facts


def note_leaving(leaving, ref, facts, marks, at):
    """Note a message that leaves at the moment `at`, for the customer with these marks."""
    leaving.marks.update(marks)
    if facts.limit:
        leaving.sent[facts.address].add((ref, at))
