"""How long a text is for a gateway, and as how many SMS it is charged (3GPP TS 23.038, 23.040)."""

from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_PLACES = frozenset("^{}\\[~]|€\f")
# How much one SMS holds, alone and as a part of several.
_BASIC_SIZES, _OTHER_SIZES = (160, 153), (70, 67)


class Size(NamedTuple):
    """How long a text is, in the letters that are charged, and in how many parts it leaves."""

    letters: int
    parts: int


def measure(text):
    """Return the size of a text; a single letter with an accent makes all of them wider.

    :rtype: Size
    """
    if _BASIC.union(_TWO_PLACES).issuperset(text):
        widths = [2 if letter in _TWO_PLACES else 1 for letter in text]
        return Size(sum(widths), _parts(widths, *_BASIC_SIZES))
    widths = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    return Size(sum(widths), _parts(widths, *_OTHER_SIZES))


def _parts(widths, alone, each):
    """Return how many parts it takes: no letter is cut in two."""
    if sum(widths) <= alone:
        return 1
    parts, filled = 1, 0
    for width in widths:
        if filled + width > each:
            parts, filled = parts + 1, 0
        filled += width
    return parts
