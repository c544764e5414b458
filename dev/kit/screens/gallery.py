"""The page that shows all pictures, beside them."""

from kit import browser
from kit.screens import pages, studio

NAMES = {"en_US": "English", "vi_VN": "Tiếng Việt", "bg_BG": "Български"}
HEAD = """\
# Every screen

On a desktop and on a phone, in English, Vietnamese and Bulgarian. `dev/screens` takes all of
them anew.
"""
SECTIONS = (
    ("What staff see", pages.OFFICE),
    ("What buyers see", pages.BUYER),
    ("Mails", pages.MAILS),
)


def write():
    """Write the page about all pictures that there are."""
    parts = [HEAD]
    for title, screens in SECTIONS:
        parts.append(f"## {title}\n")
        parts += [_entry(screen) for screen in screens]
    (studio.FOLDER / "README.md").write_text("\n".join(parts))


def _entry(screen):
    heads = [f"{name}, {size}" for name in NAMES.values() for size in ("desktop", "phone")]
    cells = [
        _cell(screen, language, name, width)
        for language, name in NAMES.items()
        for width in (browser.DESKTOP, browser.PHONE)
    ]
    rows = (heads, ["---"] * len(heads), cells)
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"### {screen.title}\n\n{table}\n"


def _cell(screen, language, name, width):
    path = f"{language[:2]}/{screen.name}_{width}.webp"
    there = (studio.FOLDER / path).exists()
    return f"![{screen.title}, in {name}, {width} px wide]({path})" if there else ""
