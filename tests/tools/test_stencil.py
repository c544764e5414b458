from markupsafe import Markup

from odoo.tests import BaseCase

from ...tools.stencil import around, cut, fill


class TestStencil(BaseCase):
    def test_blanks_are_filled_as_often_as_they_occur(self):
        stencil = cut(lambda name, unit: f"<b>{name}</b> {unit} {name}", ("name", "unit"))
        self.assertEqual(fill(stencil, name="Lamp", unit="kg"), "<b>Lamp</b> kg Lamp")
        self.assertEqual(fill(stencil, name="Mat", unit="m"), "<b>Mat</b> m Mat")

    def test_what_is_filled_in_is_text_and_no_html(self):
        stencil = cut(lambda name: f"<b title='{name}'>{name}</b>", ("name",))
        filled = fill(stencil, name="<i>'&")
        self.assertEqual(filled, "<b title='&lt;i&gt;&#39;&amp;'>&lt;i&gt;&#39;&amp;</b>")
        self.assertEqual(fill(stencil, name=Markup("<i>")), "<b title='<i>'><i></b>")

    def test_a_link_is_a_blank_that_looks_like_one(self):
        seen = []

        def render(url):
            seen.append(url)
            return Markup("<a href='{}'>").format(url)

        stencil = cut(render, (), ("url",))
        self.assertRegex(seen[0], r"^https://\w+\.invalid/$")
        filled = fill(stencil, url="https://shop.example.com/?a=1&b=2")
        self.assertEqual(filled, "<a href='https://shop.example.com/?a=1&amp;b=2'>")

    def test_a_blank_that_does_not_occur_and_html_without_any_are_no_problem(self):
        stencil = cut(lambda name: "<p>fixed</p>", ("name",))
        self.assertEqual(fill(stencil, name="Lamp"), "<p>fixed</p>")
        self.assertEqual(fill(cut(lambda: "<p/>", ())), "<p/>")

    def test_more_than_ten_blanks_are_told_apart(self):
        names = [f"n{number}" for number in range(12)]
        stencil = cut(lambda **blanks: " ".join(blanks.values()), names)
        values = {name: name.upper() for name in names}
        self.assertEqual(fill(stencil, **values), " ".join(values.values()))

    def test_a_frame_goes_around_what_is_written_later(self):
        stencil = cut(lambda shop, content: f"<i>{shop}</i>{content}</div>", ("shop", "content"))
        self.assertEqual(around(stencil, "content", shop="A&B"), ("<i>A&amp;B</i>", "</div>"))

    def test_a_frame_that_has_lost_its_blank_is_shown_as_it_is(self):
        stencil = cut(lambda shop, content: f"<i>{shop}</i>", ("shop", "content"))
        self.assertEqual(around(stencil, "content", shop="A"), ("<i>A</i>", ""))

    def test_one_stencil_inside_another_does_not_mix_up_their_blanks(self):
        inner = cut(lambda name: f"<b>{name}</b>", ("name",))
        outer = cut(lambda name: f"<p>{fill(inner, name=name)}</p>", ("name",))
        self.assertEqual(fill(outer, name="Lamp"), "<p><b>Lamp</b></p>")
