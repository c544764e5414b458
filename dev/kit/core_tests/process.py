"""One run of Odoo's tests: a process, its notes and its log."""

import os
import signal
import subprocess
import time

from kit import machine, odoo, paths, say
from kit.core_tests import outcomes
from kit.errors import Stop

# The longest test of a tour takes two minutes on a slow machine.
STALL_SECONDS = 900
PROGRESS_SECONDS = 30
GRACE_SECONDS = 15


class Side:
    """The tests on one database, in a process of their own."""

    def __init__(self, env, label, database):
        """Describe the run."""
        self.env, self.label, self.database = env, label, database
        self.log = paths.LOGS / f"core-tests-{label}.log"
        self.notes = paths.LOGS / f"core-tests-{label}.jsonl"
        self.process = None

    def start(self, modules, tags):
        """Start Odoo on a free port."""
        self.notes.unlink(missing_ok=True)
        self.conf = odoo.write_conf(self.env, self.database, http_port=machine.free_port())
        command = [self.env.python, "-m", "kit.core_tests.inside", self.notes, ",".join(modules)]
        command += ["-c", self.conf, "-d", self.database, "--test-tags", tags]
        options = odoo.options(self.env)
        options["env"]["ODOO_TEST_FAILURE_RETRIES"] = "1"  # tours depend on the machine's mood
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a browser belongs to it
                **options,
            )

    def text(self):
        """Return the notes so far."""
        return self.notes.read_text() if self.notes.exists() else ""

    def is_running(self):
        """Tell whether the process lives; one that has stalled is ended."""
        if self.process.poll() is None and self._idle() > STALL_SECONDS:
            say.step(f"{self.label} the addon: no test has ended for long, stopping it")
            self.end()
        return self.process.poll() is None

    def _idle(self):
        since = self.notes.stat().st_mtime if self.notes.exists() else self.log.stat().st_ctime
        return time.time() - since

    def end(self):
        """End the process and its browsers."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process and self.process.poll() is None:
                os.killpg(self.process.pid, number)
                _wait(self.process)

    def outcomes(self):
        """Return what became of the tests.

        :raise Stop: when Odoo did not come to choose any
        """
        found = outcomes.read(self.text())
        if not found:
            way_out = f"read {self.log}; a wrong --tags chooses no test at all"
            raise Stop(f"No test was run {self.label} the addon.", way_out)
        if not outcomes.is_whole(found):
            status = self.process.returncode  # a signal, when it is negative
            say.step(f"{self.label} the addon: Odoo ended early, with status {status}: {self.log}")
        return found


def _wait(process):
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return


def run(sides, modules, tags):
    """Run both sides at the same time, and tell how far they are."""
    try:
        for side in sides:
            side.start(modules, tags)
        _follow(sides)
    finally:
        for side in sides:
            side.end()
            side.conf.unlink(missing_ok=True)


def _follow(sides):
    told = time.monotonic()
    while [side for side in sides if side.is_running()]:
        time.sleep(1)
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            far = (f"{side.label} {outcomes.progress(side.text())}" for side in sides)
            say.step("; ".join(far))
