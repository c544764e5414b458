from odoo.tests import BaseCase

from ...tools.one_line import one_line


class TestToolsOneLine(BaseCase):
    def test_what_fits_stays_as_it_is(self):
        for text in ("Lamp", "Đèn bàn ánh sáng ấm", "مصباح مكتب", "👩‍🚀 Rocket", "می‌خواهم"):
            self.assertEqual(one_line(text, 40), text)

    def test_nothing_is_an_empty_line(self):
        for text in ("", False, None, " \n "):
            self.assertEqual(one_line(text, 40), "")

    def test_line_breaks_become_spaces(self):
        self.assertEqual(one_line("Lamp\r\nBcc: eve@example.com", 40), "Lamp Bcc: eve@example.com")
        self.assertEqual(one_line("a\u2028b\tc\x85d", 40), "a b c d")

    def test_marks_that_nobody_sees_are_dropped(self):
        self.assertEqual(one_line("Lamp\u202egnp.exe\u200b\u2066\ufeff", 40), "Lampgnp.exe")

    def test_what_is_too_long_ends_in_an_ellipsis(self):
        self.assertEqual(one_line("Lamp shade", 6), "Lamp…")
        self.assertEqual(one_line("Lamp shade", 10), "Lamp shade")
        self.assertEqual(len(one_line("x" * 1_000_000, 80)), 80)
        self.assertEqual(len(one_line(" x" * 500_000, 80)), 80)
