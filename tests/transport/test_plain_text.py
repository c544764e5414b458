"""The text of a mail, from whatever HTML somebody has put into a template."""

import time

from odoo.tests import BaseCase
from odoo.tools import html2plaintext

from ...drivers.email.plain_text import Untold, plain_text

BUTTON = '<a href="https://shop.example/r/1" style="display: inline-block">Go</a>'


class TestPlainText(BaseCase):
    def _says(self, body, *lines):
        self.assertEqual(plain_text(body), "".join(f"{line}\n" for line in lines))

    def test_paragraphs_have_an_empty_line_between_them_and_lines_none(self):
        self._says("<p>One<br>two</p><p>three</p>", "One", "two", "", "three")
        self._says("<div>One</div><div>two</div>text", "One", "two", "text")
        self._says("One<br><br>two", "One", "", "two")
        self._says("<h1>Head</h1><p>  words \n more  </p>", "Head", "", "words more")

    def test_what_is_bold_or_slanted_is_only_said(self):
        self._says("<p><b>a</b> <strong>b</strong> <em>c</em></p><h2>d</h2>", "a b c", "", "d")

    def test_a_link_is_below_the_words_that_lead_there(self):
        self._says(f"<p>Hello</p>{BUTTON}", "Hello", "", "Go", "  https://shop.example/r/1")
        self._says(
            '<p>Read <a href="https://a.example">this</a> and <a href="https://b.example">that</a>'
            " first.</p>",
            "Read this and that first.",
            "  https://a.example",
            "  https://b.example",
        )

    def test_an_address_that_is_its_own_label_is_said_once(self):
        for label in ("shop.example", "https://shop.example", "https://shop.example/"):
            self._says(
                f'At <a href="https://shop.example">{label}</a>.', "At https://shop.example."
            )

    def test_numbers_and_addresses_of_people_need_no_link(self):
        self._says('<a href="tel:+1555">+1 555</a>', "+1 555")
        self._says('<a href="mailto:a@b.example?subject=x">a@b.example</a>', "a@b.example")
        self._says('<a href="mailto:a@b.example">Write</a>', "Write (a@b.example)")
        self._says('<a href="#top">Up</a> <a>no link</a> <a href="">none</a>', "Up no link none")

    def test_of_a_picture_only_what_nobody_else_says_is_said(self):
        self._says('<img src="a.png">')
        self._says('<img src="a.png" alt="">')
        self._says('<img src="a.png" alt="A lighthouse"><p>Words</p>', "A lighthouse", "", "Words")
        self._says('<img src="a.png" alt="Lamp"><p>Lamp</p>', "Lamp")

    def test_a_picture_that_alone_leads_somewhere_keeps_its_address(self):
        picture = '<a href="https://shop.example/r/1"><img src="a.png"></a>'
        self._says(picture, "https://shop.example/r/1")
        self._says(picture + BUTTON, "Go", "  https://shop.example/r/1")

    def test_a_row_of_a_table_is_a_line(self):
        row = (
            '<tr><td><a href="https://shop.example/r/1"><img alt="Lamp"></a></td>'
            '<td><a href="https://shop.example/r/1">Lamp</a><div>Oak</div><div>Quantity: 2</div>'
            "</td><td>$ 80</td></tr>"
        )
        table = f"<table>{row}<tr><td colspan=2>Subtotal</td><td>$ 80</td></tr></table>"
        lines = "Lamp, Oak, Quantity: 2  $ 80", "Subtotal  $ 80"
        self._says(table + BUTTON, *lines, "", "Go", "  https://shop.example/r/1")
        self._says(table, lines[0], "  https://shop.example/r/1", lines[1])

    def test_a_combo_with_its_parts_is_a_row_like_the_others(self):
        parts = [f"1 × Part {number}" for number in range(6)]
        row = (
            '<tr><td><a href="https://shop.example/r/1"><img alt="Set"></a></td>'
            f'<td><a href="https://shop.example/r/1">Set</a><div>{"</div><div>".join(parts)}</div>'
            "<div>Quantity: 1</div></td><td>$ 80</td></tr>"
        )
        words = f"Set, {', '.join(parts)}, Quantity: 1  $ 80"
        self._says(f"<table>{row}</table>{BUTTON}", words, "", "Go", "  https://shop.example/r/1")

    def test_columns_of_a_page_come_one_below_the_other(self):
        column = "<td><p>{0}</p><p>more of {0}</p></td>"
        table = f"<table><tr>{column.format('left')}{column.format('right')}</tr></table>"
        self._says(table, "left", "", "more of left", "right", "", "more of right")

    def test_tables_in_tables_are_no_matter(self):
        table = "<p>deep</p>"
        for _level in range(30):
            table = f"<table><tr><td>{table}</td></tr></table>"
        self._says(table, "deep")

    def test_lists_have_dashes_or_numbers(self):
        self._says("<ul><li>a</li><li>b</li></ul>", "- a", "- b")
        self._says("<ol><li>a<li>b</ol><p>c</p>", "1. a", "2. b", "", "c")

    def test_what_is_hidden_is_not_said(self):
        self._says(
            "<head><title>T</title><style>p {color: red}</style></head><!-- no -->"
            '<div style="color: red; DISPLAY:none">no</div><p hidden>no</p><script>no</script>yes',
            "yes",
        )

    def test_marks_without_width_are_left_out_and_fixed_spaces_stay(self):
        self._says("<p>$\xa080 -\ufeff5\u200b</p><p>\xa0</p><p>x</p>", "$\xa080 -5", "", "x")

    def test_entities_and_what_looks_like_a_tag_are_text(self):
        self._says("<p>1 &lt; 2 &amp; &eacute; &lt;b&gt;</p>", "1 < 2 & é <b>")

    def test_whatever_comes_makes_a_text(self):
        for nothing in ("", None, " ", "<!-- x -->", "<p></p>", "<table><tr></tr></table>"):
            self.assertEqual(plain_text(nothing), "")
        for broken in ("<p>a", "a</p>", "<table><td>a", "</html>a", "a\x00", "<a href=>a"):
            self.assertIn("a", plain_text(broken), broken)
        deep = plain_text("<div>" * 3000 + "a")
        self.assertIsInstance(deep, str)

    def test_for_odoo_there_is_nothing_to_tell(self):
        body = Untold("<p>words</p>")
        self.assertEqual(html2plaintext(body), "")
        self.assertEqual(str(body), "<p>words</p>")
        self.assertIs(type(str(body)), str)

    def test_a_thousand_products_take_no_longer_for_each(self):
        def seconds(count):
            row = "<tr><td><img alt='x'></td><td><a href='https://e/'>Lamp</a></td><td>1</td></tr>"
            body = f"<table>{row * count}</table>"
            return min(self._timed(body) for _time in range(3)) / count

        self.assertLess(seconds(2000), 5 * seconds(200))

    def _timed(self, body):
        start = time.perf_counter()
        plain_text(body)
        return time.perf_counter() - start
