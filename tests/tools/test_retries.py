from datetime import timedelta
from itertools import pairwise

from odoo.tests import BaseCase

from ...tools.retries import FIRST_RETRY, MAX_TRIES, next_wait, spread


class TestRetries(BaseCase):
    def test_it_waits_twice_as_long_each_time(self):
        waits = [next_wait(tries) for tries in range(1, MAX_TRIES)]
        self.assertEqual(waits[0], FIRST_RETRY)
        for shorter, longer in pairwise(waits):
            self.assertEqual(longer, 2 * shorter)

    def test_a_server_may_be_down_for_most_of_a_day_before_anything_is_given_up(self):
        together = sum((next_wait(tries) for tries in range(1, MAX_TRIES)), timedelta())
        self.assertGreater(together, timedelta(hours=20))
        self.assertIsNone(next_wait(MAX_TRIES))

    def test_those_that_were_refused_together_do_not_come_back_together(self):
        self.assertEqual(spread(FIRST_RETRY, 0.0), FIRST_RETRY)
        self.assertEqual(spread(FIRST_RETRY, 1.0), FIRST_RETRY * 1.2)
