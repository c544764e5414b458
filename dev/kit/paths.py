"""Where things lie: the checkout, its ignored folder, and the cache that checkouts share."""

import contextlib
import os
from pathlib import Path

ADDON = "website_sale_order_handling"
DEV = Path(__file__).resolve().parent.parent
ROOT = DEV.parent
LOCK = DEV / "lock"
# What lies beside the addon's own files and is no part of it.
NO_PART = {"dev", "node_modules", "dist", "__pycache__"}
STATE = ROOT / ".odoo"
ADDONS = STATE / "addons"
DATA = STATE / "data"
LOGS = STATE / "log"
# Odoo's processes start in an empty folder, so that nothing there can be imported by accident.
RUN = STATE / "run"


def cache():
    """Return the folder shared by all checkouts of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "website-sale-order-handling-dev"


def prepare_state():
    """Make the ignored folder, with the addon under its name for Odoo to find."""
    for folder in (ADDONS, DATA, LOGS, RUN):
        folder.mkdir(parents=True, exist_ok=True)
    _link_addon(ADDONS / ADDON)


def _link_addon(folder):
    """Fill the folder with links to what the root holds.

    A link to the root itself would contain itself, and Odoo follows links when it looks for terms.
    """
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    wanted = {path.name for path in ROOT.iterdir() if path.name[0] != "."} - NO_PART
    for link in folder.iterdir():
        if link.is_symlink() and link.name not in wanted:
            link.unlink(missing_ok=True)
    for name in wanted:
        with contextlib.suppress(FileExistsError):  # also when another command was quicker
            (folder / name).symlink_to(os.path.relpath(ROOT / name, folder))
