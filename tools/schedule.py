"""When a reminder is due, and when a channel may be used.

Moments are naive UTC, like Odoo's Datetime fields; times of day are hours, local to the buyer
(8.5 is half past eight). Time zones come from the IANA database, through pytz as in Odoo.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

import pytz

# Nobody expects today what should have come the day before yesterday.
STALE_AFTER = timedelta(hours=24)
# The job that sends runs every few minutes: what is put off as long as can be is put off to a
# moment this much before it would be too late.
LEEWAY = timedelta(hours=1)
EVERY_DAY = frozenset(range(7))
# Longer than any holiday: a channel that is closed all this time is closed by mistake.
MAX_DAYS_AHEAD = 370


@dataclass(frozen=True, slots=True)
class Timing:
    """When a step is due after the buyer's last change: after a delay, or at a time of day."""

    delay_hours: float = 0.0
    at_hour: float | None = None  # a time of day; then the delay has no meaning
    days_later: int = 1  # 1: the day after the cart was left
    cutoff_hour: float = 24.0  # a cart left at this time or later counts for the next day


@dataclass(frozen=True, slots=True)
class Window:
    """When a channel may be used, in the buyer's local time."""

    quiet_from: float = 0.0
    quiet_to: float = 0.0  # the same as `quiet_from`: no quiet hours
    weekdays: frozenset[int] = EVERY_DAY  # 0 is Monday, as in Python
    days_off: frozenset[date] = field(default_factory=frozenset)
    # In which hours and on which days the law of the buyer's country allows it: see `tools.law`.
    lawful_from: float = 0.0
    lawful_to: float = 24.0
    lawful_days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the remaining steps; positions in the list that was asked about."""

    chosen: int | None  # the step to plan, if any
    superseded: tuple[int, ...] = ()  # late, and a later one is late as well
    stale: tuple[int, ...] = ()  # too late to make sense


def comes_before(first, second):
    """Tell whether a step timed as `first` is meant to be due before one timed as `second`.

    :param Timing first: of one step
    :param Timing second: of another
    :rtype: bool
    """
    if first.at_hour is not None and second.at_hour is not None:
        return (first.days_later, first.at_hour) < (second.days_later, second.at_hour)
    return latest_hours(first) < earliest_hours(second)


def is_same_time(first, second):
    """Tell whether two steps are due at the same time, or on one day at the same time of day.

    :param Timing first: of one step
    :param Timing second: of another
    :rtype: bool
    """
    if first.at_hour is None or second.at_hour is None:
        is_delay = first.at_hour is None and second.at_hour is None
        return is_delay and first.delay_hours == second.delay_hours
    return (first.days_later, first.at_hour) == (second.days_later, second.at_hour)


def has_no_turn(timing, following, idle_hours):
    """Tell whether a step is always too late when its cart is found to be left.

    By then it should have left more than a day ago, or the step after it is due as well.

    :param Timing timing: of the step
    :param Timing | None following: of the one after it, if there is one
    :param float idle_hours: after how many hours without a change a cart is found
    :rtype: bool
    """
    is_stale_then = idle_hours - latest_hours(timing) > STALE_AFTER / timedelta(hours=1)
    return is_stale_then or bool(following and latest_hours(following) <= idle_hours)


def known_tz(*names):
    """Return the first of `names` that is a time zone, "" when none is.

    :param names: from profiles and browsers, possibly empty or nonsense
    :rtype: str
    """
    return next((name for name in names if name in pytz.all_timezones_set), "")


def local_day(at, tz):
    """Return the date that the calendar in `tz` shows at the moment `at`."""
    return _to_local(at, tz).date()


def due_at(activity_at, timing, tz):
    """Return when a step is due that the buyer's last change has set going.

    :param datetime activity_at: the buyer's last change, UTC
    :param Timing timing: of the step
    :param str tz: name of the time zone in which a time of day is meant
    :rtype: datetime
    """
    if timing.at_hour is None:
        return activity_at + timedelta(hours=timing.delay_hours)
    local = _to_local(activity_at, tz)
    is_late = _hour(local) >= timing.cutoff_hour
    day = local.date() + timedelta(days=timing.days_later + is_late)
    due = _at_time_of_day(day, timing.at_hour, tz)
    # "08:00 the same day" for a cart left at nine means the next morning.
    return due if due > activity_at else _at_time_of_day(day + timedelta(1), timing.at_hour, tz)


def opens_at(at, window, tz):
    """Return the first moment from `at` on at which the channel may be used, and what it waits for.

    :param datetime at: UTC
    :param Window window: of the channel
    :param str tz: name of the buyer's time zone
    :return: ``(moment, reason)``; the reason is "", "quiet_hours", "day_off" or "country_hours"
    :rtype: tuple[datetime, str]
    """
    if _is_always_open(window):
        return at, ""
    first_reason, moment = "", at
    end = at + timedelta(days=MAX_DAYS_AHEAD)
    while moment < end:
        reason, following = _closed_at(moment, window, tz)
        if not reason:
            return moment, first_reason
        first_reason = first_reason or reason
        # Where the clock is put back, local time can lead to a moment that has passed.
        moment = max(following, moment + timedelta(minutes=1))
    return end, first_reason


def next_day(at, tz):
    """Return the same time of day on the next day of the calendar in `tz`."""
    tomorrow = _to_local(at, tz).replace(tzinfo=None) + timedelta(days=1)
    return _to_utc(tomorrow, tz)


def next_chance(planned_at, now, tz):
    """Return when to try again what may not leave on this day of the calendar in `tz` any more.

    On the next day, at its own time of day; but a little before it would be too late.

    :param datetime planned_at: when it was to leave, UTC
    :rtype: datetime
    """
    tomorrow = _at_time_of_day(local_day(now, tz) + timedelta(1), 0.0, tz)
    return max(tomorrow, min(next_day(now, tz), planned_at + STALE_AFTER - LEEWAY))


def choose_step(dues, now, awake_since=None):
    """Choose the step to plan among those that have not been planned yet.

    When several are late, only the latest of them is worth sending: a customer who hears
    nothing for three days must not get three reminders in one minute. What should have left
    more than a day ago does not leave at all.

    :param list[datetime] dues: when each remaining step is due, in the order of the campaign
    :param datetime now: UTC
    :param datetime | None awake_since: as of `is_stale`
    :rtype: Plan
    """
    late = [position for position, due in enumerate(dues) if due <= now]
    fresh = [position for position in late if not is_stale(dues[position], now, awake_since)]
    if fresh:
        return Plan(fresh[-1], tuple(p for p in late if p < fresh[-1]))
    upcoming = [position for position in range(len(dues)) if position not in late]
    return Plan(upcoming[0] if upcoming else None, stale=tuple(late))


def is_stale(planned_at, now, awake_since=None):
    """Tell whether what was to leave at `planned_at` comes too late to make sense at all.

    :param datetime planned_at: the time of the step itself, out of quiet hours and days off. What
        holds a message afterwards does not move it: sold out, a payment, the daily limit, a mail
        server that is down, a mail that nobody takes out of the queue.
    :param datetime | None awake_since: the end of the last long time in which nothing could be
        sent. What was due before it is left alone: when that time was the gap between a backup and
        its restoration, it has been sent already.
    """
    return now - planned_at > STALE_AFTER or bool(awake_since and planned_at < awake_since)


def earliest_hours(timing):
    """Return after how many hours at least a step is due."""
    if timing.at_hour is None:
        return timing.delay_hours
    return max(timing.days_later * 24 + timing.at_hour - timing.cutoff_hour, 0.0)


def latest_hours(timing):
    """Return after how many hours at most a step is due, clock changes aside."""
    if timing.at_hour is None:
        return timing.delay_hours
    return (timing.days_later + 1) * 24 + timing.at_hour


def _closed_at(at, window, tz):
    """Return why a channel is closed at a moment, and when to look again; "" when it is open."""
    local = _to_local(at, tz)
    if _is_quiet(local, window):
        return "quiet_hours", _end_of_quiet(local, window, tz)
    if _is_day_off(local, window):
        return "day_off", next_day(at, tz)
    if not _is_lawful(local, window):
        return "country_hours", _lawful_again(local, window, tz)
    return "", at


def _is_always_open(window):
    has_hours = window.quiet_from != window.quiet_to or not is_always_lawful(window)
    return not has_hours and window.weekdays == EVERY_DAY and not window.days_off


def is_always_lawful(window):
    """Tell whether no country limits when the channel may be used."""
    return window.lawful_from <= 0 and window.lawful_to >= 24 and window.lawful_days == EVERY_DAY


def _is_quiet(local, window):
    """Tell whether a local time of day is within the quiet hours, which may span midnight."""
    start, end, now = minutes(window.quiet_from), minutes(window.quiet_to), _minute(local)
    if start <= end:
        return start <= now < end
    return now >= start or now < end


def _is_day_off(local, window):
    """Tell whether a local date is none on which messages leave."""
    return local.weekday() not in window.weekdays or local.date() in window.days_off


def _is_lawful(local, window):
    start, end = minutes(window.lawful_from), minutes(window.lawful_to)
    return start <= _minute(local) < end and local.weekday() in window.lawful_days


def minutes(hour):
    """Return a time of day in whole minutes, in which they can be compared."""
    return round(hour * 60)


def _minute(local):
    return local.hour * 60 + local.minute


def _hour(local):
    return local.hour + local.minute / 60 + local.second / 3600


def _end_of_quiet(local, window, tz):
    day = local.date() + timedelta(days=_minute(local) >= minutes(window.quiet_to))
    return _at_time_of_day(day, window.quiet_to, tz)


def _lawful_again(local, window, tz):
    day = local.date() + timedelta(days=_minute(local) >= minutes(window.lawful_from))
    return _at_time_of_day(day, window.lawful_from, tz)


def _at_time_of_day(day, hour, tz):
    midnight = datetime.combine(day, time())
    return _to_utc(midnight + timedelta(minutes=minutes(hour)), tz)


def _to_local(at, tz):
    return pytz.utc.localize(at).astimezone(_zone(tz))


def _to_utc(local, tz):
    """Return the moment at which a clock in `tz` shows `local`.

    A time that the clock shows twice is the second one, a time that it skips is as much later:
    whatever waits for a time never leaves before it.
    """
    zone = _zone(tz)
    moments = (zone.localize(local, is_dst=is_dst).astimezone(pytz.utc) for is_dst in (True, False))
    return max(moments).replace(tzinfo=None)


@cache
def _zone(name):
    return pytz.timezone(name)
