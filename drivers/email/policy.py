"""How mails become text: as Python and Odoo make it, with a link and all words kept, and faster."""

import email.policy
from email.header import Header
from email.headerregistry import HeaderRegistry
from functools import cache, lru_cache

ONE_LINE = email.policy.SMTP.clone(max_line_length=None)


class HeaderClasses(HeaderRegistry):
    """Makes the class of each kind of header once, and a header that comes again not again.

    Python makes two new classes for each of some twenty headers of each mail, takes the header
    apart and puts it together again, which is half of the time in which a mail is built. Most of
    them say the same in all mails: the sender, the kinds and the encodings of the parts.
    """

    def __getitem__(self, name):
        return _make_class(self.registry.get(name.lower(), self.default_class), self.base_class)

    def __call__(self, name, value):
        kind = self[name]
        return _make_header(kind, name, value) if isinstance(value, str) else kind(name, value)


class Folded:
    """A header that remembers how it is folded; as in Python, nothing changes it."""

    def fold(self, *, policy):
        """Return the header as it is written, with its name and the ends of its lines."""
        known = self.__dict__.setdefault("_folded", {})
        rules = policy.max_line_length, policy.linesep, policy.utf8
        if rules not in known:
            known[rules] = super().fold(policy=policy)
        return known[rules]


@cache
def _make_class(kind, base):
    return type(f"_{kind.__name__}", (Folded, kind, base), {})


@lru_cache(maxsize=256)
def _make_header(kind, name, value):
    return kind(name, value)


class WholeLinkPolicy(type(email.policy.SMTP)):
    """Keeps the unsubscribe link in one piece, and the words of the subject apart.

    Python encodes what is longer than a line as it does with words (bpo-35805). In this header
    that is not allowed (RFC 2047, section 5), and mail programs find no link in it.

    Where a subject of other letters than ASCII's is longer than a line, Python up to 3.12.3 loses
    spaces (gh-92081), and later ones write what Yahoo refuses (gh-144156). `Header` does neither.
    """

    def _fold(self, name, value, *args, **kwargs):
        if name.lower() == "list-unsubscribe":
            return ONE_LINE._fold(name, value, *args, **kwargs)
        if name.lower() == "subject" and not value.isascii():
            words = Header(str(value), "utf-8", maxlinelen=75, header_name=name)
            return f"{name}: {words.encode(linesep=self.linesep)}{self.linesep}"
        return super()._fold(name, value, *args, **kwargs)


HEADER_CLASSES = HeaderClasses()
WHOLE_LINK = WholeLinkPolicy(linesep=email.policy.SMTP.linesep, header_factory=HEADER_CLASSES)
