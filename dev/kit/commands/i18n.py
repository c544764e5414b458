"""dev/i18n: the template of all terms, and the translations brought up to date with it."""

import argparse

from kit import addon, database, environment, odoo, paths, po, postgres, say

NEEDS_ENVIRONMENT = True


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/i18n",
        description="Export i18n/*.pot from the installed addon and merge it into the .po files of "
        f"{' and '.join(po.LANGUAGES)}; what is translated stays as it is.",
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing, say what would change"
    )
    return parser.parse_args(arguments)


def run(options):
    """Export and merge; with --check return 1 when that would change anything."""
    env = environment.ensure()
    with postgres.running():
        core = database.prepare(env, "core", addon.depends())
        name = database.prepare(env, "addon", [paths.ADDON], made_of=[addon.stamp()], base=core)
        with database.scratch(name) as scratch:
            exported = export(env, scratch)
    changes = po.update(exported, write=not options.check)
    for change in changes:
        say.step(change)
    if not changes:
        say.step("the translations are up to date")
    return int(options.check and bool(changes))


def export(env, name):
    """Return the text of the .pot that Odoo makes of the addon in a database."""
    target = paths.RUN / f"{name}.pot"
    conf = odoo.write_conf(env, name)
    command = ["i18n", "export", "-c", conf, "-d", name, "-o", target, paths.ADDON]
    try:
        odoo.quietly(env, "Exporting the terms", *command)
        return target.read_text()
    finally:
        conf.unlink()
        target.unlink(missing_ok=True)
