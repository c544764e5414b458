"""Whatever the times, zones and facts: what a careful merchant must be able to rely on."""

from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...tools import retries, schedule
from ...tools.eligibility import SEND, SKIP, verdict
from ...tools.schedule import Timing, Window, choose_step, due_at, local_day, next_day, opens_at
from .test_eligibility import FINE, OBSTACLES

# Random dates hit a change of the clock too rarely: half of them are near one.
CLOCK_CHANGES = [datetime(2026, 3, 8), datetime(2026, 3, 29), datetime(2026, 10, 25)]
CLOCK_CHANGES += [datetime(2026, 4, 5), datetime(2026, 11, 1), datetime(2026, 4, 24)]
MOMENTS = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.builds(
        lambda day, minutes: day + timedelta(minutes=minutes),
        st.sampled_from(CLOCK_CHANGES),
        st.integers(-2 * 24 * 60, 2 * 24 * 60),
    ),
)
ZONES = st.sampled_from(pytz.common_timezones)
HOURS = st.integers(0, 24 * 60 - 1).map(lambda minutes: minutes / 60)
TIMINGS = st.one_of(
    st.builds(Timing, delay_hours=st.floats(0, 24 * 30)),
    st.builds(
        Timing,
        at_hour=HOURS,
        days_later=st.integers(0, 14),
        cutoff_hour=HOURS.map(lambda hour: hour + 1 / 60),
    ),
)
WINDOWS = st.builds(
    Window,
    quiet_from=HOURS,
    quiet_to=HOURS,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    days_off=st.frozensets(st.dates(date(2026, 3, 1), date(2026, 4, 30)), max_size=5),
)
often = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def is_open(at, window, tz):
    """Tell, without the code under test, whether a clock in `tz` shows a time to write."""
    local = pytz.utc.localize(at).astimezone(pytz.timezone(tz))
    minute = local.hour * 60 + local.minute
    start, end = round(window.quiet_from * 60), round(window.quiet_to * 60)
    quiet = start <= minute < end if start <= end else not end <= minute < start
    return not quiet and local.weekday() in window.weekdays and local.date() not in window.days_off


class TestScheduleProperties(BaseCase):
    @often
    @given(at=MOMENTS, window=WINDOWS, tz=ZONES)
    def test_nothing_leaves_in_quiet_hours_or_on_a_day_off(self, at, window, tz):
        moment, reason = opens_at(at, window, tz)
        self.assertGreaterEqual(moment, at)
        self.assertEqual(bool(reason), moment > at)
        self.assertTrue(is_open(moment, window, tz))

    @often
    @given(at=MOMENTS, window=WINDOWS, tz=ZONES)
    def test_what_may_leave_now_is_not_put_off(self, at, window, tz):
        if is_open(at, window, tz):
            self.assertEqual(opens_at(at, window, tz), (at, ""))

    @often
    @given(left=MOMENTS, timing=TIMINGS, tz=ZONES)
    def test_nothing_is_due_before_it_is_time(self, left, timing, tz):
        due = due_at(left, timing, tz)
        self.assertGreaterEqual(due, left)
        if timing.at_hour is None:
            self.assertEqual(due, left + timedelta(hours=timing.delay_hours))
            return
        days = (local_day(due, tz) - local_day(left, tz)).days
        # A day more for a cart that is left after the cutoff, another one when the time has passed.
        self.assertIn(days - timing.days_later, (0, 1, 2))
        local = pytz.utc.localize(due).astimezone(pytz.timezone(tz))
        shown = local.hour * 60 + local.minute
        late = (shown - round(timing.at_hour * 60)) % (24 * 60)
        self.assertLessEqual(late, 24 * 60 if days > timing.days_later else 120)

    @often
    @given(at=MOMENTS, tz=ZONES)
    def test_the_next_day_is_another_day(self, at, tz):
        following = next_day(at, tz)
        self.assertGreater(local_day(following, tz), local_day(at, tz))
        self.assertLessEqual(following - at, timedelta(hours=50))

    @often
    @given(
        left=MOMENTS,
        hours=st.lists(st.floats(0, 400), max_size=6).map(sorted),
        waited=st.floats(-10, 800),
    )
    def test_of_all_steps_at_most_one_leaves_and_none_too_early_or_too_late(
        self, left, hours, waited
    ):
        now = left + timedelta(hours=waited)
        dues = [left + timedelta(hours=hour) for hour in hours]
        plan = choose_step(dues, now)
        dropped = set(plan.superseded) | set(plan.stale)
        self.assertNotIn(plan.chosen, dropped)
        for position, due in enumerate(dues):
            if position in dropped:
                self.assertLessEqual(due, now)
            elif position == plan.chosen:
                self.assertFalse(schedule.is_stale(due, now))
            else:
                self.assertGreater(due, now, "what is late is sent or dropped with a reason")

    @often
    @given(first=TIMINGS, second=TIMINGS, left=MOMENTS, tz=ZONES)
    def test_a_step_that_is_refused_really_comes_before_the_other(self, first, second, left, tz):
        # Of two times of the same day, the earlier one can have passed; after another cutoff
        # another day counts. What stands in the settings is meant all the same.
        first, second = (
            replace(timing, days_later=timing.days_later or 1, cutoff_hour=20.0)
            for timing in (first, second)
        )
        if schedule.comes_before(first, second):
            slack = timedelta(hours=3)  # a change of the clock, or a day that a country skipped
            self.assertLess(due_at(left, first, tz), due_at(left, second, tz) + slack)


