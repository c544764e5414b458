"""dev/test: every check and every test."""

import argparse
import os
import subprocess
import sys
import tempfile

from kit import addon, database, environment, log_check, machine, odoo, paths, postgres, say, shell

NEEDS_ENVIRONMENT = True
EXAMPLES = """\
Everything else is handed to pytest:
  dev/test -k reminders             tests whose name has that word
  dev/test tests/test_schedule.py   one file
  dev/test -x --pdb                 stop at the first failure, in the debugger

With arguments for pytest, the linters are left out and one process is used; without any, the
linters run first and two processes share the tests. The last line is always pytest's own, and the
exit status is not 0 when a check or a test failed, or when Odoo logged a warning that
dev/log-ignore.txt does not list.
"""


def parse(arguments):
    """Return the options, with pytest's arguments beside them."""
    parser = argparse.ArgumentParser(
        prog="dev/test",
        description="Set up what is missing, then run every check and every test.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--slow", action="store_true", help="also run the tests marked as slow")
    parser.add_argument("--lint", action="store_true", help="lint, also with arguments for pytest")
    parser.add_argument("--no-lint", action="store_true", help="only the tests")
    parser.add_argument("--keep", action="store_true", help="keep the database of this run")
    parser.add_argument("-n", dest="workers", metavar="N", help="so many processes share the tests")
    options, options.pytest = parser.parse_known_args(arguments)
    return options


def run(options):
    """Lint and test; return the exit status."""
    postgres.need()
    browser = os.path.dirname(machine.chromium())
    os.environ["PATH"] = f"{browser}:{os.environ['PATH']}"
    env = environment.ensure()
    wants_lint = not options.no_lint and (options.lint or not options.pytest)
    with postgres.running(), Lint(wanted=wants_lint) as lint:
        try:
            prepared, complaint = prepare(env)
        finally:
            lint.report()
        if complaint:
            print(complaint, flush=True)
        with database.scratch(prepared, "test", keep=options.keep) as name:
            status = _pytest(env, name, options)
    return status or lint.status or int(bool(complaint))


def core(env):
    """Return a database with what the addon needs, and without the addon."""
    return database.prepare(env, "core", addon.depends())


def prepare(env):
    """Return a database with the addon, and what its installation's log should not have said."""
    stamp = addon.stamp()
    log = paths.LOGS / f"install-{stamp}.log"
    name = database.prepare(env, "addon", [paths.ADDON], made_of=[stamp], base=core(env), log=log)
    return name, log_check.check(env, log) if log.exists() else ""


def _pytest(env, name, options):
    conf = odoo.write_conf(env, name)
    workers = options.workers or ("0" if options.pytest else "2")
    command = [env.bin / "pytest", "-p", "kit.pytest_plugin", f"--odoo-database={name}"]
    command += [f"--odoo-config={conf}", "--odoo-http", "--odoo-log-level=warn"]
    command += ["-n", workers, "--dist=loadscope", *(["--slow"] if options.slow else [])]
    with tempfile.TemporaryDirectory(dir=paths.RUN) as logs:
        variables = {**env.variables(), "WSOH_TEST_LOGS": logs}
        command += options.pytest
        try:
            return shell.foreground(command, cwd=paths.ROOT, env=variables)
        finally:
            conf.unlink()


class Lint:
    """The linters, at work while the database is made, and reported before the tests."""

    def __init__(self, *, wanted):
        """Run only where it is wanted."""
        self.wanted = wanted
        self.status = 0
        self.process = None

    def __enter__(self):
        if self.wanted:
            say.step("linting meanwhile")
            command = [sys.executable, str(paths.DEV), "lint"]
            options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            self.process = subprocess.Popen(command, **options)
        return self

    def report(self):
        """Show what the linters said and keep their verdict."""
        if self.process:
            said, _ = self.process.communicate()
            self.status = self.process.returncode
            print(said, flush=True)

    def __exit__(self, *exception):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
