"""What the law of a country says about messages of one kind, beside what a channel allows."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from .schedule import (
    EVERY_DAY,
    LEEWAY,
    STALE_AFTER,
    Window,
    is_always_lawful,
    is_stale,
    minutes,
    opens_at,
)

SUNDAY = 6
# In which a limit counts.
SPAN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Law:
    """When messages of one kind may be sent to a country, how many, and what they begin with."""

    from_hour: float = 0.0  # on the clock of whoever gets them
    to_hour: float = 24.0
    on_sundays: bool = True
    limit: int = 0  # to one address within 24 hours; 0: any number
    label: str = ""


class Windows(NamedTuple):
    """When a channel may be used, by the code of the buyer's country."""

    own: Window  # where no country has a say
    by_country: dict[str, Window]


def has_hours(law):
    """Tell whether there are times at which nobody may write."""
    return law.from_hour > 0 or law.to_hour < 24 or not law.on_sundays


def narrowed(window, law):
    """Return when a channel may be used in a country: by its own rules and by the country's.

    Where the two leave no time at all, the channel's own rule gives way.

    :param Window window: of the channel
    :param Law law: of the country
    :rtype: Window
    """
    days = EVERY_DAY if law.on_sundays else EVERY_DAY - {SUNDAY}
    if _leaves_no_hour(window, law):
        window = Window(0.0, 0.0, window.weekdays, window.days_off)
    if window.weekdays and not window.weekdays & days:
        window = replace(window, weekdays=EVERY_DAY)
    return replace(
        window, lawful_from=law.from_hour, lawful_to=law.to_hour, lawful_days=frozenset(days)
    )


def is_too_late(planned_at, now, window, tz, awake_since=None, limit=0, sent=()):
    """Tell whether a message comes too late, as `is_stale` does, but never for a law's sake.

    When a law forbids the last chance before it would be too late, the first one that it allows
    afterwards is the last chance.

    :param Window window: of its channel, for its buyer's country
    :param str tz: name of the buyer's time zone
    :param int limit: as of `free_at`
    :param sent: as of `free_at`
    """
    if not is_stale(planned_at, now, awake_since):
        return False
    if awake_since and planned_at < awake_since:
        return True
    chance = free_at(sent, limit, planned_at + STALE_AFTER - LEEWAY)
    if not is_always_lawful(window):
        chance, _reason = opens_at(chance, window, tz)
    return now > chance + LEEWAY


def free_at(sent, limit, now):
    """Return when another message may be sent to an address, from `now` on.

    :param sent: when messages were sent to it
    :param int limit: how many may be sent within 24 hours, 0 for any number
    :param datetime now: UTC
    :rtype: datetime
    """
    lately = sorted((at for at in sent if at > now - SPAN), reverse=True)
    return lately[limit - 1] + SPAN if 0 < limit <= len(lately) else now


def _leaves_no_hour(window, law):
    """Tell whether a channel is quiet in all hours that the country allows."""
    first, last = minutes(law.from_hour), minutes(law.to_hour)
    start, end = minutes(window.quiet_from), minutes(window.quiet_to)
    if start <= end:
        return start <= first and last <= end
    return first >= start or last <= end
