"""A piece of HTML that is rendered once and filled in many times.

Hundreds of mails differ in names, prices and links only. Rendering the same table for each of
them takes ten times as long as joining its pieces with what is different.
"""

import re
from uuid import uuid4

from markupsafe import Markup, escape

# Letters and digits only: no template, escaping or link rewriting changes them.
_BLANK = "xblank{}x{}x"
_LINK = "https://{}.invalid/"


class Stencil:
    """HTML with blanks, each of which may occur several times, or not at all."""

    def __init__(self, render, names, links=()):
        """Render the HTML once.

        :param render: called with a value for each name, returns the HTML
        :param names: of the blanks that are texts
        :param links: names of the blanks that are absolute URLs
        """
        salt = uuid4().hex  # nobody can name a product after a blank
        texts = {name: _BLANK.format(salt, number) for number, name in enumerate(names)}
        urls = {
            name: _LINK.format(_BLANK.format(salt, len(texts) + number))
            for number, name in enumerate(links)
        }
        values = texts | urls
        names_by_value = {value: name for name, value in values.items()}
        pattern = re.compile("|".join(map(re.escape, values.values())) or r"(?!)")
        html = str(render(**values))
        self._fixed = pattern.split(html)
        self._blanks = [names_by_value[found] for found in pattern.findall(html)]

    def fill(self, **values):
        """Return the HTML with these values in its blanks, escaped unless they are Markup.

        :rtype: Markup
        """
        safe = {name: str(escape(value)) for name, value in values.items()}
        pieces = [self._fixed[0]]
        for name, fixed in zip(self._blanks, self._fixed[1:], strict=True):
            pieces += (safe[name], fixed)
        return Markup("".join(pieces))

    def around(self, name, **values):
        """Return what comes before and after the blank `name`, which occurs once; others filled.

        :rtype: tuple[Markup, Markup]
        """
        cut = f"xcut{uuid4().hex}x"
        before, _cut, after = self.fill(**values, **{name: cut}).partition(cut)
        return before, after
