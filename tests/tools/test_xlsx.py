"""XLSX files in pieces, read back by the library that everybody uses."""

import io
import tempfile
import zipfile
from dataclasses import replace
from datetime import datetime

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...tools import cells, xlsx


def make_file(batches, sheet_rows=xlsx.SHEET_ROWS, title="Carts"):
    """Return a file of one column; a sheet is begun anew for each process, as after a crash."""
    known, sheets, contents = {}, [], []
    for number, batch in enumerate(batches):
        sheet = xlsx.Sheet(**known)
        if sheet.is_full:
            sheet = xlsx.following(sheet)
        text = "" if sheet.size else xlsx.head([cells.xlsx_text("Text", cells.HEAD)], [20])
        text += "".join(f"<row>{cells.xlsx_text(value)}</row>" for value in batch)
        is_last = number == len(batches) - 1 or sheet.rows + len(batch) >= sheet_rows
        text += xlsx.FOOT if is_last else ""
        sheet, content = xlsx.pack(sheet, text, len(batch), is_last=is_last)
        if sheet.number > len(sheets):
            sheets.append(sheet)
            contents.append(b"")
        sheets[-1] = sheet
        contents[-1] += content
        known = xlsx.to_dict(sheet)
    fronts, end = xlsx.container(sheets, title)
    return b"".join(a + b for a, b in zip(fronts, contents, strict=True)) + end


def read(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: [row[0] for row in sheet.values] for sheet in book}


class TestXlsx(BaseCase):
    def test_pieces_make_one_sheet(self):
        data = make_file([["a", "b"], ["c"], ["d", "=1+1"]])
        self.assertEqual(read(data), {"Carts": ["Text", "a", "b", "c", "d", "=1+1"]})
        self.assertIsNone(zipfile.ZipFile(io.BytesIO(data)).testzip())

    def test_a_full_sheet_is_followed_by_another_with_its_own_head(self):
        data = make_file([["a", "b"], ["c", "d"], ["e"]], sheet_rows=2)
        self.assertEqual(
            read(data),
            {"Carts": ["Text", "a", "b"], "Carts 2": ["Text", "c", "d"], "Carts 3": ["Text", "e"]},
        )

    def test_a_file_without_rows_has_its_head(self):
        self.assertEqual(read(make_file([[]])), {"Carts": ["Text"]})

    def test_fault_57_every_text_is_read_back_as_text(self):
        for text in ("=1+1", "@SUM(A1)", "+1", "-1", "\t=1", "＝1", "+359888123456"):
            book = openpyxl.load_workbook(io.BytesIO(make_file([[text]])))
            cell = book.active["A2"]
            with self.subTest(text=text):
                self.assertEqual((cell.value, cell.data_type), (text, "s"))
                self.assertTrue(cell.quotePrefix, "it stays text when somebody edits it")

    def test_moments_and_amounts_are_read_back_as_such(self):
        row = cells.xlsx_datetime(datetime(2026, 3, 29, 1, 30, 59)) + cells.xlsx_amount(-1234.5)
        text = (
            f"{xlsx.head([cells.EMPTY], [9])}<row>{row}{cells.xlsx_boolean(True)}</row>{xlsx.FOOT}"
        )
        sheet, content = xlsx.pack(xlsx.Sheet(), text, 1, is_last=True)
        (front,), end = xlsx.container([sheet], "Carts")
        book = openpyxl.load_workbook(io.BytesIO(front + content + end))
        values = [cell.value for cell in book.active[2]]
        self.assertEqual(values, [datetime(2026, 3, 29, 1, 30, 59), -1234.5, True])
        self.assertEqual(book.active["B2"].number_format, "#,##0.00")

    def test_a_title_that_no_sheet_may_have_is_mended(self):
        (title,) = read(make_file([["a"]], title='[Carts]: "a/b" & ' + "c" * 40))
        self.assertLessEqual(len(title), 31)

    def test_a_file_of_more_than_4_gib_is_read_back(self):
        """Sheets as large as they get, as holes; the last one, behind them, is read."""
        text = f"{xlsx.head([cells.xlsx_text('Text')], [9])}{xlsx.FOOT}"
        hole = xlsx.Sheet(rows=9, size=xlsx.SHEET_BYTES, packed=xlsx.SHEET_BYTES, is_full=True)
        for holes in (1, 2, 3):
            sheets = [replace(hole, number=number) for number in range(1, holes + 1)]
            last, content = xlsx.pack(xlsx.Sheet(number=holes + 1), text, 0, is_last=True)
            fronts, end = xlsx.container([*sheets, last], "Carts")
            with self.subTest(holes=holes), tempfile.TemporaryFile() as file:
                for front in fronts:
                    file.write(front)
                    file.seek(hole.packed, io.SEEK_CUR)
                file.seek(-hole.packed, io.SEEK_CUR)
                file.write(content + end)
                with zipfile.ZipFile(file) as archive:
                    name = f"xl/worksheets/sheet{last.number}.xml"
                    self.assertEqual(archive.read(name).decode(), text)
                    self.assertIn("Carts 2", archive.read("xl/workbook.xml").decode())
                    sizes = [archive.getinfo(n).compress_size for n in archive.namelist()[-2:]]
                    self.assertEqual(sizes, [hole.packed, len(content)])

    # A busy machine is no reason to fail.
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
    def test_no_text_breaks_the_file(self, texts):
        (rows,) = read(make_file([texts])).values()
        self.assertEqual(len(rows), len(texts) + 1)
