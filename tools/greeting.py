"""How to address a person in a mail, or not at all when that cannot be known."""

# The given name is the last word, and people are addressed by it.
_GIVEN_NAME_LAST = {"vi", "hu"}
# People are addressed by their family name with a title that nobody has told us.
_NEVER_BY_GIVEN_NAME = {"ja", "ko", "zh"}
_LONGEST = 30


def given_name(name, lang):
    """Return the given name in `name`, or "" when it does not look like a person's name.

    :param str name: as stored on a contact, possibly ""
    :param str lang: code of the mail's language, such as ``vi_VN``
    :rtype: str
    """
    words = (name or "").split()
    language = (lang or "").partition("_")[0]
    if not words or len(words) > 5 or language in _NEVER_BY_GIVEN_NAME:
        return ""
    word = words[-1] if language in _GIVEN_NAME_LAST else words[0]
    # An initial, a title, an e-mail address or a number is no name to be greeted by.
    is_name = 1 < len(word) <= _LONGEST and word.replace("-", "").replace("'", "").isalpha()
    return word if is_name else ""
