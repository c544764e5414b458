"""dev/bench retention: what it takes to delete old carts, and what they leave behind."""

from kit import database, say, sql
from kit.bench import process, shops
from kit.bench.figures import Figure, median
from kit.bench.options import number_between
from kit.bench.send import CARTS, FEWEST_CARTS, MOST_CARTS, ROUNDS

HELP = "how fast old carts are deleted, with how much SQL and memory"
CORE_CARTS = 300
DAYS = 60

# Every cart has been lying about for long; each has the note that Odoo writes when one is made.
GROW_OLD = f"""
    UPDATE sale_order SET date_order = date_order - interval '{DAYS} days'
     WHERE state = 'draft' AND website_id IS NOT NULL;
    INSERT INTO mail_message (model, res_id, message_type, body, date, author_id, create_date)
    SELECT 'sale.order', id, 'notification', '<p>Sales Order created</p>', date_order,
           (SELECT partner_id FROM res_users WHERE id = 1), date_order
      FROM sale_order WHERE state = 'draft' AND website_id IS NOT NULL
"""
# … and its buyer is a guest, whom the checkout has made a contact of.
WITH_ADDON = f"""
    UPDATE sale_order SET cart_activity_at = cart_activity_at - interval '{DAYS} days'
     WHERE state = 'draft' AND website_id IS NOT NULL;
    UPDATE res_partner SET create_uid = (SELECT user_id FROM website ORDER BY id LIMIT 1)
     WHERE email LIKE 'buyer%%@example.com';
    UPDATE website SET cart_retention = '30', cart_retention_from = NULL
"""


def add_arguments(parser):
    """Add the options of this bench."""
    parser.add_argument(
        "--carts",
        type=number_between(FEWEST_CARTS, MOST_CARTS),
        default=CARTS,
        help=f"how many carts, {FEWEST_CARTS:,} to {MOST_CARTS:,} [%(default)s]",
    )
    parser.add_argument(
        "--rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often each side is measured [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    with shops.prepared(env, options.carts, keep=options.keep) as (sources, _seed):
        _grow_old(env, sources)
        rounds = {side: [] for side in sources}
        for number in range(options.rounds):
            for side, source in sources.items():
                rounds[side].append(_measure(env, side, source))
                _say(side, rounds[side][-1], f"round {number + 1} of {options.rounds}")
    return _figures(rounds), _notes(options, rounds["ours"][-1])


def _grow_old(env, sources):
    for side, name in sources.items():
        with say.timed(f"letting the carts of {side} grow old"):
            sql.execute(GROW_OLD, database=name)
            if side == "ours":
                sql.execute(WITH_ADDON, database=name)
                process.call(env, name, "inside_retention", side="find")
            sql.execute("VACUUM ANALYZE", database=name)


def _measure(env, side, source):
    with database.scratch(source, "bench_run") as name:
        return process.call(env, name, "inside_retention", side=side, count=CORE_CARTS)


def _say(side, result, what):
    rate = result["carts"] / result["seconds"]
    say.step(f"{what}, {side}: {rate:,.0f} carts per second")


def _figures(rounds):
    for measured in rounds.values():
        for result in measured:
            carts = result["carts"]
            result["rate"] = carts / result["seconds"]
            result["milliseconds"] = result["seconds"] * 1000 / carts
            result["processor each"] = result["processor"] * 1000 / carts
            result["statements each"] = result["statements"] / carts
    ours = rounds["ours"]
    return [
        _compare(rounds, "carts deleted per second", "rate", "≥ 25×"),
        _compare(rounds, "milliseconds per cart", "milliseconds"),
        _compare(rounds, "… of Odoo's processor time", "processor each"),
        _compare(rounds, "SQL statements per cart", "statements each", "≤ 0.25"),
        Figure("memory growth over the run, MB", None, median(ours, "megabytes"), "≤ 32"),
        Figure("longest batch, milliseconds", None, median(ours, "longest")),
    ]


def _compare(rounds, figure, name, target=""):
    core, ours = (median(rounds[side], name) for side in ("core", "ours"))
    return Figure(figure, core, ours, target)


def _notes(options, result):
    with_them = ", ".join(f"{result[name]:,} {name}" for name in ("unfinished", "messages"))
    return [
        f"{options.carts:,} carts, {DAYS} days old. Odoo's own unlink() got {CORE_CARTS} of them,",
        "one by one, and only the carts. Our cron deleted all of them, kept their daily totals,",
        f"and deleted with them: {with_them}, {result['contacts']:,} contacts of guests.",
        f"Medians of {options.rounds} rounds in turn, each with a process and a database of its",
        "own.",
    ]
