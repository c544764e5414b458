"""What will become of messages that wait, if nothing changes? By the rules of those who send."""

from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from . import eligibility
from .law import is_too_late
from .schedule import Window, local_day, next_chance, opens_at

# Obstacles that end by themselves, at a moment that is known: then the message is asked about anew.
PASSING = ("daily_limit", "quiet_hours", "day_off", "country_hours", "country_limit")
# Why a message was put off to the time at which it is due now: the facts do not tell it any more.
PUT_OFF = (
    *("quiet_hours", "day_off", "country_hours", "country_limit", "server"),
    *("channel_held", "channel_stopped", "provider_busy"),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not left, with all that decides about it."""

    facts: eligibility.Facts  # of now
    due_at: datetime
    planned_at: datetime  # when it was to leave, before anything has held it
    held_for: str  # the reason that is noted, or ""
    marks: frozenset[str]  # under what its customer is noted, as in `tools.contact`
    rivals: frozenset[str]
    window: Window  # of its channel, for the buyer's country
    tz: str  # of the buyer
    shop_tz: str  # by which the customer's days are counted


class Outlook(NamedTuple):
    """What becomes of one message: it is sent, sent later than planned, or not at all."""

    action: str  # as of `eligibility.Verdict`
    reason: str
    at: datetime | None  # when it is, or was, to leave; None when it is not
    holder: object = None  # of "daily_limit": which message has the customer's day


def foresee(waiting, taken, now, awake_since=None):
    """Tell what becomes of messages, the one that leaves first taking the customer's day.

    :param dict waiting: `Waiting` by whatever identifies the messages, in an order of their own
    :param dict taken: what holds a customer's day already, by mark and day
    :param datetime now: the moment of the facts, UTC
    :param datetime | None awake_since: as of `is_stale`
    :rtype: dict[object, Outlook]
    """
    taken, outlooks, put_off = dict(taken), {}, {}
    leaving = eligibility.Leaving()  # but for days, which are in `taken`
    queue = [(max(one.due_at, now), ref) for ref, one in waiting.items()]
    heapify(queue)
    while queue:
        at, ref = heappop(queue)
        one = waiting[ref]
        day = local_day(at, one.shop_tz)
        holder = _holder(one, ref, taken, day)
        now_known = replace(one, facts=eligibility.beside(leaving, one.facts, rivals=()))
        facts = _facts_at(now_known, at, holder is not None, awake_since)
        verdict = eligibility.verdict(facts, at)
        if verdict.reason in PASSING:  # never for longer than a day, but for a closed channel
            put_off.setdefault(ref, (verdict.reason, holder))
            heappush(queue, (verdict.until, ref))
            continue
        if verdict.action == eligibility.SEND:
            taken.update({(mark, day): ref for mark in one.marks if (mark, day) not in taken})
            eligibility.note_leaving(leaving, ref, facts, (), at)
        outlooks[ref] = _outlook(one, verdict, at, now, put_off.get(ref) or _noted(one))
    return outlooks


def _holder(one, ref, taken, day):
    """Return which other message has the customer's day."""
    holders = (taken.get((mark, day), ref) for mark in sorted(one.rivals))
    return next((holder for holder in holders if holder != ref), None)


def _facts_at(one, at, is_taken, awake_since):
    """Return the facts of now as they are at the moment `at`, if nothing but the time changes."""
    opening, closed_because = opens_at(at, one.window, one.tz)
    return replace(
        one.facts,
        reminded_today=is_taken,
        tomorrow_at=next_chance(one.planned_at, at, one.shop_tz),
        opens_at=opening,
        closed_because=closed_because,
        too_late=is_too_late(
            one.planned_at,
            at,
            one.window,
            one.tz,
            awake_since,
            one.facts.limit,
            [sent_at for _ref, sent_at in one.facts.sent_lately],
        ),
    )


def _noted(one):
    """Return what has put a message off to its time, and who holds the customer's day."""
    is_put_off = one.held_for in PUT_OFF
    is_limited = one.held_for == "daily_limit" and one.facts.reminded_today
    return (one.held_for, None) if is_put_off or is_limited else None


def _outlook(one, verdict, at, now, put_off):
    if verdict.action == eligibility.SKIP:
        return Outlook(eligibility.SKIP, verdict.reason, None)
    if verdict.action == eligibility.DEFER:  # asked again and again until it has passed
        return Outlook(eligibility.DEFER, verdict.reason, at if at > now else verdict.until)
    if put_off:
        reason, holder = put_off
        return Outlook(eligibility.DEFER, reason, at, holder)
    return Outlook(eligibility.SEND, "", one.due_at)
