from datetime import date, datetime, timedelta

from odoo.tests import BaseCase

from ...tools.schedule import (
    MAX_DAYS_AHEAD,
    Plan,
    Timing,
    Window,
    choose_step,
    due_at,
    is_same_time,
    known_tz,
    local_day,
    next_day,
    opens_at,
)

LEFT = datetime(2026, 3, 1, 10, 0)  # a Sunday
HOURS = (1, 24, 72)
NIGHT = Window(quiet_from=22, quiet_to=8)
SOFIA, SAIGON = "Europe/Sofia", "Asia/Ho_Chi_Minh"


class TestTiming(BaseCase):
    def test_a_step_is_due_its_delay_after_the_last_change(self):
        due = due_at(LEFT, Timing(delay_hours=1.5), SOFIA)
        self.assertEqual(due, datetime(2026, 3, 1, 11, 30))

    def test_two_steps_are_at_one_time_when_delay_or_day_and_hour_are_the_same(self):
        eight, nine = Timing(at_hour=8.0), Timing(at_hour=9.0)
        day, later = Timing(delay_hours=24), Timing(delay_hours=24.5)
        self.assertTrue(is_same_time(day, Timing(delay_hours=24, days_later=3)))
        self.assertTrue(is_same_time(eight, Timing(at_hour=8.0, delay_hours=5, cutoff_hour=12)))
        for first, second in ((day, later), (eight, nine), (eight, day), (day, eight)):
            self.assertFalse(is_same_time(first, second))
        self.assertFalse(is_same_time(eight, Timing(at_hour=8.0, days_later=2)))

    def test_eight_the_next_day_is_eight_on_the_buyers_clock(self):
        eight = Timing(at_hour=8.0, cutoff_hour=23 + 59 / 60)
        self.assertEqual(due_at(LEFT, eight, SAIGON), datetime(2026, 3, 2, 1, 0))
        self.assertEqual(due_at(LEFT, eight, SOFIA), datetime(2026, 3, 2, 6, 0))

    def test_a_person_who_leaves_at_the_cutoff_or_later_counts_for_the_next_day(self):
        eight = Timing(at_hour=8.0, cutoff_hour=23 + 59 / 60)
        before = datetime(2026, 3, 1, 23, 58, 59)
        self.assertEqual(due_at(before, eight, "UTC"), datetime(2026, 3, 2, 8, 0))
        self.assertEqual(due_at(before + timedelta(seconds=1), eight, "UTC").day, 3)

    def test_a_time_of_the_same_day_that_has_passed_is_the_next_morning(self):
        nine = Timing(at_hour=9.0, days_later=0)
        self.assertEqual(due_at(LEFT, nine, "UTC"), datetime(2026, 3, 2, 9, 0))
        self.assertEqual(due_at(LEFT, nine, "America/New_York"), datetime(2026, 3, 1, 14, 0))

    def test_the_dates_of_the_far_ends_of_the_world_are_their_own(self):
        eight = Timing(at_hour=8.0)
        kiritimati, pago_pago = "Pacific/Kiritimati", "Pacific/Pago_Pago"  # UTC+14, UTC-11
        self.assertEqual(local_day(LEFT, kiritimati), date(2026, 3, 2))
        self.assertEqual(due_at(LEFT, eight, kiritimati), datetime(2026, 3, 2, 18, 0))
        self.assertEqual(local_day(LEFT, pago_pago), date(2026, 2, 28))
        self.assertEqual(due_at(LEFT, eight, pago_pago), datetime(2026, 3, 1, 19, 0))

    def test_fault_21_a_time_that_the_clock_skips_comes_later_and_not_before(self):
        half_past_two = Timing(at_hour=2.5)
        for tz, left, due in (
            ("Europe/Sofia", datetime(2026, 3, 28, 12), datetime(2026, 3, 29, 0, 30)),
            ("Europe/Berlin", datetime(2026, 3, 28, 12), datetime(2026, 3, 29, 1, 30)),
            ("America/New_York", datetime(2026, 3, 7, 12), datetime(2026, 3, 8, 7, 30)),
        ):
            with self.subTest(tz=tz):
                self.assertEqual(due_at(left, half_past_two, tz), due)

    def test_fault_21_a_time_that_the_clock_shows_twice_comes_once(self):
        half_past_two = Timing(at_hour=2.5)
        for tz, left, due in (
            ("Europe/Berlin", datetime(2026, 10, 24, 12), datetime(2026, 10, 25, 1, 30)),
            ("Australia/Sydney", datetime(2026, 4, 4, 2), datetime(2026, 4, 4, 16, 30)),
        ):
            with self.subTest(tz=tz):
                self.assertEqual(due_at(left, half_past_two, tz), due)

    def test_an_unknown_time_zone_is_none(self):
        self.assertEqual(known_tz("Mars/Olympus", "", None, "Asia/Tokyo", SOFIA), "Asia/Tokyo")
        self.assertEqual(known_tz("' OR 1=1"), "")


