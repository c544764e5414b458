"""What stands for a value in a text that a merchant writes: ``{name}``.

A value is put in once and never looked at again: braces in a customer's name stay braces.
"""

import re

NAMES = ("name", "shop", "product", "products", "amount", "link", "stop")
_PLACEHOLDER = re.compile(r"\{\s*([^{}\s]*)\s*\}")
_SPACES = re.compile(r"[ \t]{2,}")


def unknown(text):
    """Return what stands in braces in a text and is none of `NAMES`, in its order.

    :rtype: list[str]
    """
    found = dict.fromkeys(_PLACEHOLDER.findall(text or ""))
    return [name for name in found if name not in NAMES]


def used(text):
    """Return which of `NAMES` a text asks for.

    :rtype: set[str]
    """
    return set(_PLACEHOLDER.findall(text or "")) & set(NAMES)


def fill(text, values):
    """Return a text with its values.

    :param dict[str, str] values: by name; what is empty leaves no gap between two words
    :rtype: str
    """
    filled = _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text or "")
    lines = (_SPACES.sub(" ", line).strip() for line in filled.split("\n"))
    return "\n".join(lines).strip()
