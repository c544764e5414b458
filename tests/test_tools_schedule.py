from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ..tools.schedule import due_at, next_step

LEFT = datetime(2026, 3, 1, 10, 0)
DELAYS = [1.0, 24.0, 72.0]


class TestSchedule(BaseCase):
    def after(self, hours, delays=DELAYS):
        return next_step(delays, LEFT, LEFT + timedelta(hours=hours))

    def test_a_step_is_due_its_delay_after_the_last_change(self):
        self.assertEqual(due_at(LEFT, 1.5), datetime(2026, 3, 1, 11, 30))

    def test_the_first_step_comes_first(self):
        self.assertEqual(self.after(0.5), (0, LEFT + timedelta(hours=1), []))

    def test_a_step_that_is_a_little_late_still_leaves(self):
        self.assertEqual(self.after(1.1), (0, LEFT + timedelta(hours=1), []))

    def test_of_several_late_steps_only_the_latest_leaves(self):
        self.assertEqual(self.after(80), (2, LEFT + timedelta(hours=72), [0, 1]))

    def test_nothing_comes_after_the_last_step(self):
        self.assertIsNone(self.after(1, delays=[]))
