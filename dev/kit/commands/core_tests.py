"""dev/core-tests: what Odoo's own tests say, with this addon and without it."""

import argparse
import contextlib
import os

from kit import database, environment, locks, machine, paths, postgres, say, sql
from kit.bench.options import file_to_write
from kit.commands import test
from kit.core_tests import outcomes, process, report
from kit.errors import Stop

NEEDS_ENVIRONMENT = True
MODULES = (
    "website_sale",
    "website_sale_stock",
    "website_sale_loyalty",
    "sale_stock",
    "sale_loyalty",
)
EPILOG = """\
Examples:
  dev/core-tests                                   all tests of the modules below
  dev/core-tests website_sale_loyalty              one module
  dev/core-tests --tags :TestUi,:WebsiteSaleCart   some classes
  dev/core-tests --tags /sale_stock/tests/test_sale_stock.py:TestSaleStock

Both runs start from the same database content, without demo data, and go on at the same time; a
test that fails is tried a second time. The exit status is 0 when nothing differs but what
dev/core-differences.txt lists (a test a line, with a # line above it that says why), when all that
is listed there does differ, and when both runs came to their end. Tests that fail in both runs are
Odoo's own affair. The logs are .odoo/log/core-tests-with.log and core-tests-without.log.

Without a name: """


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/core-tests",
        description="Run the tests that Odoo brings along, without this addon and with it, and "
        "print what differs.",
        epilog=EPILOG + ", ".join(MODULES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("modules", nargs="*", default=MODULES, help="whose tests", metavar="MODULE")
    parser.add_argument(
        "--tags", default="standard", help="which of them, as Odoo's --test-tags [%(default)s]"
    )
    parser.add_argument(
        "--json", metavar="FILE", type=file_to_write, help="also write the outcomes into this file"
    )
    parser.add_argument("--keep", action="store_true", help="keep the databases")
    return parser.parse_args(arguments)


def run(options):
    """Run both sides and compare; return 1 when the addon makes a difference that is not meant."""
    postgres.need()
    listed = outcomes.expected(report.LISTED.read_text(), f"dev/{report.LISTED.name}")
    browser = os.path.dirname(machine.chromium())
    os.environ["PATH"] = f"{browser}:{os.environ['PATH']}"
    env = environment.ensure()
    # There is one pair of logs in a checkout.
    turn = locks.lock(paths.STATE / "core-tests.lock", waiting_for="Odoo's tests")
    with turn, postgres.running():
        without, within = _outcomes(env, options)
    verdict = report.Verdict(without, within, listed)
    if options.json:
        report.write_json(verdict, options.json)
    print("\n".join(report.lines(verdict)), flush=True)
    return int(not verdict.is_good)


def _outcomes(env, options):
    """Return what became of the tests on the two copies."""
    core, ours = test.core(env), test.prepare(env)[0]
    _need_installed(core, options.modules)
    with contextlib.ExitStack() as stack:
        sides = [
            process.Side(env, label, stack.enter_context(_scratch(source, label, options)))
            for label, source in (("without", core), ("with", ours))
        ]
        with say.timed(f"the tests of {', '.join(options.modules)}"):
            process.run(sides, options.modules, options.tags)
        return [side.outcomes() for side in sides]


def _scratch(source, label, options):
    return database.scratch(source, f"coretests_{label}", keep=options.keep)


def _need_installed(name, modules):
    query = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    installed = {row[0] for row in sql.rows(query, database=name)}
    if missing := sorted(set(modules) - installed):
        raise Stop(
            f"Not among what the addon needs, and so not installed: {', '.join(missing)}.",
            f"name some of {', '.join(MODULES)}",
        )
