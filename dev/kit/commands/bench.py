"""dev/bench: what this addon costs and saves, measured against Odoo's own code."""

import argparse

from kit import bench, environment, postgres, say
from kit.bench import figures, host
from kit.bench.options import file_to_write

NEEDS_ENVIRONMENT = True
EPILOG = """\
Odoo and the addon are measured in turn, on copies of the same database, so that the ratios hold on
any machine, also on a busy one; the absolute figures belong to the machine that is named above the
table. Every row says which target was met. The exit status is 1 when a target was missed.
"""


def parse(arguments):
    """Return the options, those of the chosen bench among them."""
    parser = argparse.ArgumentParser(
        prog="dev/bench",
        description="Measure the addon against Odoo's own code.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    choices = parser.add_subparsers(dest="bench", required=True, metavar="BENCH")
    for name, module in bench.BENCHES.items():
        module.add_arguments(_subparser(choices, name, module.HELP))
    everything = _subparser(choices, "all", "every bench, one after the other")
    for module in bench.BENCHES.values():
        module.add_arguments(everything)
    return parser.parse_args(arguments)


def _subparser(choices, name, what):
    parser = choices.add_parser(
        name,
        help=what,
        description=f"Measure {what}.",
        epilog=EPILOG,
        conflict_handler="resolve",  # several benches have the same option, and so has "all"
    )
    parser.add_argument(
        "--json", metavar="FILE", type=file_to_write, help="also write the figures into this file"
    )
    parser.add_argument("--keep", action="store_true", help="keep the databases")
    return parser


def run(options):
    """Run the bench, or all of them; return 1 when a target was missed."""
    env = environment.ensure()
    chosen = list(bench.BENCHES) if options.bench == "all" else [options.bench]
    with postgres.running():
        measured, failed = _measure(env, options, chosen)
    if options.json:
        figures.write_json(measured, options.json)
    return int(bool(failed) or any(figure.met is False for figure in measured))


def _measure(env, options, names):
    """Run benches and print one table; what one of them meets must not lose the others' figures.

    :return: the figures, and the names of the benches that failed
    """
    measured, notes, failed = [], [], []
    for name in names:
        try:
            with say.timed(f"bench {name}"):
                found, said = bench.BENCHES[name].run(env, options)
        except Exception as error:
            if len(names) == 1:
                raise
            said = [f"{name} failed: {str(error) or repr(error)}"]
            say.step(said[0])
            failed.append(name)
        else:
            measured += found
        notes += ["", *said]
    print(f"\n{host.describe(env)}")
    print("\n".join(notes[1:]))
    if measured:
        print(f"\n{figures.table(measured)}\n", flush=True)
    return measured, failed
