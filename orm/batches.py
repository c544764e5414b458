"""What every job over many records does alike: batches, conflicts, and the one bad record."""

import logging
import math
import time

import psycopg2
import psycopg2.errors

_logger = logging.getLogger(__name__)

MAX_CONFLICTS = 5
# Odoo runs REPEATABLE READ: a row that somebody else has changed since raises one of these, and
# one that somebody else has made, and which cannot be seen yet, breaks a unique index.
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.UniqueViolation,
)
# The database is gone, full or busy: no record is to blame, and none can be written.
NOBODYS_FAULT = (*CONFLICTS, psycopg2.OperationalError, psycopg2.InterfaceError)


class Pace:
    """How many records a batch may have to take about so many seconds, as far as is known.

    It begins with few, and goes on by what the batches before have taken.
    """

    FIRST = 400

    def __init__(self, most, seconds=math.inf):
        """Never let a batch have more than `most` records."""
        self.most, self.seconds = most, seconds
        self.size = most if seconds == math.inf else min(most, self.FIRST)

    def of(self, work):
        """Return `work`, which takes how many records, as what takes nothing."""
        return lambda: work(self.size)

    def note(self, done, seconds):
        """Note how long a batch has taken."""
        if self.seconds == math.inf:
            return
        fit = self.size * self.seconds / seconds if seconds else math.inf
        if seconds > self.seconds:
            self.size = max(1, int(min(done, fit)))
        elif done >= self.size:
            self.size = max(1, int(min(self.most, 2 * self.size, fit)))


def run_batches(env, work, size):
    """Call `work` and commit, until it does less than `size`, or the cron's time is over.

    A batch that meets a conflict is undone as a whole and done again, a few times in a row.

    :param work: takes nothing, returns how many records it dealt with
    :param int | Pace size: of a batch
    :return: whether all is done
    :rtype: bool
    """
    pace = size if isinstance(size, Pace) else Pace(size)
    progress = env["ir.cron"]._commit_progress

    def work_on_batch():
        start, size = time.monotonic(), pace.size
        done = work()
        more = done >= size
        time_left = progress(done, remaining=size if more else 0)
        pace.note(done, time.monotonic() - start)
        return more, time_left

    more, time_left = True, True
    while more and time_left:
        more, time_left = repeat(env, work_on_batch)
    return not more


def repeat(env, work, times=MAX_CONFLICTS):
    """Return what `work` does, which ends with a commit; what meets a conflict is done again.

    :raise Exception: when it has met too many conflicts in a row; all of it is undone
    """
    try:
        return work()
    except CONFLICTS:
        env.cr.rollback()
        if not times:
            raise
    return repeat(env, work, times - 1)


def commit_work(env, work):
    """Do `work`, which takes nothing, and commit it; to be repeated as a whole."""
    work()
    env["ir.cron"]._commit_progress()


def claim(env, query):
    """Return the rows that `query` locks for a batch.

    A row that somebody else has changed meanwhile is a conflict, for which the batch is done again
    (see `run_batches`): that is no error to be logged.

    :param SQL query: whose fields have been flushed
    :rtype: list[tuple]
    """
    env.cr.execute(query, log_exceptions=False)
    return env.cr.fetchall()


def isolate(records, work, give_up):
    """Call `work` on `records`; when one of them breaks it, let only that one be given up.

    Halving finds the bad one of five hundred in nine attempts more.

    :param work: takes a recordset
    :param give_up: takes one record and the error
    """
    try:
        with records.env.cr.savepoint():
            work(records)
    except NOBODYS_FAULT:
        raise
    except Exception as error:  # noqa: BLE001  (whatever it is, the others must not wait)
        if len(records) == 1:
            _logger.info("%s is left out: %s", records, error)
            give_up(records, error)
            return
        middle = len(records) // 2
        isolate(records[:middle], work, give_up)
        isolate(records[middle:], work, give_up)
