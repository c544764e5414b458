"""What every job over many records does alike: batches, conflicts, and the one bad record."""

import logging

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


def run_batches(env, work, size):
    """Call `work` and commit, until it does less than `size`, or the cron's time is over.

    A batch that meets a conflict is undone as a whole and done again, a few times in a row.

    :param work: takes nothing, returns how many records it dealt with
    :return: whether all is done
    :rtype: bool
    """
    progress = env["ir.cron"]._commit_progress

    def work_on_batch():
        done = work()
        return done, progress(done, remaining=size if done >= size else 0)

    done, time_left = size, True
    while done >= size and time_left:
        done, time_left = repeat(env, work_on_batch)
    return done < size


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
