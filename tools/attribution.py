"""Which reminder earned an order: clicked, coupon, assisted, or none. Nothing is claimed twice.

From strong to weak:

clicked     the buyer went on from the reminder, within its window before the order was placed
coupon      the order carries a code that the reminder gave; the code's own expiry is its window
assisted    the reminder left within its window before the order was placed, nobody clicked
own_accord  none of these

Among equals the last click wins, then the last that left. What is dated after the order, be it
a late click or a reminder sent while the clock was wrong, earns nothing.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

# A buyer who went on from a reminder, or used its code, came back because of it.
RECOVERING = ("clicked", "coupon")

# What is not closed hides the rest, as it does in a browser.
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(style|script|head)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|big|code|em|font|i|mark|s|small|span|strong|u|wbr)\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]*>")
# Odoo's own link that puts a code into the cart: /coupon/<code>?r=/shop
_COUPON_LINK = re.compile(r"/coupon/([^/?#\"'<>\s]+)")


@dataclass(frozen=True)
class Reminder:
    """A reminder that left.

    :param datetime sent_at: when, UTC
    :param int window_days: days for which it may be credited
    :param datetime clicked_at: when the buyer last went on from its link, UTC
    :param codes: the codes that it gave
    """

    id: int
    sent_at: datetime
    window_days: int
    clicked_at: datetime | None = None
    codes: Collection[str] = ()


class Credit(NamedTuple):
    """What earned an order: the kind, and which reminder, by its click or its leaving, and when."""

    kind: str
    reminder_id: int | None = None
    at: datetime | None = None


def credit(reminders: Iterable[Reminder], codes: Collection[str], placed_at: datetime) -> Credit:
    """Return what earned an order that was placed at `placed_at` (UTC).

    :param reminders: those that left to its buyer
    :param codes: the coupon and promotion codes on the order
    """
    sent = [reminder for reminder in reminders if reminder.sent_at <= placed_at]
    earners = {
        "clicked": lambda reminder: _within(reminder.clicked_at, reminder, placed_at),
        "coupon": lambda reminder: not set(codes).isdisjoint(reminder.codes),
        "assisted": lambda reminder: _within(reminder.sent_at, reminder, placed_at),
    }
    for kind, earns in earners.items():
        if found := [reminder for reminder in sent if earns(reminder)]:
            earner = max(found, key=lambda reminder: _last(reminder, placed_at))
            at = earner.clicked_at if kind == "clicked" else earner.sent_at
            return Credit(kind, earner.id, at)
    return Credit("own_accord")


def outcome(kind: str) -> str:
    """Return the state of an unfinished order that was placed, by what earned the order."""
    return "recovered" if kind in RECOVERING else "own_accord"


def codes_given(content: str, codes: Collection[str]) -> frozenset[str]:
    """Return which of `codes` the HTML `content` shows as a whole word or puts into a link.

    Letter case matters, as it does where codes are entered.
    """
    visible = unescape(_TAG.sub(" ", _INLINE_TAG.sub("", _HIDDEN.sub(" ", content))))
    linked = {unquote(unescape(code)) for code in _COUPON_LINK.findall(content)}
    return frozenset(code for code in codes if code in linked or _is_word(code, visible))


def _within(at, reminder, placed_at):
    """Tell whether `at` lies within the window of `reminder` before the order was placed."""
    return bool(at) and placed_at - timedelta(days=reminder.window_days) <= at <= placed_at


def _last(reminder, placed_at):
    clicked = bool(reminder.clicked_at) and reminder.clicked_at <= placed_at
    return (clicked and reminder.clicked_at) or datetime.min, reminder.sent_at, reminder.id


def _is_word(code, text):
    """Tell whether `code` stands alone in `text`: SAVE-10 is no SAVE, and SAVE10 no SAVE1."""
    return bool(code) and re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", text) is not None
