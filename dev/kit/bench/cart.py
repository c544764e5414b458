"""dev/bench cart: what `/shop/cart` costs a guest in a shop with many orders, against a few."""

import contextlib
import statistics

from kit import say
from kit.bench import shop, shops, sizes
from kit.bench.figures import Figure
from kit.bench.options import number_between

HELP = "how long a guest waits for the cart when the shop has many orders"
VISITS = 30
WARM_UP = 3


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)
    parser.add_argument(
        "--visits",
        type=number_between(1, 10_000),
        default=VISITS,
        help="how often each cart is looked at [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    few = sizes.CARTS
    visited = {count: _visit(env, count, options) for count in sorted({few, options.carts})}
    many = visited[options.carts]
    growth = {side: many[side] / visited[few][side] for side in shops.SIDES}
    return [
        Figure("/shop/cart, ms", many["core"], many["ours"]),
        Figure(f"/shop/cart, times that with {few:,} carts", *growth.values(), "≤ 1.2"),
    ], [
        f"{options.carts:,} old carts against {few:,}; medians of {options.visits} visits of each",
        "shop by a guest with a product in the cart, the sides in turn.",
    ]


def _visit(env, count, options):
    """Return the median milliseconds of the cart, by side, in shops of `count` carts."""
    with (
        shops.prepared(env, count, keep=options.keep) as (sources, seed),
        contextlib.ExitStack() as stack,
    ):
        walks = {}
        for side, database in sources.items():
            server = stack.enter_context(shop.serving(env, database, side))
            walks[side] = shop.Walk(server.address, seed, 0)
            walks[side].fill()
        times = {side: [] for side in walks}
        for number in range(-WARM_UP, options.visits):
            for side, walk in walks.items():
                taken = shop.milliseconds(walk.look)
                if number >= 0:
                    times[side].append(taken)
    medians = {side: statistics.median(taken) for side, taken in times.items()}
    say.step(f"{count:,} carts: " + ", ".join(f"{s} {m:.0f} ms" for s, m in medians.items()))
    return medians
