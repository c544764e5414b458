from odoo.tests import BaseCase

from ...tools.colors import BLACK, MIN_CONTRAST, WHITE, contrast, text_on


class TestColors(BaseCase):
    def test_black_on_white_is_the_strongest_contrast(self):
        self.assertAlmostEqual(contrast("#000", "#FFFFFF"), 21.0)
        self.assertAlmostEqual(contrast("#777777", "#777"), 1.0)

    def test_the_contrast_is_that_of_the_standard(self):
        # The example that WCAG's own techniques use: the lightest grey that passes on white.
        self.assertGreater(contrast("#767676", WHITE), MIN_CONTRAST)
        self.assertLess(contrast("#777777", WHITE), MIN_CONTRAST)

    def test_a_readable_wish_is_granted(self):
        self.assertEqual(text_on("#875A7B", "#FFFFFF"), "#FFFFFF")

    def test_an_unreadable_wish_becomes_black_or_white(self):
        self.assertEqual(text_on("#ffe600", "#ffffff"), BLACK)
        self.assertEqual(text_on("#1b1b1b", "#222222"), WHITE)

    def test_colors_that_are_no_hexadecimal_are_left_alone(self):
        self.assertEqual(text_on("rebeccapurple", "ivory"), "ivory")
        self.assertEqual(text_on("#123", "ivory"), WHITE)
        self.assertEqual(text_on("", ""), WHITE)
