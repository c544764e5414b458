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


def spread(wait, chance):
    """Return a wait that is up to a fifth longer, so that not all come back at once.

    :param timedelta wait: the shortest
    :param float chance: from 0 to 1, by chance
    :rtype: timedelta
    """
    return wait * (1 + chance / 5)
