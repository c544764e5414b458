"""HTML that is rendered once and filled in many times.

Hundreds of mails differ in names, prices and links only. Rendering the same table for each of
them takes ten times as long as joining its pieces with what is different.
"""

import re
from typing import NamedTuple
from uuid import uuid4

from markupsafe import Markup, escape

# Is read as one space, and is a quarter of what a mail weighs.
INDENTATION = re.compile(r"[ \t]*\n[ \t\n]*")


class Stencil(NamedTuple):
    """HTML around blanks, each of which may occur several times, or not at all."""

    pieces: tuple[str, ...]  # of HTML, one more than there are blanks
    blanks: tuple[str, ...]  # the name of each blank, in the order in which they occur


def cut(render, texts, links=()):
    """Make a stencil.

    :param render: called once, with a value for each blank by its name; returns the HTML
    :param texts: names of the blanks that hold text or HTML
    :param links: names of the blanks that hold absolute URLs
    :rtype: Stencil
    """
    salt = uuid4().hex  # nobody can name a product after a blank
    # Letters and digits only: no template, escaping or rewriting of links changes them.
    values = {name: f"xblank{salt}x{number}x" for number, name in enumerate(texts)}
    values |= {name: f"https://xblank{salt}x{name}x.invalid/" for name in links}
    names = {value: name for name, value in values.items()}
    html = INDENTATION.sub("\n", str(render(**values)))
    if not values:
        return Stencil((html,), ())
    pattern = re.compile("|".join(map(re.escape, names)))
    return Stencil(
        tuple(pattern.split(html)), tuple(names[found] for found in pattern.findall(html))
    )


def fill(stencil, **values):
    """Return the HTML with `values` in its blanks, escaped unless they are Markup.

    :rtype: Markup
    """
    safe = {name: str(escape(value)) for name, value in values.items()}
    parts = [stencil.pieces[0]]
    for name, piece in zip(stencil.blanks, stencil.pieces[1:], strict=True):
        parts += (safe[name], piece)
    return Markup("".join(parts))


def around(stencil, name, **values):
    """Return the HTML before and after the blank `name`, with the others filled.

    A template that a shop has changed may have lost that blank: then all of it comes before.

    :rtype: tuple[Markup, Markup]
    """
    values[name] = ""
    if name not in stencil.blanks:
        return fill(stencil, **values), Markup("")
    at = stencil.blanks.index(name)
    before = Stencil(stencil.pieces[: at + 1], stencil.blanks[:at])
    after = Stencil(stencil.pieces[at + 1 :], stencil.blanks[at + 1 :])
    return fill(before, **values), fill(after, **values)
