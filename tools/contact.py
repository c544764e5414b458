"""Who a person is: what counts as an e-mail address or a phone number, and whose it is.

The normal forms are Odoo's own, as it keeps them with contacts and on its blacklists
(`email_normalized`, `phone_sanitized`); `models/cart/res_partner.py` asks Odoo for them.
"""

import re
from typing import NamedTuple

import phonenumbers

MAX_EMAIL = 254  # RFC 5321, section 4.5.3.1.3: a path has at most 256 octets with its brackets
MAX_PHONE = 32

HIDDEN = "•••"
MIN_MASKED_PHONE = 6  # of fewer characters, three would be too much

# What mail can be sent to, of all that Odoo keeps as an address: one @, dots between words, nothing
# that could end or split a header. PostgreSQL reads these patterns as Python does.
_LETTERS = r"[^\x01-\x20\x22(),.:;<>@[\\\]\x7f\u00a0\u2000-\u200f\u2028\u2029\u3000\ufeff]"
ADDRESS = rf"^{_LETTERS}+(\.{_LETTERS}+)*@{_LETTERS}+(\.{_LETTERS}+)*\.{_LETTERS}{{2,}}$"
NUMBER = r"^\+[0-9]{4,15}$"  # E.164
# NUL cannot be in a column, and not in PostgreSQL's pattern either.
_ADDRESS = re.compile(ADDRESS.replace(r"\x01", r"\x00").replace("$", r"\Z"))
_NUMBER = re.compile(NUMBER.replace("$", r"\Z"))
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


class Buyer(NamedTuple):
    """Who has left a cart: how to reach them, each in Odoo's normal form and "" when unknown."""

    email: str = ""
    phone: str = ""
    partner_id: int = 0  # of the contact, 0 while there is none
    is_gone: bool = False  # the contact is archived: nobody may be written to
    name: str = ""  # of the contact


def only_address(normal):
    """Return an address in Odoo's normal form, "" when no mail can be sent to it.

    :param str | bool normal: as from `odoo.tools.email_normalize`, or stored
    :rtype: str
    """
    text = normal or ""
    return text if len(text) <= MAX_EMAIL and _ADDRESS.match(text) else ""


def only_number(normal):
    """Return a phone number in E.164 form (``+84912345678``), "" when it is none.

    :param str | bool normal: as Odoo formats it, or stored
    :rtype: str
    """
    text = normal or ""
    return text if _NUMBER.match(text) else ""


def region_of(number):
    """Return the country (``VN``) of a phone number in E.164 form, "" when it is none's.

    :param str | bool number: as from `only_number`
    :rtype: str
    """
    digits = only_number(number)[1:]
    codes = (int(digits[:length]) for length in (1, 2, 3) if digits)
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    regions = next((known[code] for code in codes if code in known), ())
    if len(regions) > 1:  # as with the United States and Canada, where the next digits tell
        regions = [_region_by_all_digits(number)]
    return regions[0] if regions and regions[0].isalpha() else ""  # "001" is for the whole world


def _region_by_all_digits(number):
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def only_line(raw, size):
    """Return what was typed into a field of one line; "" when it is longer, or not one line.

    :param str raw: possibly None
    :param int size: how many characters it may have
    :rtype: str
    """
    text = (raw or "").strip()
    return text if len(text) <= size and not _UNPRINTABLE.search(text) else ""


def customer_key(email, phone, partner_id=0):
    """Return one key per person: normalised e-mail first, then phone, then the contact.

    :param str email: normalised e-mail or ""
    :param str phone: normalised phone or ""
    :param int partner_id: id of the contact, used when there is nothing better
    :rtype: str
    """
    if email:
        return f"e:{email}"
    if phone:
        return f"p:{phone}"
    return f"c:{partner_id}" if partner_id else ""


def is_same_person(one, other):
    """Tell whether two buyers are one person.

    The same contact is. So is the same e-mail; the same phone only where one of them has no
    e-mail, because people who do not want to give their number make up one and the same.
    Colleagues in one company are different people.

    :param Buyer one: in normal form
    :param Buyer other: in normal form
    :rtype: bool
    """
    if one.partner_id and one.partner_id == other.partner_id:
        return True
    if one.email and other.email:
        return one.email == other.email
    return bool(one.phone) and one.phone == other.phone


def marks(key, phone):
    """Return under what a person is noted, so that `rivals` of the same person find it.

    :param str key: their `customer_key`, or empty
    :param str phone: normalised, or empty
    :rtype: set[str]
    """
    return {key or "", phone and f"tel:{phone}"} - {"", None, False}


def rivals(key, phone):
    """Return under what somebody else who is the same person may be noted by `marks`.

    A person with an e-mail meets those without one at the phone, but no other e-mail. The contact
    counts where there is nothing else.

    :rtype: set[str]
    """
    at_phone = phone and (f"p:{phone}" if (key or "").startswith("e:") else f"tel:{phone}")
    return {key or "", at_phone} - {"", None, False}


def mask_email(email):
    """Return enough of an address to know one's own by: ``a•••@e•••.com``.

    The number of dots is always the same, so that they do not tell the length.
    """
    local, _at, domain = (email or "").rpartition("@")
    name, dot, ending = domain.rpartition(".")
    if not (local and name):
        return HIDDEN
    return f"{local[0]}{HIDDEN}@{name[0]}{HIDDEN}{dot}{ending}"


def mask_phone(phone):
    """Return enough of a number to know one's own by: ``•••456``."""
    return f"{HIDDEN}{phone[-3:]}" if len(phone or "") > MIN_MASKED_PHONE else HIDDEN
