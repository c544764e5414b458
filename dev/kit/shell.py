"""Other programs: run them, keep their output, and say what failed."""

import contextlib
import re
import shlex
import shutil
import subprocess

from kit.errors import Stop

TAIL = 15
# How apt, pip, uv and npm say that they got no answer.
UNREACHABLE = (
    "Could not resolve",
    "Could not connect",
    "Temporary failure",
    "Connection refused",
    "dns error",
    "error sending request",
    "from versions: none",
    "ECONNREFUSED",
    "ENOTFOUND",
    "ETIMEDOUT",
)
# "2026-01-31 12:00:00,000 4711 INFO …" says nothing about a failure.
ODOO_CHATTER = re.compile(r"\d{4}-\d\d-\d\d \S+ \d+ INFO ")


def has(program):
    """Return whether the program is on this machine."""
    return shutil.which(program) is not None


def output(command, **options):
    """Return what the command printed, or an empty string when it is absent or fails."""
    try:
        done = subprocess.run(command, check=True, text=True, capture_output=True, **options)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def run(command, what, way_out="", log=None, **options):
    """Run a command; on failure end with `what` failed and the last lines it printed."""
    command = [str(part) for part in command]
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **options,
    )
    if log:
        log.write_text(done.stdout)
    if done.returncode:
        raise Stop(failure(command, what, done.stdout, log), way_out or guess(done.stdout))
    return done.stdout


def foreground(command, **options):
    """Run a command with this terminal; return its exit status. It ends when this process does."""
    process = subprocess.Popen([str(part) for part in command], **options)
    try:
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C reaches it, too
                return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def failure(command, what, printed, log=None):
    """Return the sentence for a command that failed, with the end of what it printed."""
    told = [line for line in printed.strip().splitlines() if not ODOO_CHATTER.match(line)]
    tail = "\n".join(f"  | {line}" for line in told[-TAIL:])
    kept = f" (all of it: {log})" if log else ""
    return f"{what} failed{kept}; {shlex.join(command)[:200]} said:\n{tail}"


def guess(printed):
    """Return a way out for what a program said, where one is known."""
    if "No space left on device" in printed:
        return "free some disk space (df -h shows where) and run the same command again"
    if any(mark in printed for mark in UNREACHABLE):
        return "check that this machine reaches its package registries, then run the command again"
    return "run the same command again; what was finished is kept"
