"""The two databases that every bench compares: the same shop, without the addon and with it.

They take minutes to make when there are a million carts, so they are kept until something that they
are made of changes, or the day is over.
"""

import contextlib
import datetime
import json

from kit import addon, database, locks, odoo, paths, say, sql
from kit.bench import bulk, carts, history, process
from kit.python_env import key

SIDES = ("core", "ours")
# What is known about a database that was made, kept in itself.
NOTE = "bench.made"
FRESH_SECONDS = 600
MADE_BY = ("bulk", "carts", "history", "inside_history", "inside_rules", "inside_seed", "shops")


@contextlib.contextmanager
def prepared(env, count, *, keep, due=None):
    """Yield copies of the databases by side, to be changed at will, and what the seed told.

    :param int count: how many carts were left long ago
    :param int due: how many were left today and wait for their first reminder
    """
    kept, seed = kept_sources(env, count, due)
    with (
        database.scratch(kept["core"], "bench_core", keep=keep) as core,
        database.scratch(kept["ours"], "bench_ours", keep=keep) as ours,
    ):
        yield {"core": core, "ours": ours}, seed


def kept_sources(env, count, due=None):
    """Return the databases by side, to be read or copied but not changed, and what the seed told.

    :rtype: tuple[dict[str, str], dict]
    """
    due = carts.default_due(count) if due is None else due
    core = database.prepare(env, "core", addon.depends())
    made_of = {"core": [], "ours": [addon.stamp()]}
    names = {}
    with locks.lock(paths.STATE / "bench.lock", waiting_for="the bench's databases"):
        for side, parts in made_of.items():
            stamp = key(core, *parts, *map(_source, MADE_BY), count, due, _today())
            label = f"bench_{count}_{side}"
            names[side] = f"{database.prefix(label)}{stamp}"
            if not database.exists(names[side]):
                database.forget(label)
                _make(env, core, names[side], side, count, due)
            _freshen(names[side])
    return names, _note_in(names["core"])["seed"]


def _source(module):
    return (paths.DEV / "kit" / "bench" / f"{module}.py").read_bytes()


def _today():
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def _make(env, core, name, side, count, due):
    """Make the database of a side; it gets its name when it is finished."""
    unfinished = f"{name}_unfinished"
    database.copy(core, unfinished)
    seed = process.call(env, unfinished, "inside_seed")
    _let_core_send(unfinished)
    template = side == "ours" and _install(env, unfinished, seed)
    made = carts.generate(unfinished, seed, count, due)
    if template:
        history.generate(unfinished, template, made)
    _write_note(unfinished, seed, made)
    sql.execute("VACUUM ANALYZE", database=unfinished)
    database.rename(unfinished, name)


def _install(env, name, seed):
    """Install the addon with every rule on, and let it make one of everything it keeps."""
    with say.timed("installing the addon in a copy"):
        odoo.install(env, name, [paths.ADDON])
    process.call(env, name, "inside_rules")
    return process.call(env, name, "inside_history", cart=seed["cart"])


def _let_core_send(name):
    """Switch core's mail on for what was left in the last day: the rest counts as mailed."""
    since = "send_abandoned_cart_email_activation_time"
    sql.execute(f"UPDATE website SET {since} = now() - interval '20 hours'", database=name)


# -- the time that passes between two benches


def _write_note(name, seed, made):
    note = {"seed": seed, "made": made, "at": _now()}
    sql.execute(
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
        " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        [NOTE, json.dumps(note)],
        database=name,
    )


def _note_in(name):
    [(text,)] = sql.rows(
        "SELECT value FROM ir_config_parameter WHERE key = %s", [NOTE], database=name
    )
    return json.loads(text)


def _now():
    return datetime.datetime.now(datetime.timezone.utc).timestamp()


def _freshen(name):
    """Let the carts that are due be as old again as when they were made."""
    note = _note_in(name)
    passed = _now() - note["at"]
    if passed < FRESH_SECONDS:
        return
    first = note["made"]["first_order"]
    span = {"passed": passed, "first": first, "last": first + note["made"]["due"]}
    with sql.cursor(name) as cr:
        columns = {"date_order", "create_date", "write_date", "cart_activity_at"}
        shifted = sorted(columns & set(bulk.columns(cr, "sale_order")))
        changes = ", ".join(f"{c} = {c} + make_interval(secs => %(passed)s)" for c in shifted)
        cr.execute(f"UPDATE sale_order SET {changes} WHERE id > %(first)s AND id <= %(last)s", span)
        cr.execute(
            "UPDATE website SET send_abandoned_cart_email_activation_time ="
            " send_abandoned_cart_email_activation_time + make_interval(secs => %(passed)s)",
            span,
        )
        cr.execute("VACUUM ANALYZE sale_order")
    _write_note(name, note["seed"], note["made"])
