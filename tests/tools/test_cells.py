"""What a spreadsheet would run stays text; numbers stay numbers."""

import csv
import io
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...tools import cells

RUN_BY_SPREADSHEETS = (
    '=HYPERLINK("http://evil.example","Click")',
    "=1+1",
    "@SUM(A1:A9)",
    "+1",
    "-1",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1",
    "\r=1",
    "\n=1",
    "\tTAB",
    "\rCR",
    "  =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff@A1",
    "\u202e=1",
    "\x01=1",
    "＝1",
    "＋1",
    "－1",
    "＠A1",
    '"=1',
)
HARMLESS = ("Ada", "a@b.example", "1-2", "0888 123 456", "a = b", "5", "", "Ада", "O'Hara")


def read_csv(cell, delimiter=","):
    return next(csv.reader(io.StringIO(f"{cell}\r\n", newline=""), delimiter=delimiter))


class TestCells(BaseCase):
    def test_fault_57_what_a_spreadsheet_would_run_gets_an_apostrophe_in_csv(self):
        for text in RUN_BY_SPREADSHEETS:
            with self.subTest(text=text):
                (read,) = read_csv(cells.csv_text(text))
                self.assertTrue(read.startswith("'"), read)
                self.assertTrue(cells.is_risky(text))

    def test_fault_57_a_program_that_splits_elsewhere_runs_nothing_either(self):
        for separator in (";", "\t", "\n", "\r\n", "\r"):
            for text in set(RUN_BY_SPREADSHEETS) - {"\tTAB", "\rCR"}:
                cell = cells.csv_text(f"Ada{separator}{text}")
                with self.subTest(cell=cell):
                    for read in read_csv(f'"first",{cell}', delimiter=";"):
                        self.assertFalse(cells.is_risky(read), read)

    def test_harmless_text_is_left_alone(self):
        for text in HARMLESS:
            with self.subTest(text=text):
                self.assertEqual(read_csv(cells.csv_text(text)), [text])
                self.assertFalse(cells.is_risky(text))
                self.assertNotIn('s="4"', cells.xlsx_text(text))

    def test_fault_57_a_phone_number_stays_readable_text(self):
        self.assertEqual(cells.csv_text("+359 888 123 456"), '"\'+359 888 123 456"')
        self.assertIn(">+359 888 123 456<", cells.xlsx_text("+359 888 123 456"))
        self.assertIn('t="inlineStr" s="4"', cells.xlsx_text("+359 888 123 456"))

    def test_numbers_stay_numbers_also_below_zero(self):
        self.assertEqual(cells.csv_number(-12.5), "-12.5")
        self.assertEqual(cells.csv_number(0), "0")
        self.assertEqual(cells.csv_number(None), "")
        self.assertEqual(cells.xlsx_number(-12.5), "<c><v>-12.5</v></c>")
        self.assertEqual(cells.xlsx_amount(0.0), '<c s="2"><v>0.0</v></c>')
        self.assertEqual(cells.xlsx_number(None), cells.EMPTY)

    def test_moments_are_those_of_a_spreadsheet(self):
        moment = datetime(2026, 3, 1, 12, 0)
        self.assertEqual(cells.csv_datetime(moment), "2026-03-01 12:00:00")
        self.assertEqual(cells.xlsx_datetime(moment), '<c s="1"><v>46082.500000000</v></c>')
        self.assertEqual(cells.csv_datetime(False), "")
        self.assertEqual(cells.xlsx_datetime(None), cells.EMPTY)

    def test_moments_are_shown_in_the_time_zone_on_both_sides_of_a_clock_change(self):
        change = datetime(2026, 3, 29, 1, 0)
        moments = [change - timedelta(seconds=1), change, None, change + timedelta(minutes=30)]
        self.assertEqual(
            cells.to_local(moments, "Europe/Paris"),
            [
                datetime(2026, 3, 29, 1, 59, 59),
                datetime(2026, 3, 29, 3, 0),
                None,
                datetime(2026, 3, 29, 3, 30),
            ],
        )

    def test_yes_and_no_are_those_of_a_spreadsheet(self):
        self.assertEqual((cells.csv_boolean(True), cells.csv_boolean(None)), ("TRUE", "FALSE"))
        self.assertEqual(cells.xlsx_boolean(True), '<c t="b"><v>1</v></c>')

    def test_more_than_a_cell_holds_is_cut(self):
        for write in (cells.csv_text, cells.xlsx_text):
            self.assertLess(len(write("=" + "x" * 100_000)), 33_000)

    def test_what_looks_like_markup_or_an_escape_is_text(self):
        self.assertIn("&lt;b&gt; &amp;", cells.xlsx_text("<b> &"))
        self.assertIn("_x005F_x003D_1", cells.xlsx_text("_x003D_1"))

    @given(st.text(max_size=30))
    def test_fault_57_no_text_at_all_begins_a_cell_that_runs(self, text):
        (read,) = read_csv(cells.csv_text(text).replace("\r", " ").replace("\n", " "))
        if text:
            self.assertFalse(cells.is_risky(read), read)
