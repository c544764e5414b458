from odoo.tests import BaseCase

from ...tools.durations import split_hours


class TestDurations(BaseCase):
    def test_a_span_is_split_as_people_say_it(self):
        for hours, said in (
            (0.0, (0, 0, 0)),
            (1 / 60, (0, 0, 1)),
            (0.0166667, (0, 0, 1)),
            (0.5, (0, 0, 30)),
            (0.999999, (0, 1, 0)),
            (1.0, (0, 1, 0)),
            (2.5, (0, 2, 30)),
            (24.0, (0, 24, 0)),
            (36.0, (0, 36, 0)),
            (48.0, (2, 0, 0)),
            (48.5, (0, 48, 30)),
            (72.0, (3, 0, 0)),
        ):
            with self.subTest(hours=hours):
                self.assertEqual(split_hours(hours), said)

    def test_nothing_is_lost(self):
        for minutes in (*range(0, 6000, 7), *range(0, 60 * 24 * 40, 60 * 24)):
            days, hours, rest = split_hours(minutes / 60)
            self.assertEqual((days * 24 + hours) * 60 + rest, minutes)
