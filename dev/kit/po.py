"""Translations: what has to be translated, and whether it is."""

import re

from kit import paths

try:
    import polib
except ImportError:  # only --help runs before the environment exists
    polib = None

LANGUAGES = ("vi", "bg")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdfr]|%[sdfr]|\{\w*\}|\$\{\w+\}")


def template():
    """Return the path of the .pot."""
    return paths.ROOT / "i18n" / f"{paths.ADDON}.pot"


def catalogue(language):
    """Return the path of a language's .po."""
    return paths.ROOT / "i18n" / f"{language}.po"


def check_complete():
    """Return what is missing or doubtful in the translations, or nothing."""
    if not template().exists():
        return ""
    wanted = polib.pofile(str(template()))
    return "\n".join(line for language in LANGUAGES for line in _objections(language, wanted))


def _objections(language, wanted):
    path = catalogue(language)
    if not path.exists():
        return [f"{path.relative_to(paths.ROOT)}: missing; dev/i18n makes it"]
    has = {entry.msgid: entry for entry in polib.pofile(str(path)) if not entry.obsolete}
    found = [(entry, problem(has.get(entry.msgid))) for entry in wanted]
    name = path.relative_to(paths.ROOT)
    return [f"{name}: {what}: {entry.msgid[:70]!r}" for entry, what in found if what]


def problem(entry):
    """Return what is wrong with a translated entry, or nothing."""
    if entry is None:
        return "missing"
    if entry.fuzzy:
        return "fuzzy"
    if not entry.translated():
        return "untranslated"
    if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr)):
        return "other placeholders"
    return ""
