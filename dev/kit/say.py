"""Progress lines."""

import contextlib
import time


def step(text):
    """Print one line of progress at once, also into a pipe."""
    print(f"── {text}", flush=True)


@contextlib.contextmanager
def timed(text):
    """Announce a step that takes a while, and how long it took."""
    step(f"{text} …")
    start = time.monotonic()
    yield
    step(f"{text}: done in {time.monotonic() - start:.0f} s")
