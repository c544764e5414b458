"""dev/bench analysis: what was left, won and sent, by month and campaign, against core's report."""

from kit import say
from kit.bench import process, shops, sizes
from kit.bench.figures import Figure
from kit.bench.options import number_between

HELP = "how fast carts and messages are analysed by month and by campaign"
ROUNDS = 3
TARGET = "≤ 0.05×"  # twenty times as fast
SALES, ABANDONED = "sales by month", "abandoned sales"
SECOND = "≤ 1000"
TARGETS = {
    "graph by month and state": TARGET,
    "messages by campaign, step and state": TARGET,
    "overview of 90 days": SECOND,
    "overview of ten years": SECOND,
}


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)
    parser.add_argument(
        "--analysis-rounds",
        type=number_between(1, 99),
        default=ROUNDS,
        help="how often each report is read [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    sources, _seed = shops.kept_sources(env, options.carts)
    measured = {}
    for side, name in sources.items():
        with say.timed(f"{side}: reading reports"):
            job = {"side": side, "rounds": options.analysis_rounds}
            measured[side] = process.call(env, name, "inside_analysis", **job)
    return _figures(measured), [
        f"{options.carts:,} old carts. Ours is compared with core's sales report by month, which",
        "is what core analyses carts with; the last two lines are that report on both sides.",
        f"Medians of {options.analysis_rounds}, in milliseconds.",
    ]


def _figures(measured):
    core, ours = measured["core"], measured["ours"]
    by_month = core[SALES]["milliseconds"]
    return [
        *(
            Figure(f"analysis: {name}, ms", by_month, found["milliseconds"], TARGETS.get(name, ""))
            for name, found in ours.items()
            if name not in core
        ),
        *(
            Figure(
                f"core's report: {name}, ms",
                core[name]["milliseconds"],
                ours[name]["milliseconds"],
            )
            for name in (SALES, ABANDONED)
        ),
    ]
