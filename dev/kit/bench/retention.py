"""dev/bench retention: what it takes to delete old carts, and what they leave behind."""

from kit import database, say, sql
from kit.bench import process, shops, sizes
from kit.bench.figures import Figure, median
from kit.bench.options import number_between

HELP = "how fast old carts are deleted, with how much SQL and memory"
ROUNDS = 3
CORE_CARTS = 300
# So many of the oldest carts are deleted: what one of them costs does not depend on how many.
MOST, SHARE = 20_000, 0.9

AGE = """
    SELECT floor(extract(epoch FROM (now() AT TIME ZONE 'UTC') - date_order) / 86400)::int
      FROM sale_order WHERE state = 'draft' AND website_id IS NOT NULL
  ORDER BY date_order OFFSET %s LIMIT 1
"""
# Each cart has the note that Odoo writes when one is made.
NOTES = """
    INSERT INTO mail_message (model, res_id, message_type, body, date, author_id, create_date)
    SELECT 'sale.order', id, 'notification', '<p>Sales Order created</p>', date_order,
           (SELECT partner_id FROM res_users WHERE id = 1), date_order
      FROM sale_order WHERE state = 'draft' AND website_id IS NOT NULL
       AND date_order < (now() AT TIME ZONE 'UTC') - make_interval(days => %(days)s)
"""
# … and its buyer is a guest, whom the checkout has made a contact of.
GUESTS = """
    UPDATE res_partner SET create_uid = (SELECT user_id FROM website ORDER BY id LIMIT 1)
     WHERE email LIKE 'buyer%%@example.com' AND id IN (
           SELECT partner_id FROM sale_order WHERE state = 'draft'
              AND date_order < (now() AT TIME ZONE 'UTC') - make_interval(days => %(days)s));
    UPDATE website SET cart_retention = 'other', cart_retention_days = %(days)s,
                       cart_retention_from = NULL;
"""


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)
    parser.add_argument(
        "--retention-rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often each side is measured [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    with shops.prepared(env, options.carts, keep=options.keep) as (sources, _seed):
        _make_ready(sources, min(MOST, int(options.carts * SHARE)))
        rounds = {side: [] for side in sources}
        for number in range(options.retention_rounds):
            for side, source in sources.items():
                rounds[side].append(_measure(env, side, source))
                _say(side, rounds[side][-1], f"round {number + 1} of {options.retention_rounds}")
    return _figures(rounds), _notes(options, rounds["ours"][-1])


def _make_ready(sources, count):
    """Let about `count` of the carts be too old, and complete what belongs to them."""
    for side, name in sources.items():
        with say.timed(f"completing the oldest carts of {side}"):
            [(days,)] = sql.rows(AGE, [count], database=name)
            sql.execute(NOTES, {"days": days}, database=name)
            if side == "ours":
                sql.execute(GUESTS, {"days": days}, database=name)
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
        f"{options.carts:,} old carts. Odoo's own unlink() got the {CORE_CARTS} oldest ones,",
        f"one by one, and only the carts. Our cron deleted {result['carts']:,} carts, kept their",
        f"daily totals, and deleted with them: {with_them},",
        f"and {result['contacts']:,} contacts of guests.",
        f"Medians of {options.retention_rounds} rounds in turn, each with a process and a database",
        "of its own.",
    ]
