"""The machine that the figures belong to."""

import os
import platform

from kit import sql


def describe(env):
    """Return one line: cores, memory, and the versions of what matters."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    version = sql.rows("SHOW server_version")[0][0].split()[0]
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores (load {load:.1f}), {memory:.0f} GB; PostgreSQL {version}, "
        f"fsync {sql.rows('SHOW fsync')[0][0]}; Python {platform.python_version()}; Odoo 19.0"
    )
