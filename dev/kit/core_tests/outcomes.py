"""What became of each test, out of the notes of a run, and how two runs compare."""

import collections
import contextlib
import dataclasses
import json
import re

from kit.errors import Stop

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
RUNNING, CRASHED, NOT_RUN, ABSENT = "running", "crashed", "not run", "absent"
BROKEN = {FAILED, CRASHED}
LOST = {CRASHED, NOT_RUN}
CLASS_LEVEL = re.compile(r"(\w+) \((.+)\)")  # "setUpClass (odoo.addons.sale.tests.test_x.TestX)"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a test ended, and why."""

    state: str
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Difference:
    """A test that ends one way without the addon and another way with it."""

    test: str
    without: Outcome
    within: Outcome

    @property
    def kind(self):
        """Say in a few words what differs."""
        return f"{self.without.state} without, {self.within.state} with"


def name(identity):
    """Return a test's name as Odoo's --test-tags understands it.

    A failure outside any test, such as in setUpClass, is named like a test of its class.
    """
    if around := CLASS_LEVEL.fullmatch(identity):
        identity = f"{around[2]}.{around[1]}"
    module, test_class, method = identity.removeprefix("odoo.addons.").rsplit(".", 2)
    return f"/{module.replace('.', '/')}.py:{test_class}.{method}"


def notes(text):
    """Return the notes of a run; the last one may have been cut short."""
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found


def read(text):
    """Return the outcome of every test, whether or not the run came to its end."""
    chosen, noted = [], {}
    for note in notes(text):
        if "tests" in note:
            chosen = note["tests"]
        else:
            noted[note["test"]] = Outcome(note["outcome"], note.get("reason", ""))
    found = {test: _outcome(test, noted) for test in chosen}
    return found | {test: outcome for test, outcome in noted.items() if _is_teardown(test)}


def _outcome(test, noted):
    """Return how a test ended: also when its class could not be set up, or the process died."""
    outcome = noted.get(test) or noted.get(f"{test.rpartition('.')[0]}.setUpClass")
    if not outcome:
        return Outcome(NOT_RUN)
    return Outcome(CRASHED, "the process ended") if outcome.state == RUNNING else outcome


def _is_teardown(test):
    return test.endswith(".tearDownClass")


def compare(without, within):
    """Return the differences between two runs, in the order of the tests."""
    found = []
    for test in [*without, *(test for test in within if test not in without)]:
        missing = Outcome(PASSED if _is_teardown(test) else ABSENT)
        sides = without.get(test, missing), within.get(test, missing)
        if sides[0].state != sides[1].state:
            found.append(Difference(test, *sides))
    return found


def broken_both_ways(without, within):
    """Return the tests that fail without the addon, too."""
    return [
        test
        for test, outcome in without.items()
        if outcome.state in BROKEN and test in within and within[test].state in BROKEN
    ]


def is_whole(outcomes):
    """Tell whether the run came to its end."""
    return not any(outcome.state in LOST for outcome in outcomes.values())


def summary(outcomes):
    """Return "3 tests: 2 passed, 1 failed"."""
    counts = collections.Counter(outcome.state for outcome in outcomes.values())
    order = (PASSED, FAILED, SKIPPED, CRASHED, NOT_RUN)
    parts = [f"{counts[state]} {state}" for state in order if counts[state]]
    tests = sum(not _is_teardown(test) for test in outcomes)
    return f"{tests} tests: {', '.join(parts)}"


def progress(text):
    """Return "12 of 40, 2 failed" out of the notes so far."""
    outcomes = read(text)
    if not outcomes:
        return "loading"
    ended = [o for o in outcomes.values() if o.state not in LOST]
    failed = sum(outcome.state == FAILED for outcome in ended)
    return f"{len(ended)} of {len(outcomes)}" + (f", {failed} failed" if failed else "")


def expected(text, path="the list"):
    """Return the listed differences, each test with its reason.

    :raise Stop: when a test has no reason directly above it
    """
    listed, reason = {}, []
    for line in text.splitlines():
        if line.startswith("#"):
            reason.append(line.lstrip("# ").strip())
            continue
        if line.strip():
            if not reason:
                raise Stop(f"{path} lists {line} without a reason.", "put a # line above it")
            listed[line.strip()] = " ".join(reason)
        reason = []
    return listed
