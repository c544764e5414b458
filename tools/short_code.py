"""Bytes as letters and digits that survive any phone: no sign at which a link would end."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_BASE = len(_DIGITS)


def encode(data, length):
    """Return bytes as a code of `length` characters, which must be enough for them.

    :param bytes data: of a length that who decodes knows
    :rtype: str
    """
    number, code = int.from_bytes(data, "big"), ""
    for _place in range(length):
        number, value = divmod(number, _BASE)
        code = _DIGITS[value] + code
    return code


def decode(code, length, size):
    """Return the bytes of a code, none for what `encode` has not made.

    :param str code: anything at all
    :param int size: how many bytes it stands for
    :rtype: bytes
    """
    if len(code) != length or not _VALUES.keys() >= set(code):
        return b""
    number = 0
    for digit in code:
        number = number * _BASE + _VALUES[digit]
    return number.to_bytes(size, "big") if number < 256**size else b""
