"""What has left this machine, while the database does not know it yet.

A mail server's answer comes before the commit that tells of it. Committing after every single mail
takes longer than sending it, so many are sent between two commits, and each answer is noted at once
in a file: one line in the system's cache, which outlives a killed process. The next sender reads
all these files first, and sends nothing that stands in one of them.
"""

import contextlib
import os
from pathlib import Path
from uuid import uuid4

try:
    import fcntl
except ImportError:  # a system without file locks: there, it has to be a commit for each mail
    fcntl = None

SUFFIX = ".left"


class Journal:
    """The keys of what one process has sent since its last commit, in a file of its own."""

    outlives_process = True

    def __init__(self, folder):
        """Open a new file in `folder`, which all machines that send should share.

        :param str folder: is made when it is missing
        :raise OSError: when nothing can be written there
        """
        if not fcntl:
            raise OSError("This system cannot lock files.")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / f"{uuid4().hex}{SUFFIX}"
        self._file = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        """Keep the file when it tells of something that was never committed."""
        if os.fstat(self._file).st_size == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def note(self, key):
        """Note that the server has accepted the mail `key`."""
        os.write(self._file, f"{key}\n".encode())

    def clear(self):
        """Forget the keys: the database knows of them now."""
        os.ftruncate(self._file, 0)

    def known(self):
        """Return the keys in all files of the folder.

        :rtype: set[str]
        """
        keys = set()
        for path in self.folder.glob(f"*{SUFFIX}"):
            keys.update(_keys(path))
        return keys

    def tidy(self, is_settled):
        """Delete the files of processes that have ended, once the database knows what they sent.

        :param is_settled: takes a set of keys, tells whether all of them are known
        """
        for path in self.folder.glob(f"*{SUFFIX}"):
            if path != self.path and _is_abandoned(path) and is_settled(_keys(path)):
                path.unlink(missing_ok=True)


class Memory:
    """The keys of what this process has sent since its last commit, where it can keep no file."""

    outlives_process = False

    def __init__(self):
        self._keys = set()

    def note(self, key):
        """Note that the server has accepted the mail `key`."""
        self._keys.add(key)

    def clear(self):
        """Forget the keys: the database knows of them now."""
        self._keys.clear()

    def known(self):
        """Return the keys."""
        return set(self._keys)

    def tidy(self, is_settled):
        """Do nothing: no process leaves anything behind here."""


def _keys(path):
    """Return the keys in a file; a killed process may have left a part of the last one."""
    with contextlib.suppress(FileNotFoundError):
        return set(path.read_text(errors="replace").split("\n")[:-1])
    return set()


def _is_abandoned(path):
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody holds it, or has just deleted it
        return False
    return True
