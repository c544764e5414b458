"""A period, cut into days, weeks or months on somebody's clock."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytz

# So many days are drawn as days, and so many as weeks; more than that as months.
MOST_DAYS, MOST_WEEKS = 31, 31 * 7
# In days; nobody looks at more months at once, nor further ahead.
LONGEST = 3660
EARLIEST = date(1970, 1, 1)


class Span(NamedTuple):
    """A part of a period: its first day, and its moments in UTC, the end not included."""

    day: date
    start: datetime
    end: datetime


def spans(first, last, tz):
    """Return the parts of a period, in order and without gaps.

    :param date first: its first day
    :param date last: its last day, not before the first
    :param str tz: name of the time zone in which these are days
    :rtype: list[Span]
    """
    days = list(_first_days(first, last))
    starts = [begin_of(day, tz) for day in days]
    ends = [*starts[1:], begin_of(last + timedelta(days=1), tz)]
    return [Span(*one) for one in zip(days, starts, ends, strict=True)]


def is_sensible(first, last, today):
    """Tell whether two days are a period of which something can be known."""
    is_known = first >= EARLIEST and (last - today).days < LONGEST
    return is_known and 0 <= (last - first).days < LONGEST


def grain(first, last):
    """Return into what a period is cut: "day", "week" or "month"."""
    days = (last - first).days + 1
    if days <= MOST_DAYS:
        return "day"
    return "week" if days <= MOST_WEEKS else "month"


def begin_of(day, tz):
    """Return the first moment, in UTC, at which a clock in `tz` shows `day`."""
    zone, midnight = pytz.timezone(tz), datetime.combine(day, time())
    moments = sorted(
        zone.localize(midnight, is_dst=is_dst).astimezone(pytz.utc) for is_dst in (True, False)
    )
    # A clock that skips midnight shows the day from one of these on, not before.
    begin = next((at for at in moments if at.astimezone(zone).date() >= day), moments[-1])
    return begin.replace(tzinfo=None)


def _first_days(first, last):
    step = grain(first, last)
    day = first
    while day <= last:
        yield day
        if step == "month":
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            day += timedelta(days=7 if step == "week" else 1)
