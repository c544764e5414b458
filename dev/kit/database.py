"""Databases: prepared ones to copy from, and scratch ones that are thrown away.

A prepared database is kept under a name made from all that it was made of, so it never has to be
compared with anything: another Odoo, another lock file or another addon is another name.
"""

import contextlib
import os
import re
import shutil

from kit import locks, odoo, paths, say, sql
from kit.python_env import key

KEPT = 6
LARGE = 500 * 1024**2


def exists(name):
    """Return whether there is a database of that name."""
    return bool(sql.rows("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def filestore(name):
    """Return the folder of a database's attachments."""
    return paths.DATA / "filestore" / name


def drop(name):
    """Delete a database with its attachments, and end the connections to it."""
    sql.execute(f"DROP DATABASE IF EXISTS {sql.name(name)} WITH (FORCE)")
    shutil.rmtree(filestore(name), ignore_errors=True)


def copy(source, target):
    """Make a database out of another one, which takes two seconds instead of a minute."""
    drop(target)
    how = " STRATEGY FILE_COPY" if _is_large(source) else ""
    sql.execute(f"CREATE DATABASE {sql.name(target)} TEMPLATE {sql.name(source)}{how}")
    if filestore(source).exists():
        # Odoo replaces attachments and never writes into one, so they can be shared.
        shutil.copytree(filestore(source), filestore(target), copy_function=_link)
    _own_identity(target)


def _is_large(name):
    """Return whether copying whole files is quicker than the server's way, page by page."""
    query = "SELECT current_setting('server_version_num')::int >= 150000, pg_database_size(%s)"
    [(has_choice, size)] = sql.rows(query, [name])
    return has_choice and size > LARGE


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _own_identity(name):
    query = "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key = 'database.uuid'"
    with contextlib.suppress(Exception):
        sql.execute(query, database=name)


def rename(source, target):
    """Give a finished database its name, and its attachments with it."""
    drop(target)
    sql.execute(f"ALTER DATABASE {sql.name(source)} RENAME TO {sql.name(target)}")
    if filestore(source).exists():
        filestore(source).rename(filestore(target))


def prepare(environment, label, modules, made_of=(), base=None, demo=False, log=None):
    """Return the name of a prepared database with these modules, making it where it is missing.

    `made_of` is all that shall make another database when it changes; `base` is a prepared database
    to start from. Only one command makes it, the others wait.
    """
    stamp = key(environment.version, sorted(modules), demo, base or "", *made_of)
    name = f"{prefix(label)}{stamp}"
    with locks.lock(paths.STATE / f"{label}.lock", waiting_for=f"the {label} database"):
        if not exists(name):
            forget(label, all_but=KEPT - 1)
            with say.timed(f"installing {', '.join(sorted(modules))}"):
                _make(environment, name, modules, base, demo, log)
        # The most recently used ones are kept.
        sql.execute(f"COMMENT ON DATABASE {sql.name(name)} IS '{_now()}'")
    return name


def _make(environment, name, modules, base, demo, log):
    unfinished = f"{name}_unfinished"
    drop(unfinished)
    if base:
        copy(base, unfinished)
    odoo.install(environment, unfinished, modules, demo=demo, log=log)
    rename(unfinished, name)


def _now():
    return sql.rows("SELECT now()")[0][0].isoformat()


def prefix(label):
    """Return how this checkout's databases begin, on a server that others may use too."""
    return f"wsoh_{key(paths.ROOT)[:6]}_{label}_"


def demo():
    """Return the name of the demo's database."""
    return f"{prefix('demo')}shop"


def forget(label, all_but=0):
    """Delete this checkout's databases of that label, but for so many of the latest ones."""
    pattern = prefix(label).replace("_", r"\_") + "%"
    query = """
        SELECT datname FROM pg_database WHERE datname LIKE %s
         ORDER BY shobj_description(oid, 'pg_database') DESC NULLS LAST
    """
    names = [row[0] for row in sql.rows(query, [pattern])]
    for name in names[all_but:]:
        drop(name)


@contextlib.contextmanager
def scratch(source, label="scratch", keep=False):
    """Yield a copy of a prepared database that is deleted afterwards."""
    _drop_abandoned(label)
    name = f"{prefix(label)}p{os.getpid()}"
    copy(source, name)
    try:
        yield name
    finally:
        if not keep:
            drop(name)


def _drop_abandoned(label):
    """Delete what commands that were killed have left behind."""
    pattern = prefix(label).replace("_", r"\_") + "p%"
    for (name,) in sql.rows("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]):
        owner = re.fullmatch(re.escape(prefix(label)) + r"p(\d+)(-\w+)?", name)
        if owner and not _is_alive(int(owner[1])):
            drop(name)


def _is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
