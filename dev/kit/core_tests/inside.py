"""Inside Odoo: python -m kit.core_tests.inside NOTES MODULES, then the arguments of odoo server.

Odoo's own server loads the database and runs the tests; this only chooses them and takes notes, one
JSON object a line, so that whatever happens to the process, its notes tell how far it came.
"""

import json
import sys
from pathlib import Path

from odoo.cli.command import main as odoo
from odoo.tests import loader
from odoo.tests.result import OdooTestResult

from kit.core_tests.outcomes import name


class Notes:
    """A file of notes, each written at once."""

    def __init__(self, path):
        """Start afresh."""
        self.path = Path(path)
        self.path.write_text("")

    def add(self, **note):
        """Write one note."""
        with self.path.open("a") as file:
            print(json.dumps(note), file=file)


class Result(OdooTestResult):
    """Odoo's own record of a run, which also takes notes."""

    notes = None
    outcome = ""
    reason = ""

    def startTest(self, test):  # noqa: N802: Python's name
        """Note that a test begins; a second attempt begins again."""
        self.outcome, self.reason = "passed", ""
        self.notes.add(test=name(test.id()), outcome="running")
        super().startTest(test)

    def stopTest(self, test):
        """Note how it ended."""
        super().stopTest(test)
        self.notes.add(test=name(test.id()), outcome=self.outcome, reason=self.reason)
        self.outcome = ""

    def addSkip(self, test, reason):
        """Keep why a test was left out."""
        super().addSkip(test, reason)
        self.outcome, self.reason = "skipped", reason

    def logError(self, flavour, test, error):
        """Keep what failed: an assertion, an error, or a whole class."""
        super().logError(flavour, test, error)
        reason = f"{error[0].__name__}: {error[1]}".strip()
        if self.outcome:
            self.outcome, self.reason = "failed", self.reason or reason
        else:
            self.notes.add(test=name(test.id()), outcome="failed", reason=reason)

    def wasSuccessful(self):
        """Say yes: after the first failure, Odoo would no longer try others a second time."""
        return True


def choose(modules, notes):
    """Return what replaces Odoo's choice: all tests of these modules, once everything is loaded.

    Odoo would run those for installation in between, with whatever modules are loaded by then.
    """
    make_suite = loader.make_suite

    def suite(module_names, position):
        if position == "at_install":
            return make_suite([])
        del module_names
        chosen = make_suite(modules, "at_install,post_install")
        notes.add(tests=[name(test.id()) for test in chosen])
        return chosen

    return suite


def main(path, modules, *arguments):
    """Run the server with its tests."""
    Result.notes = Notes(path)
    loader.OdooTestResult = Result
    loader.make_suite = choose(modules.split(","), Result.notes)
    sys.argv[1:] = ["server", *arguments, "--stop-after-init"]
    odoo()


if __name__ == "__main__":
    main(*sys.argv[1:])
