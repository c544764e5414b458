"""Run pieces of a bench inside Odoo, each in a process of its own with a fresh registry."""

import concurrent.futures
import json
import os
import tempfile
import time
from pathlib import Path

from kit import odoo, paths, shell, sql

# Processes that shall begin together wait for this advisory lock of their database.
GATE = 4_019
GATE_SECONDS = 120


def call(env, database, module, *, smtp_port=None, **job):
    """Run `kit.bench.<module>` in the database and return what its `run(odoo_env, job)` returns."""
    with tempfile.TemporaryDirectory(dir=paths.RUN) as folder:
        mail = {"smtp_server": "127.0.0.1", "smtp_port": smtp_port} if smtp_port else {}
        conf = odoo.write_conf(env, Path(folder).name + f"-{os.getpid()}", **mail)
        try:
            answer = Path(folder, "answer.json")
            command = [env.python, "-m", "kit.bench.inside", conf, database, module]
            command += [json.dumps(job), answer]
            what = f"Measuring ({module})"
            log = paths.LOGS / f"{database}-{module}-{Path(folder).name}.log"
            shell.run(command, what, log=log, **odoo.options(env))
            log.unlink(missing_ok=True)  # kept only when it tells why something failed
            return json.loads(answer.read_text())
        finally:
            conf.unlink()


def together(env, database, module, jobs, meanwhile=None):
    """Run several processes of a module that begin their work at the same moment.

    :param list[dict] jobs: one for each; its module calls `gate.passed(odoo_env)` when it is ready
    :param meanwhile: is called while they work, with a function that tells whether they still do
    :return: what each has returned, and what `meanwhile` has
    """
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool, sql.cursor(database) as cr:
        cr.execute("SELECT pg_advisory_lock(%s)", [GATE])
        running = [pool.submit(call, env, database, module, **job) for job in jobs]
        _wait_for(cr, len(jobs), running)
        cr.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        found = meanwhile and meanwhile(lambda: not all(one.done() for one in running))
        return [one.result() for one in running], found


def _wait_for(cr, count, running):
    """Wait until all processes stand at the gate."""
    end = time.monotonic() + GATE_SECONDS
    while time.monotonic() < end and not any(one.done() for one in running):
        cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
            " AND NOT granted AND database = (SELECT oid FROM pg_database"
            " WHERE datname = current_database())",
            [GATE],
        )
        if cr.fetchone()[0] >= count:
            return
        time.sleep(0.05)
