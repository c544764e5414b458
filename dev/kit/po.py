"""Translations: what has to be translated, and whether it is."""

import re

from kit import paths

try:
    import polib
except ImportError:  # only --help runs before the environment exists
    polib = None

PLURALS = {"vi": "nplurals=1; plural=0;", "bg": "nplurals=2; plural=(n != 1);"}
LANGUAGES = tuple(PLURALS)
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


def update(exported, *, write):
    """Bring the .pot and every .po up to date; return one line for each file that changes."""
    template().parent.mkdir(exist_ok=True)
    wanted = polib.pofile(exported)
    files = {template(): _as_template(wanted)}
    files |= {catalogue(language): _merged(language, wanted) for language in LANGUAGES}
    changes = []
    for path, catalog in files.items():
        before = polib.pofile(str(path)) if path.exists() else polib.POFile()
        if _terms(before) != _terms(catalog):
            changes.append(f"{path.relative_to(paths.ROOT)}: {_difference(before, catalog)}")
            if write:
                catalog.save(str(path))
    return changes


def _terms(catalog):
    return [
        (entry.msgid, entry.msgstr, entry.comment, tuple(entry.occurrences), tuple(entry.flags))
        for entry in catalog
        if not entry.obsolete
    ]


def _difference(before, after):
    old, new = ({entry.msgid for entry in catalog} for catalog in (before, after))
    return f"{len(new - old)} terms are new, {len(old - new)} are gone"


def _as_template(catalog):
    """Leave out what changes with every export and says nothing."""
    for name in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator"):
        catalog.metadata.pop(name, None)
    return catalog


def _merged(language, wanted):
    path = catalogue(language)
    known = {entry.msgid: entry for entry in polib.pofile(str(path))} if path.exists() else {}
    merged = polib.POFile(wrapwidth=wanted.wrapwidth)
    merged.metadata = {**wanted.metadata, "Language": language, "Plural-Forms": PLURALS[language]}
    for term in wanted:
        entry = polib.POEntry(
            msgid=term.msgid,
            comment=term.comment,
            occurrences=term.occurrences,
            flags=[flag for flag in term.flags if flag != "fuzzy"],
        )
        if (have := known.get(term.msgid)) and not have.obsolete:
            entry.msgstr = have.msgstr
            entry.tcomment = have.tcomment
            entry.flags += [flag for flag in have.flags if flag == "fuzzy"]
        merged.append(entry)
    return merged


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
