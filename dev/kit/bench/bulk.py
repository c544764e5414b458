"""Rows by the million in plain SQL: each is a copy of one that the ORM has made.

What the database does for each row by itself, looking up foreign keys and keeping indexes, it does
several times faster for all of them at the end, or need not do for rows that we know to be right.
"""

import contextlib

from kit import sql

# The memory to sort an index in, and how many processes help with it.
SETTINGS = {"maintenance_work_mem": "'1GB'", "work_mem": "'256MB'", "synchronous_commit": "off"}


@contextlib.contextmanager
def loading(database, *tables):
    """Yield a cursor to fill these tables with; their indexes are made again at the end."""
    with sql.cursor(database) as cr:
        for name, value in SETTINGS.items():
            cr.execute(f"SET {name} = {value}")
        _skip_foreign_keys(cr)
        indexes = [index for table in tables for index in _indexes(cr, table)]
        for name, _definition in indexes:
            cr.execute(f"DROP INDEX {sql.name(name)}")
        yield cr
        for _name, definition in indexes:
            cr.execute(definition)
        cr.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")


def _skip_foreign_keys(cr):
    """Let the database believe our references, where its role may ask for that."""
    cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cr.fetchone()[0]:
        cr.execute("SET session_replication_role = replica")


def _indexes(cr, table):
    """Return name and definition of each index that is no constraint's."""
    cr.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
             FROM pg_index i
            WHERE i.indrelid = %s::regclass
              AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)""",
        [table],
    )
    return cr.fetchall()


def clone(cr, table, template, source, values, parameters=None):
    """Insert a copy of the row `template` for each row of the query `source`.

    :param dict values: SQL expressions of the columns that differ; `gen` is the row of `source`,
        and `%(first)s` the highest id so far
    :return: the highest id before
    """
    cr.execute(f"SELECT max(id) FROM {table}")
    first = cr.fetchone()[0]
    names = columns(cr, table)
    expressions = [values.get(name, f"template.{sql.name(name)}") for name in names]
    cr.execute(
        f"INSERT INTO {table} ({', '.join(map(sql.name, names))})"
        f" SELECT {', '.join(expressions)}"
        f" FROM ({source}) gen JOIN {table} template ON template.id = %(template)s",
        {**(parameters or {}), "first": first, "template": template},
    )
    cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    return first


def columns(cr, table):
    """Return the names of the columns of a table."""
    cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = 'public' AND is_generated = 'NEVER'",
        [table],
    )
    return [name for (name,) in cr.fetchall()]
