from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...tools.period import begin_of, grain, spans
from ...tools.schedule import local_day
from .test_properties import ZONES, often

DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))


class TestPeriod(BaseCase):
    @often
    @given(day=DAYS, tz=ZONES)
    def test_a_day_begins_when_the_clock_shows_it_and_not_before(self, day, tz):
        begin = begin_of(day, tz)
        self.assertGreaterEqual(local_day(begin, tz), day)
        self.assertLess(local_day(begin - timedelta(seconds=1), tz), day)

    @often
    @given(first=DAYS, length=st.integers(0, 800), tz=ZONES)
    def test_the_parts_of_a_period_leave_no_gap_and_do_not_overlap(self, first, length, tz):
        last = first + timedelta(days=length)
        parts = spans(first, last, tz)
        self.assertEqual(parts[0].start, begin_of(first, tz))
        self.assertEqual(parts[-1].end, begin_of(last + timedelta(days=1), tz))
        for one, following in pairwise(parts):
            self.assertEqual(one.end, following.start)
        for part in parts:
            self.assertLessEqual(part.start, part.end)
        self.assertLessEqual(len(parts), 32)

    def test_a_week_is_drawn_by_days_a_quarter_by_weeks_and_a_year_by_months(self):
        first = date(2026, 1, 15)
        for days, expected, count in ((7, "day", 7), (90, "week", 13), (365, "month", 13)):
            last = first + timedelta(days=days - 1)
            self.assertEqual(grain(first, last), expected)
            self.assertEqual(len(spans(first, last, "UTC")), count)

    def test_months_begin_on_the_first(self):
        parts = spans(date(2025, 1, 15), date(2026, 1, 14), "UTC")
        self.assertEqual([part.day.day for part in parts], [15, *[1] * 12])

    def test_a_day_whose_midnight_is_skipped_begins_an_hour_later(self):
        begin = begin_of(date(2026, 4, 24), "Africa/Cairo")
        self.assertEqual(begin, datetime(2026, 4, 23, 22, 0))
