"""Where things lie: the checkout, its ignored folder, and the cache that checkouts share."""

import os
from pathlib import Path

ADDON = "website_sale_order_handling"
DEV = Path(__file__).resolve().parent.parent
ROOT = DEV.parent
LOCK = DEV / "lock"
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
    """Make the ignored folder, with the link under which Odoo finds the addon by its name."""
    for folder in (ADDONS, DATA, LOGS, RUN):
        folder.mkdir(parents=True, exist_ok=True)
    link = ADDONS / ADDON
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(ROOT, ADDONS), target_is_directory=True)
