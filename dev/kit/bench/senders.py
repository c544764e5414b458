"""dev/bench senders: what two senders get done together, against one."""

import tempfile
from pathlib import Path

from kit import database, paths, say, sql
from kit.bench import carts, process, shops, sizes
from kit.bench.figures import Figure, median
from kit.bench.options import number_between

HELP = "what two sending processes get done together, against one, and that nothing leaves twice"
ROUNDS = 2
REMINDED = 6_000

TWICE = """
    SELECT (SELECT count(*) FROM (
                SELECT 1 FROM recovery_message WHERE state IN ('sending', 'sent')
                 GROUP BY unfinished_id, step_id HAVING count(*) > 1) more)
         + (SELECT count(*) FROM (
                SELECT 1 FROM mail_mail mail JOIN mail_message m ON m.id = mail.mail_message_id
                 GROUP BY m.message_id HAVING count(*) > 1) more)
"""
QUEUED = "SELECT count(*) FROM recovery_message WHERE state = 'sending'"
MAILS = """
    SELECT count(*) FROM mail_mail mail JOIN mail_message m ON m.id = mail.mail_message_id
      JOIN recovery_message r ON r.provider_ref = m.message_id WHERE r.state = 'sending'
"""


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)
    parser.add_argument(
        "--sender-rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often one and two senders are measured [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    sources, _seed = shops.kept_sources(env, options.carts)
    hours = carts.hours_of(REMINDED, carts.default_due(options.carts))
    with database.scratch(sources["ours"], "bench_planned", keep=options.keep) as planned:
        process.call(env, planned, "inside_senders", work="find", hours=hours)
        bench = Bench(env, {"sending": planned, "the whole": sources["ours"]}, hours)
        rounds = [bench.round(number + 1) for number in range(options.sender_rounds)]
    twice = max(measured["twice"] for measured in rounds)
    return [
        *(
            Figure(
                f"{what} by two processes against one, per second",
                median(rounds, (what, 1)),
                median(rounds, (what, 2)),
                "≥ 1.8×" if what == "sending" else "",
            )
            for what in bench.sources
        ),
        Figure("reminders made twice, or without a mail of their own", None, twice, "= 0"),
    ], [
        f"{options.carts:,} old carts, about {REMINDED:,} of those that are due; one process is in",
        f"the column of core, whose run cannot be shared. Medians of {options.sender_rounds}.",
        "The whole: one process finds the carts and both send.",
    ]


class Bench:
    """One and two processes at the same work, each on a fresh copy of its database."""

    def __init__(self, env, sources, hours):
        """Measure sending in one of these databases, and the whole in the other."""
        self.env = env
        self.sources = sources
        self.hours = hours

    def round(self, number):
        """Return the reminders per second, by what was done and by how many."""
        measured = {"twice": 0}
        for what in self.sources:
            for count in (1, 2):
                rate, wrong = self._measure(what, count)
                measured[what, count] = rate
                measured["twice"] += wrong
                say.step(f"{what} by {count} (round {number}): {rate:,.0f} reminders per second")
        return measured

    def _measure(self, what, count):
        with (
            database.scratch(self.sources[what], "bench_run") as name,
            tempfile.TemporaryDirectory(dir=paths.RUN) as folder,
        ):
            marker = Path(folder, "finding")
            marker.touch()
            jobs = self._jobs(what, count, str(marker))
            results, _nothing = process.together(self.env, name, "inside_senders", jobs)
            queued, mails, twice = (_one(query, name) for query in (QUEUED, MAILS, TWICE))
        seconds = max(result["seconds"] for result in results)
        return queued / seconds, twice + abs(queued - mails)

    def _jobs(self, what, count, marker):
        if what == "sending":
            return [{"work": "send"}] * count
        both = {"work": "both", "hours": self.hours, "marker": marker}
        return [both, {"work": "help", "marker": marker}][:count]


def _one(query, name):
    [(value,)] = sql.rows(query, database=name)
    return value
