"""The text of a mail for whom its HTML is not shown: a screen reader, a watch, a spam filter.

Odoo's own marks what is bold with asterisks, numbers all links and pictures and lists them below,
and tears the rows of a table apart.
"""

import re

from lxml import etree

SPACE = re.compile(r"[ \t\r\n\f]+")
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# Take no room, and mean nothing in a text: zero-width spaces, joiners of graphemes.
NO_ROOM = dict.fromkeys(map(ord, "\u034f\u200b\u2060\ufeff"))
UNSEEN = {"head", "title", "style", "script", "noscript", "template", "object", "svg", "map"}
# How many ends of lines are before and after it: with two, there is an empty line.
GAPS = {
    **dict.fromkeys(
        ("address", "article", "aside", "body", "caption", "center", "dd", "details"), 1
    ),
    **dict.fromkeys(("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer"), 1),
    **dict.fromkeys(("form", "header", "legend", "main", "nav", "section", "summary"), 1),
    **dict.fromkeys(("tbody", "tfoot", "thead"), 1),
    **dict.fromkeys(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"), 2),
    **dict.fromkeys(("ul", "ol", "table"), 2),
}
NAMED = ("tel:", "sms:", "callto:")  # the label says the number
NOWHERE = ("#", "javascript:", "data:", "cid:")
# Longer cells are no row of a table, but columns of a page; a combo names all its parts in one.
CELL_LINES = 12


def plain_text(body):
    """Return the words of a mail: a paragraph in each line, a link below what leads there.

    :param str body: HTML of any kind
    :rtype: str
    """
    tree = etree.fromstring(body, parser=etree.HTMLParser()) if body else None
    if tree is None:  # nothing, or nothing but comments
        return ""
    said = {words for text in tree.itertext() if (words := text.strip())}
    writer = _Writer(said)
    writer.element(tree)
    return _join(writer.ended())


class Untold(str):
    """HTML whose words are for `plain_text` alone: to Odoo's own function, it is blank."""

    __slots__ = ()

    def strip(self, *_characters):
        """Return nothing; that function asks for nothing else."""
        return ""


class _Link(str):
    """An address in a line of its own."""

    __slots__ = ()


class _Aside(_Link):
    """An address that need not be given when it stands elsewhere as well."""

    __slots__ = ()


class _Writer:
    """Writes elements into lines; an empty line parts paragraphs."""

    def __init__(self, said):
        self._said = said  # all that the mail says in words
        self.written = []
        self._buffer = []  # of the line that is being written
        self._below = []  # that come below it
        self._gap = 0  # so many ends of lines come before the next words

    def element(self, node):
        """Write an element, without what follows it."""
        tag = node.tag
        if not isinstance(tag, str) or tag in UNSEEN or _is_hidden(node):
            return
        if write := self._WRITE.get(tag):
            write(self, node)
        elif gap := GAPS.get(tag):
            self._end_line(gap)
            self._write_content(node)
            self._end_line(gap)
        else:
            self._write_content(node)

    _WRITE = {}  # how to write those that are neither words nor paragraphs, by their tags

    def ended(self):
        """Return the lines, the last one included."""
        self._end_line()
        return self.written

    def _write_content(self, node):
        if node.text:
            self._buffer.append(node.text)
        for child in node:
            self.element(child)
            if child.tail:
                self._buffer.append(child.tail)

    def _write_br(self, _node):
        # The second one in a row makes an empty line.
        self._end_line(1 if "".join(self._buffer).strip() else 2)

    def _write_li(self, node):
        self._end_line(1)
        parent = node.getparent()
        is_counted = parent is not None and parent.tag == "ol"
        number = 1 + sum(1 for _one in node.itersiblings("li", preceding=True)) if is_counted else 0
        self._buffer.append(f"{number}. " if number else "- ")
        self._write_content(node)
        self._end_line(1)

    def _write_img(self, node):
        words = (node.get("alt") or "").strip()
        if words and words not in self._said:
            self._buffer.append(f" {words} ")

    def _write_a(self, node):
        url = (node.get("href") or "").strip()
        first, lines = len(self._buffer), len(self.written)
        self._write_content(node)
        if not url or url.lower().startswith((*NOWHERE, *NAMED)):
            return
        # A link around whole paragraphs has ended lines.
        label = "" if len(self.written) > lines else "".join(self._buffer[first:]).strip()
        address = url.partition(":")[2].partition("?")[0]
        if url.lower().startswith("mailto:"):
            if address not in label:
                self._buffer.append(f" ({address})")
        elif not label and len(self.written) == lines:
            self._below.append(_Aside(url))
        elif label and _bare(label) == _bare(url):
            self._buffer[first:] = [url]
        elif url not in self._below:
            self._below.append(_Link(url))

    def _write_tr(self, node):
        """Write a row in one line, when it is one of a table and not of a page."""
        nodes = [one for one in node if one.tag in ("td", "th") and not _is_hidden(one)]
        if len(nodes) == 1:
            self._end_line(1)
            self._write_content(nodes[0])
            self._end_line(1)
            return
        cells = list(filter(None, map(self._cell, nodes)))
        if len(cells) < 2 or any(map(_is_page, cells)):
            for lines in cells:
                self._add_lines(lines)
            return
        words = (", ".join(filter(_is_words, lines)) for lines in cells)
        links = dict.fromkeys(line for lines in cells for line in lines if not _is_words(line))
        self._add_lines(["  ".join(filter(None, words)), *map(_Aside, links)])

    def _cell(self, cell):
        writer = _Writer(self._said)
        writer._write_content(cell)
        return writer.ended()

    def _add_lines(self, lines):
        self._end_line(1)
        for line in lines:
            if not line:
                self._gap = 2
                continue
            self._part()
            self.written.append(line)
            self._gap = 1

    def _end_line(self, gap=0):
        """End the line that is being written, and leave so much room before the next."""
        text = "".join(self._buffer)
        self._buffer.clear()
        if not (self._below or text.strip()):
            self._gap = max(gap, self._gap)
            return
        self._part()
        if words := SPACE.sub(" ", text.translate(NO_ROOM)).strip(" "):
            self.written.append(words)
        self.written += self._below
        self._below = []
        self._gap = gap

    def _part(self):
        if self._gap > 1 and self.written:
            self.written.append("")
        self._gap = 0


_Writer._WRITE.update(
    a=_Writer._write_a,
    br=_Writer._write_br,
    img=_Writer._write_img,
    li=_Writer._write_li,
    tr=_Writer._write_tr,
)


def _is_hidden(node):
    style = node.get("style")
    return (
        bool(style and "none" in style.lower() and HIDDEN.search(style))
        or node.get("hidden") is not None
    )


def _is_words(line):
    return not isinstance(line, _Link)


def _is_page(lines):
    return "" in lines or sum(map(_is_words, lines)) > CELL_LINES


def _bare(url):
    """Return an address as people write it."""
    return url.partition("://")[2].rstrip("/") if "://" in url else url.rstrip("/")


def _join(lines):
    """Return lines as a text, without the addresses that stand elsewhere in it as well."""
    given = {str(line) for line in lines if type(line) is _Link}
    kept = [""]
    for line in lines:
        if isinstance(line, _Aside):
            if line in given:
                continue
            given.add(line)
        if line or kept[-1]:
            kept.append(line if _is_words(line) else f"  {line}")
    text = "\n".join(kept).strip("\n ")
    return f"{text}\n" if text else ""
