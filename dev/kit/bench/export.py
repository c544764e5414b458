"""dev/bench export: unfinished orders into a file, by core's `export_data` and by ours."""

from kit import addon, database, paths, say, sql
from kit.bench import process
from kit.bench.figures import Figure, median
from kit.bench.options import number_between

HELP = "how fast unfinished orders are exported, and how much memory that takes"
ROWS = 10_000
ROUNDS = 3
CORE_ROWS = 5_000
FEWEST, MOST = 1_000, 3_000_000
KINDS = ("core", "csv", "xlsx")
# Exported twice: the columns that are chosen at first, and with those that only the ORM can tell.
WITH_REMINDERS = "with next reminder and reason"


def add_arguments(parser):
    """Add the options of this bench."""
    parser.add_argument(
        "--rows",
        type=number_between(FEWEST, MOST),
        help=f"how many unfinished orders, {FEWEST:,} to {MOST:,} [as many as carts, or {ROWS:,}]",
    )
    parser.add_argument(
        "--core-rows",
        type=number_between(FEWEST, MOST),
        default=CORE_ROWS,
        help="how many of them Odoo's own code exports, which takes as long for each [%(default)s]",
    )
    parser.add_argument(
        "--export-rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often each way is measured [%(default)s]",
    )


def row_count(options):
    """Return how many unfinished orders there shall be."""
    return options.rows or getattr(options, "carts", ROWS)


def run(env, options):
    """Return the figures, and what is to be said about them."""
    rows = row_count(options)
    core_rows = min(rows, options.core_rows)
    core = database.prepare(env, "core", addon.depends())
    ours = database.prepare(env, "addon", [paths.ADDON], made_of=[addon.stamp()], base=core)
    with database.scratch(ours, "bench_export", keep=options.keep) as name:
        _generate(name, process.call(env, name, "inside_seed"), rows)
        measured = {kind: [] for kind in KINDS}
        for number in range(options.export_rounds):
            for kind, results in measured.items():
                job = {"kind": kind, "rows": core_rows if kind == "core" else rows}
                results.append(process.call(env, name, "inside_export", **job))
                _say(kind, results[-1], f"round {number + 1} of {options.export_rounds}")
        slow = {
            kind: process.call(
                env, name, "inside_export", kind=kind, rows=core_rows, with_reminders=True
            )
            for kind in KINDS
        }
    return _figures(measured, slow), _notes(rows, core_rows, measured)


GENERATE = """
    CREATE TEMPORARY TABLE gen_order AS
    SELECT o.id AS cart_id, o.website_id, o.company_id, o.team_id, o.currency_id
      FROM sale_order o WHERE o.id = %(cart)s;
    INSERT INTO unfinished_order
           (name, state, website_id, company_id, team_id, customer_name, email, phone, lang,
            activity_at, quantity, amount_total, currency_id, amount_company, payment_failed)
    SELECT 'UO' || lpad((100000 + number)::text, 7, '0'),
           (ARRAY['open', 'open', 'expired', 'own_accord'])[1 + number %% 4],
           website_id, company_id, team_id, 'Buyer ' || number,
           'buyer' || number || '@example.com',
           '+1 212 ' || lpad((number %% 10000000)::text, 7, '0'), 'en_US',
           date_trunc('second', now() AT TIME ZONE 'UTC') - make_interval(mins => number),
           1 + number %% 5, (20 + number * 7 %% 480)::numeric, currency_id,
           (20 + number * 7 %% 480)::numeric, false
      FROM gen_order, generate_series(1, %(rows)s) AS n(number);
    CREATE TEMPORARY TABLE gen_product AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS number, id FROM product_product
     WHERE id = ANY(%(products)s);
    INSERT INTO product_product_unfinished_order_rel (unfinished_order_id, product_product_id)
    SELECT DISTINCT u.id, p.id
      FROM unfinished_order u
      CROSS JOIN LATERAL generate_series(1, 1 + u.id %% 3) AS l(number)
      JOIN gen_product p
        ON p.number = (u.id * 31 + l.number * 17) %% (SELECT count(*) FROM gen_product);
    DROP TABLE gen_order, gen_product;
"""


def _generate(name, seed, rows):
    parameters = {"cart": seed["cart"], "products": seed["products"], "rows": rows}
    with say.timed(f"writing {rows:,} unfinished orders"), sql.cursor(name) as cr:
        cr.execute(GENERATE, parameters)
        cr.execute("VACUUM ANALYZE")


def _say(kind, measured, which):
    say.step(
        f"{kind} ({which}): {measured['rows']:,} rows, {measured['rate']:,.0f} per second,"
        f" {measured['megabytes']:.0f} MB more memory, a file of {measured['size']:,} bytes"
    )


def _figures(measured, slow):
    core = {key: median(measured["core"], key) for key in ("rate", "megabytes")}

    def ours(kind, key):
        return median(measured[kind], key)

    return [
        Figure("rows exported per second, CSV", core["rate"], ours("csv", "rate"), "≥ 3×"),
        Figure("rows exported per second, XLSX", core["rate"], ours("xlsx", "rate"), "≥ 3×"),
        *(
            Figure(f"… {kind.upper()}, {WITH_REMINDERS}", slow["core"]["rate"], slow[kind]["rate"])
            for kind in ("csv", "xlsx")
        ),
        Figure("memory growth, CSV, MB", core["megabytes"], ours("csv", "megabytes"), "≤ 32"),
        Figure("memory growth, XLSX, MB", core["megabytes"], ours("xlsx", "megabytes"), "≤ 32"),
    ]


def _notes(rows, core_rows, measured):
    rounds = len(measured["core"])
    return [
        f"{rows:,} unfinished orders of one to three products; {rounds} rounds in turn, each a",
        f"process of its own. Core's `export_data` got the newest {core_rows:,} of them in one go,",
        "as in its own dialog: the same columns, no file. Ours wrote and stored the whole file.",
    ]
