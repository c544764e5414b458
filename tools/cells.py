"""Text that no spreadsheet runs, as cells of a CSV file and of an XLSX sheet.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``, also after blanks, a TAB or
a line break, and in some languages the wide forms of these signs (OWASP, "CSV Injection").

CSV    knows no types: such text gets an apostrophe in front, which shows, and keeps it text. That
       holds for ``+359 888…`` as well, which would become a number without its plus. Text is
       always quoted; a program that takes ``;`` or a TAB for the separator splits it in spite of
       the quotes, so what would begin a cell then is disarmed, too.
XLSX   knows types: a text cell is text, whatever is in it. It is marked as "typed with an
       apostrophe", so that it stays text when somebody edits it.
"""

import re
from datetime import datetime

import pytz

# The most that a cell of a spreadsheet holds.
MAX_CHARACTERS = 32_767

SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
# Blanks, control and formatting characters, among them those that show nothing at all.
UNSEEN = (
    "\\s\\x00-\\x1f\\x7f-\\xa0\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\ufeff"
)
_RISKY = re.compile(f'[\\t\\r\\n]|[{UNSEEN}"]*[{SIGNS}]')
_SEPARATOR = re.compile("[;\\t\\r\\n]")
_RISKY_AFTER_SEPARATOR = re.compile(f'(?<=[;\\t\\r\\n])(?=[{UNSEEN}"]*[{SIGNS}])')

# What XML cannot hold at all, and what a spreadsheet would take for such a character.
_NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_NEEDS_CARE = re.compile(
    f"^[{UNSEEN}'\"{SIGNS}]|[\\x00-\\x1f&<>\\ud800-\\udfff\\ufffe\\uffff]|_x|\\s$"
)

# Styles of an XLSX cell, by their place in the stylesheet.
DATETIME, AMOUNT, HEAD, DISARMED = 1, 2, 3, 4
EMPTY = "<c/>"
_DAY_ZERO = datetime(1899, 12, 30)


def is_risky(text):
    """Tell whether a spreadsheet would run `text`, or might, if it were typed into a cell."""
    return bool(_RISKY.match(text))


def to_local(moments, tz):
    """Return what a clock in `tz` shows at each of these moments.

    :param moments: naive UTC; what is false stays as it is
    :param str tz: name of a time zone
    """
    from_utc, offsets, local = pytz.timezone(tz).fromutc, {}, []
    for moment in moments:
        if moment:
            # Clocks change on the half-hour: one of these needs to be looked up once.
            half_hour = moment.toordinal() * 48 + moment.hour * 2 + (moment.minute >= 30)
            if half_hour not in offsets:
                offsets[half_hour] = from_utc(moment).replace(tzinfo=None) - moment
            moment += offsets[half_hour]  # noqa: PLW2901
        local.append(moment)
    return local


# === CSV ===#


def csv_text(value):
    """Return `value` as a quoted cell of text."""
    if not value:
        return '""'
    text = value[:MAX_CHARACTERS]
    if _SEPARATOR.search(text):
        text = _RISKY_AFTER_SEPARATOR.sub("'", text)
    if _RISKY.match(text):
        text = f"'{text}"
    text = text.replace('"', '""').replace("\x00", "")
    return f'"{text}"'


def csv_number(value):
    """Return a number; None stands for nothing."""
    return "" if value is None else repr(value)


def csv_datetime(value):
    """Return a moment as every spreadsheet reads it."""
    return value.isoformat(" ", "seconds") if value else ""


def csv_boolean(value):
    """Return yes or no as every spreadsheet reads it."""
    return "TRUE" if value else "FALSE"


# === XLSX ===#


def xlsx_text(value, style=0):
    """Return `value` as a cell of text, or as an empty one."""
    if not value:
        return EMPTY
    if not style and len(value) < MAX_CHARACTERS and not _NEEDS_CARE.search(value):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return _careful_xlsx_text(value, style)


def _careful_xlsx_text(value, style):
    text = value[:MAX_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n")
    style = style or (DISARMED if is_risky(value) else 0)
    text = _LOOKS_ESCAPED.sub("_x005F_", _NOT_IN_XML.sub("", text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'


def xlsx_number(value, style=0):
    """Return a number as a cell; None stands for nothing."""
    if value is None:
        return EMPTY
    return f'<c s="{style}"><v>{value!r}</v></c>' if style else f"<c><v>{value!r}</v></c>"


def xlsx_amount(value):
    """Return an amount as a cell that shows two decimals."""
    return xlsx_number(value, AMOUNT)


def xlsx_datetime(value):
    """Return a moment as a cell: days since the end of 1899, as spreadsheets count."""
    if not value:
        return EMPTY
    since = value - _DAY_ZERO
    return f'<c s="{DATETIME}"><v>{since.days + since.seconds / 86400:.9f}</v></c>'


def xlsx_boolean(value):
    """Return yes or no as a cell."""
    return f'<c t="b"><v>{1 if value else 0}</v></c>'
