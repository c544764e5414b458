"""The option that all benches share: how many carts the shop has."""

from kit.bench import carts
from kit.bench.options import number_between

CARTS = 10_000
FEWEST, MOST = 2 * carts.oldest(2)[0], 1_000_000


def add_arguments(parser):
    """Add `--carts`."""
    parser.add_argument(
        "--carts",
        type=number_between(FEWEST, MOST),
        default=CARTS,
        help=f"how many old carts the shop has, {FEWEST:,} to {MOST:,} [%(default)s]",
    )
