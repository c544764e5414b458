"""A local SMTP server that takes every message and sends none."""

import argparse
import contextlib
import itertools
import os
import subprocess
import sys
import threading
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from kit import machine, paths

try:
    from aiosmtpd.controller import Controller
except ImportError:  # only --help runs before the environment exists
    Controller = None

RECEIVED = "received.tsv"
START_SECONDS = 15


class Sink:
    """Note each message in received.tsv (time, Message-ID, recipients), and keep it as .eml."""

    def __init__(self, folder, *, keep=True, seconds=0.0):
        """Write into the folder; `seconds` is how slow the server shall seem for each message."""
        self.folder = Path(folder)
        self.keep = keep
        self.seconds = seconds
        self.numbers = itertools.count()
        self.folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd's name for it
        """Take one message."""
        del server, session
        if self.seconds:
            time.sleep(self.seconds)
        # Only the head: the sender waits for this answer.
        message = BytesHeaderParser().parsebytes(envelope.content)
        line = f"{time.time():.3f}\t{message['Message-Id']}\t{','.join(envelope.rcpt_tos)}\n"
        if self.keep:
            self._write(envelope)
        with (self.folder / RECEIVED).open("a") as received:
            received.write(line)
        return "250 OK"

    def _write(self, envelope):
        name = f"{time.time_ns()}-{next(self.numbers)}"
        head = f"X-Envelope-From: {envelope.mail_from}\r\n"
        head += f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        unfinished = self.folder / f"{name}.tmp"
        unfinished.write_bytes(head.encode() + envelope.content)
        unfinished.rename(self.folder / f"{name}.eml")


@contextlib.contextmanager
def serving(sink, port):
    """Serve within this process for as long as this lasts."""
    controller = Controller(sink, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


class Server:
    """A sink in a process of its own, so that what is measured does not pay for it."""

    def __init__(self, folder, *, port=None, keep=False, seconds=0.0):
        """Choose where it notes what it received, and on which port of 127.0.0.1 it listens."""
        self.folder = Path(folder)
        self.port = port or machine.free_port()
        self.options = ["--port", str(self.port), *(["--keep"] if keep else [])]
        self.options += ["--seconds", str(seconds), str(folder)]
        self.process = None

    def __enter__(self):
        command = [sys.executable, "-m", "kit.smtp", *self.options]
        env = {**os.environ, "PYTHONPATH": str(paths.DEV)}
        self.process = subprocess.Popen(command, env=env, cwd=paths.RUN)
        self._wait_until_ready()
        return self

    def _wait_until_ready(self):
        end = time.monotonic() + START_SECONDS
        while machine.port_is_free(self.port) and time.monotonic() < end:
            time.sleep(0.05)

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait()

    def received(self):
        """Return (time, Message-ID, recipients) of every message so far."""
        path = self.folder / RECEIVED
        lines = path.read_text().splitlines() if path.exists() else []
        return [tuple(line.split("\t")) for line in lines]


def main():
    """Serve until this process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.0)
    options = parser.parse_args()
    sink = Sink(options.folder, keep=options.keep, seconds=options.seconds)
    with serving(sink, options.port), contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
