"""The processes of the demo: started together, stopped together."""

import contextlib
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request

from kit.errors import Stop

# "2026-01-31 12:00:00,000 4711 WARNING …", or the line of a traceback below it.
RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (\w+) ")
QUIET = {"INFO", "DEBUG"}
GRACE_SECONDS = 15


class Children:
    """Processes that end with this block, however it is left."""

    def __init__(self, log, *, verbose=False):
        """Write what they print to the log, and the warnings among it here."""
        self.log = log
        self.verbose = verbose
        self.running = {}

    def __enter__(self):
        self.file = self.log.open("w")
        return self

    def __exit__(self, *exception):
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            _end(process)
        self.file.close()

    def start(self, name, command, **options):
        """Start a process and follow what it prints."""
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is ours to hand on
            **options,
        )
        self.running[name] = process
        threading.Thread(target=self._follow, args=[process], daemon=True).start()

    def _follow(self, process):
        level = "INFO"
        for line in process.stdout:
            with contextlib.suppress(ValueError):  # the last lines may come after the end
                self.file.write(line)
                self.file.flush()
            if record := RECORD.match(line):
                level = record[1]
            if self.verbose or level not in QUIET:
                print(line, end="", flush=True)

    def _check(self):
        for name, process in self.running.items():
            if process.poll() is not None:
                raise Stop(f"{name} has ended by itself.", f"see the end of {self.log}")

    def wait_for(self, address, seconds):
        """Wait until the address answers."""
        end = time.monotonic() + seconds
        while not _answers(address):
            self._check()
            if time.monotonic() > end:
                raise Stop(f"{address} did not answer within {seconds} s.", f"see {self.log}")
            time.sleep(0.2)

    def warm_up(self, addresses):
        """Ask for pages in the background, so that the first visitor does not wait for them."""
        work = [(_answers, (address, 120)) for address in addresses]
        threading.Thread(target=lambda: [do(*what) for do, what in work], daemon=True).start()

    def wait(self):
        """Wait for Ctrl-C, which is the good end, or for a process that dies."""
        try:
            while True:
                self._check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            print("\nstopping …", flush=True)
            return 0


def _answers(address, timeout=2):
    try:
        with urllib.request.urlopen(address, timeout=timeout) as answer:
            return answer.status < 500
    except (urllib.error.URLError, OSError):
        return False


def _end(process):
    with contextlib.suppress(KeyboardInterrupt):
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
