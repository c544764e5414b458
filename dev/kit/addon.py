"""The addon that this repository is."""

import ast
import contextlib
import os
from pathlib import Path

from kit import paths
from kit.python_env import key

# None of these changes what is installed into a database.
ASIDE = paths.NO_PART | {"tests"}
ASIDE_SUFFIXES = {".md", ".toml", ".cjs", ".webp"}


def manifest():
    """Return the addon's manifest."""
    return ast.literal_eval((paths.ROOT / "__manifest__.py").read_text())


def depends():
    """Return the names of the addons that ours needs."""
    return sorted(manifest()["depends"])


def files(tests=False):
    """Yield every file that is part of the addon, always in the same order."""
    aside = ASIDE - {"tests"} if tests else ASIDE
    for folder, folders, names in os.walk(paths.ROOT):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in aside)
        for name in sorted(names):
            if name[0] != "." and not name.endswith(".pyc"):
                yield Path(folder, name)


def stamp():
    """Return a text that changes with anything in the addon that a database could hold."""
    parts = []
    for path in files():
        if path.suffix not in ASIDE_SUFFIXES:
            with contextlib.suppress(FileNotFoundError):  # somebody is at work
                parts += [str(path.relative_to(paths.ROOT)), path.read_bytes()]
    return key(*parts)
