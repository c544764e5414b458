"""How long to wait until what a mail server or provider refused is tried again."""

from datetime import timedelta

FIRST_RETRY = timedelta(minutes=5)
# Twice as long each time: a mail server may be down for 21 hours before anything is given up.
MAX_TRIES = 9


def next_wait(tries):
    """Return how long to wait after so many failed tries, None to give up.

    :param int tries: with the last one
    :rtype: timedelta | None
    """
    return None if tries >= MAX_TRIES else FIRST_RETRY * 2 ** (tries - 1)
