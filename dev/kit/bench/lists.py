"""dev/bench list: the list of unfinished orders, as the web client reads it."""

from kit import say
from kit.bench import process, shops, sizes
from kit.bench.figures import Figure
from kit.bench.options import number_between

HELP = "how fast the list of unfinished orders is opened, counted, searched and grouped"
ROUNDS = 7
TARGETS = {
    "first page": "≤ 60",
    "header": "≤ 200",
    "exact count": "≤ 100",
    "exact count without the filters": "≤ 100",
}


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)
    parser.add_argument(
        "--list-rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often everything is done [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    sources, _seed = shops.kept_sources(env, options.carts)
    measured = {}
    for side, name in sources.items():
        with say.timed(f"{side}: reading lists"):
            job = {"side": side, "rounds": options.list_rounds}
            measured[side] = process.call(env, name, "inside_list", **job)
    return _figures(measured), _notes(options, measured["ours"])


def _figures(measured):
    def milliseconds(side, name):
        found = measured[side].get(name)
        return found and found["milliseconds"]

    return [
        Figure(
            f"list: {name}, ms",
            milliseconds("core", name),
            milliseconds("ours", name),
            TARGETS.get(name, ""),
        )
        for name in measured["ours"]
    ]


def _notes(options, ours):
    asked = ", ".join(f"{name} {found['statements']}" for name, found in ours.items())
    return [
        f"{options.carts:,} old carts; core's Abandoned Carts and our Unfinished Orders, each with",
        "the filters it opens with, read as the web client does for a sales manager.",
        f"Medians of {options.list_rounds}. SQL statements of ours: {asked}.",
    ]
