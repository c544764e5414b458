from odoo.tests import BaseCase

from ...tools.placeholders import fill, unknown, used


class TestPlaceholders(BaseCase):
    def test_each_name_gets_its_value(self):
        self.assertEqual(fill("Hi {name}, {shop}", {"name": "Ada", "shop": "S"}), "Hi Ada, S")
        self.assertEqual(fill("{ name }!", {"name": "Ada"}), "Ada!")

    def test_a_value_is_put_in_once(self):
        self.assertEqual(fill("{name} {shop}", {"name": "{shop}", "shop": "S"}), "{shop} S")

    def test_what_is_empty_leaves_no_gap(self):
        self.assertEqual(
            fill("Hello {name} there\n {shop}", {"name": "", "shop": "S"}), "Hello there\nS"
        )
        self.assertEqual(fill(None, {}), "")

    def test_what_nothing_stands_for_is_named(self):
        self.assertEqual(unknown("{name} {nmae} {x} {nmae}"), ["nmae", "x"])
        self.assertEqual(unknown("no braces"), [])
        self.assertEqual(unknown("{}"), [""])
        self.assertEqual(used("{name} {nmae}"), {"name"})
