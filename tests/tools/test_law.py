"""What the law of a country says holds always, and nothing is dropped for its sake."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytz
from hypothesis import assume, given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...tools.contact import region_of
from ...tools.eligibility import DEFER, SEND, Leaving, beside, note_leaving, verdict
from ...tools.law import SPAN, Law, free_at, has_hours, is_too_late, narrowed
from ...tools.outlook import foresee
from ...tools.schedule import STALE_AFTER, Window, is_stale, opens_at
from .test_eligibility import FINE, NOW
from .test_outlook import waiting
from .test_properties import MOMENTS, WINDOWS, ZONES, is_open, often

SAIGON = "Asia/Ho_Chi_Minh"
VIETNAM = Law(from_hour=7, to_hour=22, limit=3, label="[QC]")
FRANCE = Law(from_hour=8, to_hour=22, on_sundays=False)
LAWS = st.builds(
    lambda hours, on_sundays: Law(min(hours), max(hours), on_sundays),
    st.lists(st.integers(0, 24 * 60), min_size=2, max_size=2, unique=True).map(
        lambda minutes: [minute / 60 for minute in minutes]
    ),
    st.booleans(),
)
# Times of day with quiet hours, and days of the week; days off are a holiday, not a rule.
CHANNELS = WINDOWS.map(lambda window: replace(window, days_off=frozenset()))


def is_lawful(at, law, tz):
    """Tell, without the code under test, whether a clock in `tz` shows a time that is allowed."""
    local = pytz.utc.localize(at).astimezone(pytz.timezone(tz))
    minute = local.hour * 60 + local.minute
    hours = round(law.from_hour * 60) <= minute < round(law.to_hour * 60)
    return hours and (law.on_sundays or local.isoweekday() != 7)


def meets(window, law):
    """Tell whether there is a minute of a week in which the channel is open, and may be."""
    # Where two spans meet, one of them begins within the other.
    begins = {round(law.from_hour * 60), round(window.quiet_to * 60)}
    days = [datetime(2026, 3, day) for day in range(2, 9)]
    moments = [day + timedelta(minutes=minute) for day in days for minute in begins]
    return any(is_open(at, window, "UTC") and is_lawful(at, law, "UTC") for at in moments)


class TestLawProperties(BaseCase):
    @often
    @given(at=MOMENTS, window=WINDOWS, law=LAWS, tz=ZONES)
    def test_nothing_leaves_when_the_country_does_not_allow_it(self, at, window, law, tz):
        moment, reason = opens_at(at, narrowed(window, law), tz)
        self.assertTrue(is_lawful(moment, law, tz))
        self.assertGreaterEqual(moment, at)
        self.assertEqual(bool(reason), moment > at)

    @often
    @given(at=MOMENTS, window=CHANNELS, law=LAWS, tz=ZONES)
    def test_the_channels_own_hours_hold_as_well_where_both_leave_some_time(
        self, at, window, law, tz
    ):
        if meets(window, law):
            moment, _reason = opens_at(at, narrowed(window, law), tz)
            self.assertTrue(is_open(moment, window, tz))

    @often
    @given(at=MOMENTS, window=WINDOWS, tz=ZONES)
    def test_a_country_without_hours_changes_nothing(self, at, window, tz):
        self.assertFalse(has_hours(Law(limit=3)))
        self.assertEqual(opens_at(at, narrowed(window, Law()), tz), opens_at(at, window, tz))

    @often
    @given(at=MOMENTS, law=LAWS, tz=ZONES, late=st.integers(0, 59))
    def test_what_only_the_country_holds_is_never_dropped(self, at, law, tz, late):
        assume(law.to_hour - law.from_hour >= 3)  # longer than the clock may be put
        lawful = narrowed(Window(), law)
        now = planned_at = at
        for _try in range(3):
            self.assertFalse(is_too_late(planned_at, now, lawful, tz))
            opening, _reason = opens_at(now, lawful, tz)
            if opening == now:
                return
            now = opening + timedelta(minutes=late)  # the job that sends is late
        self.fail("it never leaves")

    @often
    @given(planned_at=MOMENTS, window=WINDOWS, tz=ZONES, waited=st.floats(0, 72))
    def test_where_no_country_has_a_say_a_day_is_a_day(self, planned_at, window, tz, waited):
        now = planned_at + timedelta(hours=waited)
        late = is_too_late(planned_at, now, window, tz)
        self.assertEqual(late, is_stale(planned_at, now))

    @often
    @given(
        minutes=st.lists(st.integers(0, 72 * 60), max_size=30).map(sorted),
        limit=st.integers(1, 5),
    )
    def test_no_address_gets_more_than_its_limit_in_any_24_hours(self, minutes, limit):
        sent = []
        for minute in minutes:
            now = max([NOW + timedelta(minutes=minute), *sent[-1:]])
            sent.append(free_at(sent, limit, now))
            self.assertGreaterEqual(sent[-1], now)
        for at in sent:
            within = [other for other in sent if at - SPAN < other <= at]
            self.assertLessEqual(len(within), limit)


class TestLaw(BaseCase):
    def test_in_vietnam_a_text_of_the_evening_waits_until_seven(self):
        half_past_ten = datetime(2026, 3, 2, 15, 30)
        seven = datetime(2026, 3, 3, 0, 0)
        self.assertEqual(
            opens_at(half_past_ten, narrowed(Window(), VIETNAM), SAIGON), (seven, "country_hours")
        )

    def test_a_text_of_saturday_night_waits_until_monday_and_is_not_too_late_then(self):
        window = narrowed(Window(), FRANCE)
        planned_at = datetime(2026, 3, 7, 20, 59)  # one minute before ten in Paris
        monday = datetime(2026, 3, 9, 7, 0)
        at, reason = opens_at(planned_at + timedelta(minutes=2), window, "Europe/Paris")
        self.assertEqual((at, reason), (monday, "country_hours"))
        self.assertGreater(at - planned_at, STALE_AFTER)
        self.assertFalse(is_too_late(planned_at, at, window, "Europe/Paris"))
        much_later = at + timedelta(hours=2)
        self.assertTrue(is_too_late(planned_at, much_later, window, "Europe/Paris"))

    def test_what_was_due_before_a_backup_was_restored_stays_too_late(self):
        window = narrowed(Window(), FRANCE)
        planned_at = datetime(2026, 3, 7, 20, 59)
        monday = datetime(2026, 3, 9, 7, 0)
        self.assertTrue(is_too_late(planned_at, monday, window, "Europe/Paris", monday))

    def test_where_channel_and_country_leave_no_time_the_country_holds(self):
        night_only = Window(quiet_from=7, quiet_to=22)
        noon = datetime(2026, 3, 2, 5, 0)  # in Saigon
        self.assertEqual(opens_at(noon, narrowed(night_only, VIETNAM), SAIGON), (noon, ""))
        sundays_only = Window(weekdays=frozenset({6}))
        monday, _reason = opens_at(datetime(2026, 3, 8, 12), narrowed(sundays_only, FRANCE), "UTC")
        self.assertEqual(monday, datetime(2026, 3, 9, 8))

    def test_the_limit_puts_off_until_the_first_of_them_is_a_day_old(self):
        sent = frozenset(
            (ref, NOW - timedelta(hours=hours)) for ref, hours in ((1, 1), (2, 5), (3, 9))
        )
        facts = replace(FINE, limit=3, sent_lately=sent)
        decision = verdict(facts, NOW)
        self.assertEqual((decision.action, decision.reason), (DEFER, "country_limit"))
        self.assertEqual(decision.until, NOW + timedelta(hours=15))
        self.assertEqual(verdict(facts, decision.until).action, SEND)
        self.assertFalse(
            is_too_late(
                NOW - timedelta(hours=10), decision.until, Window(), "UTC", None, 3,
                [at for _ref, at in sent],
            )
        )  # fmt: skip

    def test_those_that_leave_together_count_for_each_other_once(self):
        leaving = Leaving()
        for ref in (1, 2):
            facts = replace(
                FINE, limit=3, sent_lately=frozenset({(1, NOW), (2, NOW)} - {(ref, NOW)})
            )
            known = beside(leaving, facts, ())
            self.assertEqual(verdict(known, NOW).action, SEND)
            note_leaving(leaving, ref, known, (), NOW)
        third = beside(leaving, replace(FINE, limit=3), ())
        self.assertEqual(verdict(third, NOW).action, SEND)
        note_leaving(leaving, 3, third, (), NOW)
        self.assertEqual(verdict(beside(leaving, replace(FINE, limit=3), ()), NOW).action, DEFER)
        elsewhere = replace(FINE, limit=3, address="b@example.com")
        self.assertEqual(verdict(beside(leaving, elsewhere, ()), NOW).action, SEND)

    def test_the_list_foresees_what_hours_and_limit_hold(self):
        """Two people have given one number: who is later waits until a day is over."""
        limited = {"limit": 1, "address": "+84912345678"}
        window = narrowed(Window(), VIETNAM)
        first = waiting("e:a@example.com", facts=limited, window=window, tz=SAIGON)
        second = waiting("e:b@example.com", due_in=2, facts=limited, window=window, tz=SAIGON)
        found = foresee({1: first, 2: second}, {}, NOW)
        self.assertEqual(found[1][:3], (SEND, "", first.due_at))
        self.assertEqual(found[2][:3], (DEFER, "country_limit", first.due_at + SPAN))
        night = waiting(due_in=5, window=window, tz=SAIGON)  # at midnight
        (outcome,) = foresee({1: night}, {}, NOW).values()
        self.assertEqual(outcome[:3], (DEFER, "country_hours", datetime(2026, 3, 2, 0, 0)))


class TestRegion(BaseCase):
    def test_a_number_tells_its_country(self):
        for number, country in (
            ("+84912345678", "VN"),
            ("+359888123456", "BG"),
            ("+12125550123", "US"),
            ("+14165550123", "CA"),
            ("+442079460000", "GB"),
            ("+80012345678", ""),  # the whole world
            ("+99912345678", ""),
            ("+1234", ""),
            ("0912345678", ""),
            ("", ""),
            (False, ""),
        ):
            with self.subTest(number=number):
                self.assertEqual(region_of(number), country)
