"""Search conditions that came from a browser: read as data, never run, and about known fields."""

import ast

CONNECTORS = ("&", "|", "!")
ALWAYS = ((1, "=", 1), (0, "=", 1))
OPERATORS = frozenset(
    [
        *("=", "!=", "<", ">", "<=", ">=", "in", "not in", "like", "not like", "ilike"),
        *("not ilike", "=like", "=ilike", "child_of", "parent_of"),
    ]
)
PLAIN = (str, int, float, bool, type(None))
MAX_TEXT = 1_000_000


def parse(text, fields):
    """Return the conditions that `text` writes down, as a list in Odoo's notation.

    :param str text: a list as Python writes it; nothing in it is run
    :param fields: names of the fields that may be asked for; of what they refer to, anything
    :raise ValueError: it is no such list, or it asks for another field
    """
    if len(text) > MAX_TEXT:
        raise ValueError("too long")
    try:
        found = ast.literal_eval(text.strip() or "[]")
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(text[:80]) from error
    if not isinstance(found, list | tuple):
        raise ValueError(text[:80])
    return [_checked(part, fields) for part in found]


def _checked(part, fields):
    if isinstance(part, str):
        if part in CONNECTORS:
            return part
        raise ValueError(part)
    if not isinstance(part, list | tuple) or len(part) != 3:
        raise ValueError(str(part)[:80])
    field, operator, value = part
    if tuple(part) in ALWAYS:
        return tuple(part)
    if not isinstance(field, str) or field.split(".")[0] not in fields:
        raise ValueError(str(field)[:80])
    if operator not in OPERATORS or not _is_plain(value):
        raise ValueError(str(part)[:80])
    return field, operator, value


def _is_plain(value):
    if isinstance(value, list | tuple):
        return all(isinstance(one, PLAIN) for one in value)
    return isinstance(value, PLAIN)
