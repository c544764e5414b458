"""Run a piece of a bench inside Odoo, in a process of its own with a fresh registry."""

import json
import os
import tempfile
from pathlib import Path

from kit import odoo, paths, shell


def call(env, database, module, *, smtp_port=None, **job):
    """Run `kit.bench.<module>` in the database and return what its `run(odoo_env, job)` returns."""
    mail = {"smtp_server": "127.0.0.1", "smtp_port": smtp_port} if smtp_port else {}
    conf = odoo.write_conf(env, f"bench-{os.getpid()}", **mail)
    try:
        with tempfile.TemporaryDirectory(dir=paths.RUN) as folder:
            answer = Path(folder, "answer.json")
            command = [env.python, "-m", "kit.bench.inside", conf, database, module]
            command += [json.dumps(job), answer]
            what = f"Measuring ({module})"
            shell.run(command, what, log=_log(database, module), **odoo.options(env))
            return json.loads(answer.read_text())
    finally:
        conf.unlink()


def _log(database, module):
    return paths.LOGS / f"{database}-{module}.log"
