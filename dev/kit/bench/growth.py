"""dev/bench growth: what a reminder costs in a shop with many carts, against one with a few."""

from kit import say
from kit.bench import carts, send, shops, sizes
from kit.bench.figures import Figure, median
from kit.bench.options import number_between

HELP = "what a reminder costs in a shop with many carts, against one with a few"
ROUNDS = 2


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)
    parser.add_argument(
        "--growth-rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often each size is measured [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    few = sizes.CARTS
    rounds = {count: [] for count in (few, options.carts)}
    for number in range(options.growth_rounds):
        for count, results in rounds.items():
            # As many are due in both: what is done once in a run must not look cheaper in one.
            sources, _seed = shops.kept_sources(env, count)
            measured = send.Bench(env, sources).measure("ours", hours=_hours(count))
            results.append({**measured, "milliseconds": 1000 / measured["rate"]})
            say.step(
                f"{count:,} carts (round {number + 1}): {measured['queued']:,} reminders,"
                f" {results[-1]['milliseconds']:.2f} ms each"
            )

    def compare(name, key, target=""):
        return Figure(
            f"{name} with {options.carts:,} carts against {few:,}",
            median(rounds[few], key),
            median(rounds[options.carts], key),
            target,
        )

    return [
        compare("ms per reminder", "milliseconds", "≤ 1.25×"),
        compare("ms of processor per reminder", "processor_each"),
        compare("SQL per reminder", "statements_each"),
    ], [
        f"Ours in a shop of {few:,} carts (in the column of core) and in one of {options.carts:,},",
        f"with about as many due in both; medians of {options.growth_rounds} rounds in turn.",
    ]


def _hours(count):
    """Return the threshold by which as many carts are due as in the smaller shop."""
    return carts.hours_of(carts.default_due(sizes.CARTS), carts.default_due(count)) or 1
