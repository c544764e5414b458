"""Odoo's scheduler in processes of its own, which die at a moment of one's choice.

A program, not a module: it loads Odoo once and then forks a sender for each line of its input, as
Odoo forks its workers. A sender runs the real crons as the scheduler does. It may be told to kill
itself with SIGKILL at the n-th statement, commit or mail, and says what it has done if it lives.

Where the variable WSOH_LEDGER names a file, the wire of `common_drivers.py` is installed, whose
provider keeps in that file what it has taken.

Usage: sender_process.py <database> <messages in a batch> <Odoo's options...>
Input: {"crons": [ids], "kill": [point, nth] or null}
Output: {"pid": ...}, then {"counts": ..., "seconds": ...} unless it dies, then {"status": ...};
among the counts is the most memory that the sender has had, in KiB
"""

import importlib
import importlib.util
import json
import os
import resource
import signal
import smtplib
import sys
import time
from collections import Counter
from pathlib import Path

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

SENDER = "odoo.addons.website_sale_order_handling.models.recovery.message_batch"
BEFORE, AFTER = "before", "after"
# Places that any sender comes through, however it works inside.
POINTS = {
    "statement": (sql_db.Cursor, "execute", BEFORE),
    "commit": (sql_db.Cursor, "commit", BEFORE),
    "committed": (sql_db.Cursor, "commit", AFTER),
    "handing over": (smtplib.SMTP, "data", BEFORE),
    "accepted": (smtplib.SMTP, "data", AFTER),
}


def say(**what):
    """Write one line, in one piece: parent and child share the output."""
    os.write(1, json.dumps(what).encode() + b"\n")


def watch(point, counts, fatal):
    """Count how often `point` is passed, and die there when it is the `fatal`-th time."""
    owner, name, moment = POINTS[point]
    method = getattr(owner, name)

    def pass_by():
        counts[point] += 1
        if counts[point] == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(*args, **kwargs):
        if moment == BEFORE:
            pass_by()
        result = method(*args, **kwargs)
        if moment == AFTER:
            pass_by()
        return result

    setattr(owner, name, watched)


def run_crons(database, ids):
    """Run these crons once each, due or not, as the scheduler runs one that is due."""
    for cron_id in ids:
        with sql_db.db_connect(database).cursor() as cr:
            crons = Registry(database).check_signaling()["ir.cron"]
            if job := crons._acquire_one_job(cr, cron_id, include_not_ready=True):
                crons._process_job(cr, job)


def work(database, crons, kill):
    """Be a sender: in a process of its own, and maybe not to the end."""
    counts, start = Counter(), time.monotonic()
    point, nth = kill or (None, 0)
    for name in POINTS:
        watch(name, counts, nth if name == point else 0)
    run_crons(database, crons)
    counts["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(counts=counts, seconds=time.monotonic() - start)


def fork(database, crons, kill):
    """Start a sender, wait for its end, and tell both."""
    sql_db.close_all()  # a connection cannot be shared
    pid = os.fork()
    if not pid:
        status = 1
        try:
            work(database, crons, kill)
            status = 0
        finally:
            os._exit(status)
    say(pid=pid)
    _pid, status = os.waitpid(pid, 0)
    say(status=os.waitstatus_to_exitcode(status))


def install_wire(database, ledger):
    """Let there be a channel over a wire, and let a sender die where it calls or has an answer."""
    path = Path(__file__).with_name("common_drivers.py")
    spec = importlib.util.spec_from_file_location("common_drivers", path)
    drivers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drivers)
    with Registry(database).cursor() as cr:
        drivers.add(api.Environment(cr, SUPERUSER_ID, {}), drivers.WireDriver)
    drivers.WireDriver.provider = drivers.Ledger(ledger)
    POINTS["calling"] = (drivers.Ledger, "accept", BEFORE)
    POINTS["taken"] = (drivers.Ledger, "accept", AFTER)
    POINTS["answered"] = (drivers.Ledger, "answer", AFTER)


def main():
    database, batch, *options = sys.argv[1:]
    config.parse_config(options)
    Registry(database)
    if ledger := os.environ.get("WSOH_LEDGER"):
        install_wire(database, ledger)
    importlib.import_module(SENDER).BATCH = int(batch)
    say(ready=True)
    for line in sys.stdin:
        fork(database, **json.loads(line))


if __name__ == "__main__":
    main()
