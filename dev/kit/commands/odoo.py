"""dev/odoo: Odoo's own command line, with everything around it in place."""

import argparse
import os

from kit import addon, database, environment, odoo, paths, postgres

NEEDS_ENVIRONMENT = True
EPILOG = """\
Examples:
  dev/odoo shell                          a Python shell in the demo's database
  dev/odoo --database test shell          in a fresh copy without demo data, thrown away afterwards
  dev/odoo server --help                  what Odoo itself has to say
  dev/odoo psql                           PostgreSQL's shell in the demo's database

The demo's database is made by dev/demo. Everything after the command is handed to Odoo as it is.
"""


def parse(arguments):
    """Return the options; what comes after Odoo's command is Odoo's."""
    parser = argparse.ArgumentParser(
        prog="dev/odoo",
        description="Run one of Odoo's commands with this checkout's environment.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--database",
        choices=["demo", "test", "none"],
        default="demo",
        help="which database to name to Odoo [%(default)s]",
    )
    parser.add_argument("command", help="server, shell, i18n, …, or psql")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser.parse_args(arguments)


def run(options):
    """Run the command and return its exit status."""
    env = environment.ensure()
    with postgres.running():
        if options.database == "test":
            core = database.prepare(env, "core", addon.depends())
            stamp = [addon.stamp()]
            source = database.prepare(env, "addon", [paths.ADDON], made_of=stamp, base=core)
            with database.scratch(source) as name:
                return _run(env, options, name)
        named = database.demo() if options.database == "demo" else ""
        return _run(env, options, named)


def _run(env, options, name):
    if options.command == "psql":
        return odoo.execute(["psql", *([name] if name else []), *options.arguments], env)
    conf = odoo.write_conf(env, f"command-{os.getpid()}", list_db=bool(not name))
    named = ["-d", name] if name else []
    try:
        line = odoo.command(env, options.command, "-c", conf, *named, *options.arguments)
        return odoo.execute(line, env)
    finally:
        conf.unlink()
