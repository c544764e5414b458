"""Several commands and several checkouts at the same time: one builds, the others wait."""

import contextlib
import fcntl
import shutil

from kit import say

MARK = ".complete"


@contextlib.contextmanager
def lock(path, *, shared=False, wait=True, waiting_for=""):
    """Hold a lock on the file; the system lets go of it however the process ends.

    Yields whether the lock was taken, which is always so with `wait`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        yield _take(handle, kind, wait, waiting_for)


def _take(handle, kind, wait, waiting_for):
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        if not wait:
            return False
        if waiting_for:
            say.step(f"another command is busy with {waiting_for}: waiting for it")
        fcntl.flock(handle, kind)
    return True


def build_once(folder, build, what):
    """Let `build(folder)` fill the folder unless another command has done that.

    A folder without its mark was left half-built, and is built again.
    """
    mark = folder / MARK
    if not mark.exists():
        with lock(folder.with_name(f"{folder.name}.lock"), waiting_for=what):
            if not mark.exists():
                _build(folder, build, what)
    return folder


def _build(folder, build, what):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with say.timed(what):
        build(folder)
    (folder / MARK).touch()