ANY_FACTS = st.builds(
    replace,
    st.just(FINE),
    **{field.name: st.booleans() for field in fields_of(FINE) if field.type is bool},
    made_by=st.sampled_from(["", "staff", "robot"]),
    address=st.sampled_from(["", "a@example.com"]),
    payment=st.sampled_from(["none", "started", "on_its_way"]),
    activity_at=st.one_of(st.none(), MOMENTS),
    planned_for=MOMENTS,
)


HOLDS = st.sampled_from(["", "sold_out", "payment", "daily_limit", "quiet_hours", "server"])


class TestStalenessProperties(BaseCase):
    """Whatever holds a message, and however often: a day after its own time it is dropped."""

    @often
    @given(
        planned_at=MOMENTS,
        tz=ZONES,
        window=WINDOWS,
        holds=st.lists(HOLDS, max_size=60),
        cron_late=st.integers(0, 60),
    )
    def test_no_sequence_of_holds_lets_a_message_leave_more_than_a_day_late(
        self, planned_at, tz, window, holds, cron_late
    ):
        at, tries = planned_at, 0
        for hold in [*holds, *[""] * 60]:
            now = at + timedelta(minutes=cron_late)
            tomorrow_at = schedule.next_chance(planned_at, now, tz)
            opening, closed_because = opens_at(now, window, tz)
            is_quiet = hold == "quiet_hours" and opening > now
            facts = replace(
                FINE,
                activity_at=planned_at,
                planned_for=planned_at,
                closes_at=None,
                too_late=schedule.is_stale(planned_at, now),
                is_sold_out=hold == "sold_out",
                payment="started" if hold == "payment" else "none",
                reminded_today=hold == "daily_limit",
                tomorrow_at=tomorrow_at,
                opens_at=opening if is_quiet else now,
                closed_because=closed_because,
            )
            decision = verdict(facts, now)
            if decision.action == SKIP:
                self.assertGreater(now, planned_at + schedule.STALE_AFTER)
                return
            if decision.action == SEND and hold == "server":
                tries += 1
                wait = retries.next_wait(tries)
                if wait is None:
                    return
                at = now + wait
            elif decision.action == SEND:
                self.assertLessEqual(now, planned_at + schedule.STALE_AFTER)
                return
            else:
                self.assertGreater(decision.until, now)
                at = decision.until
        self.fail("neither sent nor dropped")

    @often
    @given(planned_at=MOMENTS, waited=st.floats(0, 24), tz=ZONES)
    def test_what_waits_for_the_next_day_leaves_on_it_and_in_time_where_that_can_be(
        self, planned_at, waited, tz
    ):
        now = planned_at + timedelta(hours=waited)
        chance = schedule.next_chance(planned_at, now, tz)
        self.assertGreater(local_day(chance, tz), local_day(now, tz))
        tomorrow = schedule.next_chance(planned_at - timedelta(days=9), now, tz)
        if tomorrow <= planned_at + schedule.STALE_AFTER:
            self.assertFalse(schedule.is_stale(planned_at, chance))


class TestEligibilityProperties(BaseCase):
    @often
    @given(facts=ANY_FACTS, now=MOMENTS, wait=st.integers(0, 3))
    def test_whatever_is_sent_may_be_sent(self, facts, now, wait):
        facts = replace(facts, opens_at=now + timedelta(hours=wait), tomorrow_at=now)
        decision = verdict(facts, now)
        if decision.action != SEND:
            self.assertTrue(decision.reason, "what is not sent has a reason")
            return
        self.assertFalse(facts.bought_since, "never to a buyer")
        self.assertEqual(facts.payment, "none", "never to somebody who is paying")
        self.assertFalse(facts.reminded_today, "never twice a day")
        self.assertFalse(wait, "never in quiet hours")
        self.assertFalse(facts.opted_out or facts.stopped)
        self.assertFalse(facts.consent_declined or facts.consent_missing)
        self.assertFalse(facts.made_by)
        self.assertTrue(facts.reminders_on)

    @often
    @given(facts=ANY_FACTS, now=MOMENTS, obstacle=st.sampled_from(sorted(OBSTACLES)))
    def test_no_combination_gets_past_an_obstacle(self, facts, now, obstacle):
        decision = verdict(replace(facts, **OBSTACLES[obstacle]), now)
        self.assertNotEqual(decision.action, SEND)
        self.assertEqual(decision.action, SKIP)

    @often
    @given(facts=ANY_FACTS, now=MOMENTS)
    def test_whatever_is_put_off_is_put_off_into_the_future(self, facts, now):
        facts = replace(
            facts, opens_at=now + timedelta(hours=5), tomorrow_at=now + timedelta(hours=9)
        )
        decision = verdict(facts, now)
        if decision.until:
            self.assertGreater(decision.until, now)
