"""Questions and commands to the database server."""

import contextlib

from kit.errors import Stop

try:
    import psycopg2
except ImportError:  # only --help runs before the environment exists
    psycopg2 = None


@contextlib.contextmanager
def cursor(database="postgres"):
    """Yield a cursor outside any transaction: each statement is its own."""
    try:
        connection = psycopg2.connect(dbname=database)
    except psycopg2.OperationalError as error:
        first = str(error).strip().splitlines()[0]
        raise Stop(
            f"The database server does not let us in: {first}.",
            "check PGHOST, PGPORT, PGUSER and PGPASSWORD; the role has to create databases",
        ) from error
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cr:
        yield cr


def rows(query, parameters=(), database="postgres"):
    """Return the rows of a query."""
    with cursor(database) as cr:
        cr.execute(query, parameters)
        return cr.fetchall()


def execute(query, parameters=(), database="postgres"):
    """Run a statement."""
    with cursor(database) as cr:
        cr.execute(query, parameters)


def name(identifier):
    """Return the identifier quoted for SQL."""
    return '"{}"'.format(identifier.replace('"', '""'))
