from odoo.tests import BaseCase

from ...tools.short_code import decode, encode


class TestShortCode(BaseCase):
    def test_a_code_is_read_back(self):
        for data in (bytes(16), bytes(range(16)), b"\xff" * 16):
            code = encode(data, 22)
            self.assertRegex(code, r"^[0-9A-Za-z]{22}$")
            self.assertEqual(decode(code, 22, 16), data)

    def test_what_is_no_code_is_nothing(self):
        for wrong in ("", "a" * 21, "a" * 23, "z" * 22, "-" * 22, "é" * 22):
            self.assertEqual(decode(wrong, 22, 16), b"")
