"""As how many SMS a text is charged."""

from odoo.tests import BaseCase

from ...tools.text_parts import Size, measure


class TestTextParts(BaseCase):
    def test_plain_letters_fill_a_part_of_160(self):
        self.assertEqual(measure(""), Size(0, 1))
        self.assertEqual(measure("a" * 160), Size(160, 1))
        self.assertEqual(measure("a" * 161), Size(161, 2))
        self.assertEqual(measure("a" * 306), Size(306, 2))
        self.assertEqual(measure("a" * 307), Size(307, 3))

    def test_one_accent_that_is_not_among_them_makes_all_of_them_wider(self):
        self.assertEqual(measure("à" * 160), Size(160, 1))
        self.assertEqual(measure("đ" + "a" * 69), Size(70, 1))
        self.assertEqual(measure("đ" + "a" * 70), Size(71, 2))
        self.assertEqual(measure("Количката" * 15), Size(135, 3))

    def test_what_takes_two_places_is_never_cut_in_two(self):
        self.assertEqual(measure("€" * 80), Size(160, 1))
        self.assertEqual(measure("€" * 153), Size(306, 3))
        self.assertEqual(measure("🛒" * 35), Size(70, 1))
        self.assertEqual(measure("🛒" * 67), Size(134, 3))
