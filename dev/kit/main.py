"""The way into every command: set up its Python environment, then run it inside."""

import errno
import importlib
import os
import signal
import sys

from kit import machine, paths, python_env
from kit.errors import Stop


def main(arguments):
    """Run a command and return its exit status; what a person can mend is one sentence."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)  # so that what was started is stopped
    try:
        return _main(arguments)
    except Stop as stop:
        print(stop, file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT}:
            raise
        print(Stop(f"{error}.", _way_out(error)), file=sys.stderr)
    return 1


def _leave(number, frame):
    del frame
    sys.exit(128 + number)


def _way_out(error):
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "free some disk space and run the same command again"
    return "make that place writable for this user, or set XDG_CACHE_HOME to one that is"


def _main(arguments):
    name, *rest = arguments
    command = importlib.import_module(f"kit.commands.{name.replace('-', '_')}")
    options = command.parse(rest)  # first of all, so that --help needs no environment
    machine.check_python()
    paths.prepare_state()
    if command.NEEDS_ENVIRONMENT and not python_env.is_active():
        interpreter = python_env.ensure()
        os.execv(interpreter, [str(interpreter), str(paths.DEV), *arguments])
    return command.run(options) or 0
