"""The addon that this repository is."""

import ast
import os

from kit import paths
from kit.python_env import key

# None of these changes what is installed into a database.
ASIDE = {"dev", "tests", "readme", "node_modules", "__pycache__"}
ASIDE_SUFFIXES = {".md", ".pyc", ".toml", ".lock"}


def manifest():
    """Return the addon's manifest."""
    return ast.literal_eval((paths.ROOT / "__manifest__.py").read_text())


def depends():
    """Return the names of the addons that ours needs."""
    return sorted(manifest()["depends"])


def files():
    """Yield every file that belongs to the installed addon, always in the same order."""
    for folder, folders, names in os.walk(paths.ROOT):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in ASIDE)
        for name in sorted(names):
            if name[0] != "." and os.path.splitext(name)[1] not in ASIDE_SUFFIXES:
                yield paths.ROOT / os.path.relpath(os.path.join(folder, name), paths.ROOT)


def stamp():
    """Return a text that changes with anything in the addon that a database could hold."""
    parts = []
    for path in files():
        parts += [str(path.relative_to(paths.ROOT)), path.read_bytes()]
    return key(*parts)