class TestWindow(BaseCase):
    def test_outside_the_quiet_hours_nothing_waits(self):
        noon = datetime(2026, 3, 2, 12, 0)
        self.assertEqual(opens_at(noon, NIGHT, "UTC"), (noon, ""))

    def test_the_quiet_hours_put_off_until_they_end(self):
        eight = datetime(2026, 3, 3, 8, 0)
        for at in (datetime(2026, 3, 2, 22), datetime(2026, 3, 3, 0), datetime(2026, 3, 3, 7, 59)):
            self.assertEqual(opens_at(at, NIGHT, "UTC"), (eight, "quiet_hours"))

    def test_quiet_hours_may_lie_within_a_day(self):
        siesta = Window(quiet_from=12, quiet_to=14)
        self.assertEqual(opens_at(LEFT, siesta, "UTC"), (LEFT, ""))
        self.assertEqual(
            opens_at(LEFT, siesta, SOFIA), (datetime(2026, 3, 1, 12, 0), "quiet_hours")
        )

    def test_the_buyers_clock_counts_and_not_the_servers(self):
        self.assertEqual(opens_at(LEFT, NIGHT, "UTC")[1], "")
        self.assertEqual(
            opens_at(LEFT, NIGHT, "Pacific/Kiritimati"),
            (datetime(2026, 3, 1, 18, 0), "quiet_hours"),
        )

    def test_fault_21_quiet_hours_end_once_however_the_clock_is_put(self):
        quiet = Window(quiet_from=22, quiet_to=2.5)
        for tz, day in (
            ("Europe/Sofia", date(2026, 10, 25)),
            ("America/New_York", date(2026, 11, 1)),
            ("Europe/Dublin", date(2026, 3, 29)),
            ("Africa/Cairo", date(2026, 4, 24)),
        ):
            start = datetime(day.year, day.month, day.day) - timedelta(hours=16)
            for minutes in range(0, 48 * 60, 10):
                at = start + timedelta(minutes=minutes)
                moment, _reason = opens_at(at, quiet, tz)
                with self.subTest(tz=tz, at=at):
                    self.assertGreaterEqual(moment, at)
                    self.assertEqual(opens_at(moment, quiet, tz), (moment, ""))

    def test_a_day_off_puts_off_to_the_same_time_of_the_next_working_day(self):
        weekdays = Window(weekdays=frozenset(range(5)))
        self.assertEqual(opens_at(LEFT, weekdays, "UTC"), (datetime(2026, 3, 2, 10, 0), "day_off"))
        holiday = Window(weekdays=frozenset(range(5)), days_off=frozenset({date(2026, 3, 2)}))
        self.assertEqual(opens_at(LEFT, holiday, "UTC")[0], datetime(2026, 3, 3, 10, 0))

    def test_quiet_hours_and_days_off_work_together(self):
        window = Window(22, 8, frozenset(range(5)))
        friday_night = datetime(2026, 3, 6, 23, 0)
        self.assertEqual(
            opens_at(friday_night, window, "UTC"), (datetime(2026, 3, 9, 8, 0), "quiet_hours")
        )

    def test_a_channel_that_never_opens_is_asked_again_next_year(self):
        never = Window(weekdays=frozenset())
        moment, reason = opens_at(LEFT, never, "UTC")
        self.assertEqual((moment, reason), (LEFT + timedelta(days=MAX_DAYS_AHEAD), "day_off"))

    def test_the_next_day_keeps_the_time_of_day_over_a_change_of_the_clock(self):
        evening = datetime(2026, 3, 28, 18, 0)  # 20:00 in Sofia
        self.assertEqual(next_day(evening, SOFIA), datetime(2026, 3, 29, 17, 0))


class TestChooseStep(BaseCase):
    def after(self, hours, delays=HOURS):
        dues = [LEFT + timedelta(hours=delay) for delay in delays]
        return choose_step(dues, LEFT + timedelta(hours=hours))

    def test_the_first_step_comes_first(self):
        self.assertEqual(self.after(0.5), Plan(0))

    def test_a_step_that_is_a_little_late_still_leaves(self):
        self.assertEqual(self.after(1.1), Plan(0))

    def test_of_several_late_steps_only_the_latest_leaves(self):
        self.assertEqual(self.after(80), Plan(2, superseded=(0, 1)))

    def test_what_is_more_than_a_day_late_is_dropped_and_the_next_step_waits(self):
        self.assertEqual(self.after(60), Plan(2, stale=(0, 1)))

    def test_when_all_is_too_late_nothing_leaves(self):
        self.assertEqual(self.after(200), Plan(None, stale=(0, 1, 2)))

    def test_nothing_comes_after_the_last_step(self):
        self.assertEqual(self.after(1, delays=[]), Plan(None))
