"""dev/bench send: from an idle cart to a reminder in the mail queue, and on to the mail server."""

import tempfile

from kit import database, paths, say, smtp, sql
from kit.bench import carts, process, shops, sizes
from kit.bench.figures import Figure, median
from kit.bench.options import file_to_write, number_between

HELP = "how fast reminders are made, with how much SQL and memory, and how many mails leave"
ROUNDS = 3
CORE_CARTS = 1_000
ALL_HOURS = 1
WARM_UP, WARM_UP_HOURS = carts.oldest(2)


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)
    parser.add_argument(
        "--rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often each side is measured [%(default)s]",
    )
    parser.add_argument(
        "--core-carts",
        type=number_between(1, carts.MOST_DUE),
        default=CORE_CARTS,
        help="how many of them Odoo's own code gets, which takes as long for each [%(default)s]",
    )
    parser.add_argument(
        "--profile", metavar="FILE", type=file_to_write, help="also write where our time goes"
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    sources, _seed = shops.kept_sources(env, options.carts)
    bench = Bench(env, sources, options.core_carts)
    rounds = bench.rounds(options.rounds)
    same = bench.rounds(1, template="core")
    delivered = bench.deliveries(options.rounds)
    if options.profile:
        bench.measure("ours", profile=str(options.profile))
    return _figures(rounds, same, delivered), _notes(options.carts, rounds)


def limit_core(name, count):
    """Leave Odoo's own code the oldest carts: it takes as long for each as for any other."""
    sql.execute(
        """WITH due AS (
               SELECT o.id, row_number() OVER (ORDER BY o.date_order, o.id) AS number
                 FROM sale_order o JOIN website w ON w.id = o.website_id
                WHERE o.state = 'draft'
                  AND o.date_order >= w.send_abandoned_cart_email_activation_time)
           UPDATE sale_order SET cart_recovery_email_sent = true
             FROM due WHERE due.id = sale_order.id AND due.number > %s""",
        [count],
        database=name,
    )


USE_CORE_TEMPLATE = """
    UPDATE recovery_step SET mail_template_id = (
           SELECT res_id FROM ir_model_data
            WHERE module = 'website_sale' AND name = 'mail_template_sale_cart_recovery')
"""


class Bench:
    """The two sides, each on a fresh copy of its database every time."""

    def __init__(self, env, sources, core_carts=CORE_CARTS):
        """Measure copies of the databases `sources`, by side; core gets so many carts."""
        self.env = env
        self.sources = sources
        self.core_carts = core_carts

    def rounds(self, count, template=""):
        """Return what each round measured, by side; the sides take turns."""
        measured = {side: [] for side in self.sources}
        for number in range(count):
            for side, results in measured.items():
                results.append(self.measure(side, template=template))
                _say(side, results[-1], f"round {number + 1} of {count}", template)
        return measured

    def measure(self, side, template="", profile="", hours=ALL_HOURS):
        """Return what one run over the carts left so many hours ago measured, after a warm-up."""
        with database.scratch(self.sources[side], "bench_run") as name:
            if side == "core":
                limit_core(name, WARM_UP + self.core_carts)
            if side == "ours" and template == "core":
                sql.execute(USE_CORE_TEMPLATE, database=name)
            job = {"side": side, "warm_up_hours": WARM_UP_HOURS, "hours": hours, "profile": profile}
            return _with_rates(process.call(self.env, name, "inside_send", **job))

    def deliveries(self, count):
        """Return what each run up to the mail server measured, by side; the sides take turns."""
        measured = {side: [] for side in self.sources}
        for _number in range(count):
            for side, results in measured.items():
                results.append(self.deliver(side))
        return measured

    def deliver(self, side):
        """Return what a run up to the mail server measured, and how many messages arrived."""
        with (
            database.scratch(self.sources[side], "bench_run") as name,
            tempfile.TemporaryDirectory(dir=paths.RUN) as folder,
            smtp.Server(folder) as server,
        ):
            if side == "core":
                limit_core(name, WARM_UP + self.core_carts)
            [(before,)] = sql.rows(
                "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM mail_mail_id_seq",
                database=name,
            )
            job = {"side": side, "warm_up_hours": WARM_UP_HOURS, "deliver": True}
            job["smtp_port"] = server.port
            measured = _with_rates(process.call(self.env, name, "inside_send", **job))
            measured["messages"] = len(server.received()) / (measured["all"] - before)
        say.step(
            f"{side}: {measured['rate']:.1f} delivered per second,"
            f" {measured['statements_each']:.2f} SQL each,"
            f" {measured['messages']:g} messages per cart reach the mail server"
        )
        return measured


def _with_rates(measured):
    queued = measured["queued"]
    if not queued:
        raise RuntimeError(f"No reminder was made: {measured}")
    return {
        **measured,
        "rate": queued / measured["seconds"],
        "statements_each": measured["statements"] / queued,
        "processor_each": measured["processor"] / queued * 1000,
    }


def _say(side, measured, which, template):
    with_template = ", Odoo's template" if template else ""
    say.step(
        f"{side} ({which}{with_template}): {measured['queued']:,} reminders,"
        f" {measured['rate']:,.0f} per second, {measured['statements_each']:.2f} SQL each,"
        f" {measured['processor_each']:.2f} ms of processor each, {measured['megabytes']:.0f} MB"
    )


def _figures(rounds, same, delivered):
    def compare(name, measured, key, target=""):
        return Figure(name, *(median(measured[side], key) for side in ("core", "ours")), target)

    return [
        compare("reminders queued per second", rounds, "rate", "≥ 10×"),
        compare("… with Odoo's template on both sides", same, "rate"),
        compare("milliseconds of processor per reminder", rounds, "processor_each"),
        compare("SQL statements per reminder", rounds, "statements_each", "≤ 0.15"),
        compare("memory growth over the run, MB", rounds, "megabytes", "≤ 32"),
        compare("messages at the mail server per cart", delivered, "messages", "= 1"),
        compare("reminders delivered by SMTP per second", delivered, "rate", "≥ 5×"),
        compare("SQL statements per reminder delivered", delivered, "statements_each", "≤ 0.4"),
    ]


def _notes(count, rounds):
    queued = {side: rounds[side][0]["queued"] for side in rounds}
    made = f"core made {queued['core']:,} reminders a round and ours {queued['ours']:,}"
    return [
        f"{count:,} old carts and {carts.default_due(count):,} left today; {made},",
        f"after {WARM_UP} each to warm up.",
        "Ours has every rule on: quiet hours, working days, a minimum, consent; and at most one",
        "message a day, so that the second and third carts of a buyer wait (core sends them all).",
        f"Medians of {len(rounds['core'])} rounds in turn, each with a process and a database of",
        "its own: from an idle cart to a mail in Odoo's queue, with the template that each ships.",
        "Delivery is the whole way: from an idle cart to the answer of a local mail server.",
    ]
