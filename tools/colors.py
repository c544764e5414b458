"""Colours that can be read, whatever a company has chosen for its mails."""

import re

BLACK, WHITE = "#000000", "#ffffff"
MIN_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3, for text of normal size

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def contrast(first, second):
    """Return the contrast ratio of two colours, from 1 to 21.

    :param str first: ``#rgb`` or ``#rrggbb``
    :param str second: likewise
    :rtype: float
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background, wanted):
    """Return `wanted` when it can be read on `background`, else black or white.

    :param str background: a CSS colour
    :param str wanted: a CSS colour, possibly ""
    :rtype: str
    """
    if not _HEX.fullmatch(background or ""):
        return wanted or WHITE
    if _HEX.fullmatch(wanted or "") and contrast(background, wanted) >= MIN_CONTRAST:
        return wanted
    return max(WHITE, BLACK, key=lambda color: contrast(background, color))


def _luminance(color):
    """Return the relative luminance of a colour as WCAG 2.2 defines it, from 0 to 1."""
    digits = color.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel):
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
