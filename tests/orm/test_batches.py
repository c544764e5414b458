"""How many records a batch has."""

import math

from odoo.tests import BaseCase

from ...orm.batches import Pace

SECONDS, MOST = 0.1, 2000


class TestPace(BaseCase):
    def run_at(self, each, overhead, pace, batches=60):
        """Return the sizes of batches of an endless queue, and the seconds that each has taken."""
        taken = []
        for _batch in range(batches):
            seconds = overhead + each * pace.size
            taken.append((pace.size, seconds))
            pace.note(pace.size, seconds)
        return taken

    def test_after_the_first_batch_none_takes_more_than_twice_the_time(self):
        for each in (0, 1e-6, 1e-4, 1e-3, 1e-2):
            for overhead in (0, 0.005, 0.02, 0.05):
                with self.subTest(each=each, overhead=overhead):
                    _first, *others = self.run_at(each, overhead, Pace(MOST, SECONDS))
                    self.assertLess(max(seconds for _size, seconds in others), 2 * SECONDS)

    def test_work_that_is_cheap_is_done_in_large_batches(self):
        for each, least in ((0, MOST), (1e-5, MOST), (1e-4, 700), (1e-3, 70)):
            with self.subTest(each=each):
                size, _seconds = self.run_at(each, 0.01, Pace(MOST, SECONDS))[-1]
                self.assertGreaterEqual(size, least)
                self.assertLessEqual(size, MOST)

    def test_a_machine_that_gets_slow_gets_small_batches_at_once_and_large_ones_again(self):
        pace = Pace(MOST, SECONDS)
        self.run_at(1e-5, 0.01, pace)
        self.assertEqual(pace.size, MOST)
        (_size, seconds), *others = self.run_at(1e-3, 0.01, pace, batches=5)
        self.assertGreater(seconds, SECONDS)
        self.assertLess(max(seconds for _size, seconds in others), 1.5 * SECONDS)
        self.run_at(1e-5, 0.01, pace)
        self.assertEqual(pace.size, MOST)

    def test_there_is_always_a_batch(self):
        pace = Pace(MOST, SECONDS)
        self.run_at(10, 10, pace)
        self.assertEqual(pace.size, 1)
        pace.note(0, 99)
        self.assertEqual(pace.size, 1)

    def test_without_a_time_all_batches_are_the_same(self):
        pace = Pace(MOST, math.inf)
        pace.note(MOST, 1000)
        self.assertEqual(pace.size, MOST)
        self.assertEqual(Pace(10, SECONDS).size, 10)
