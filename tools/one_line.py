"""Names that other people typed, made fit for one line of a mail."""

import re

# Line breaks and other control characters; marks that turn the direction of what follows around;
# characters that take no room. The joiners (U+200C, U+200D) stay: Persian and emoji need them.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")


def one_line(text, limit):
    """Return `text` in one line of at most `limit` characters, with an ellipsis where it was cut.

    :param str text: possibly "" or False
    :param int limit: at least 2
    :rtype: str
    """
    # Cut roughly first: what nobody will see need not be searched.
    line = " ".join(_UNFIT.sub(_replacement, (text or "")[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _replacement(match):
    """Return what stands in for an unfit character: a space where it parted words, else nothing."""
    return " " if match[0].isspace() or match[0] in "\x00\x0b\x0c" else ""
