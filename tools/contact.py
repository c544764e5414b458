"""Normalise what people type as e-mail and phone, so that one person is one customer."""

import re

import phonenumbers

MAX_EMAIL = 254  # RFC 5321, section 4.5.3.1.3: a path has at most 256 octets with its brackets
MAX_PHONE = 32

HIDDEN = "•••"
MIN_MASKED_PHONE = 6  # of fewer characters, three would be too much

# Deliberately plain: one @, a dotted domain, nothing that could end or split a mail header.
_CHARACTER = r"[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f]"
_EMAIL = re.compile(rf"{_CHARACTER}+@{_CHARACTER}+\.{_CHARACTER}{{2,}}")


def normalize_email(raw):
    """Return the address in lower case, or "" when `raw` is not one single address.

    :param str raw: what was typed or stored, possibly None
    :rtype: str
    """
    text = (raw or "").strip().lower()
    if not text or len(text) > MAX_EMAIL or not _EMAIL.fullmatch(text):
        return ""
    local, _at, domain = text.partition("@")
    if ".." in text or local.startswith(".") or local.endswith(".") or domain.startswith("."):
        return ""
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return f"{local}@{domain}"


def normalize_phone(raw, country_code=""):
    """Return the number in E.164 form (``+84912345678``), or "" when it cannot be one.

    :param str raw: what was typed or stored, possibly None
    :param str country_code: ISO 3166 code of the country that a national number belongs to
    :rtype: str
    """
    text = (raw or "").strip()
    if not text or len(text) > MAX_PHONE:
        return ""
    # Most of the world dials 00 for +, whatever the country of the shop dials.
    spellings = [text, f"+{text[2:]}"] if text.startswith("00") else [text]
    numbers = (_parse_phone(spelling, country_code) for spelling in spellings)
    return next(filter(None, numbers), "")


def _parse_phone(text, country_code):
    try:
        number = phonenumbers.parse(text, (country_code or "").upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


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
