"""Inside Odoo: python -m kit.bench.inside CONF DATABASE MODULE JOB ANSWER."""

import importlib
import json
import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def main(conf, database, module, job, answer):
    """Open the database as Odoo's crons do, run the module's work, and write its answer."""
    config.parse_config(["-c", conf, "-d", database, "--log-level=warn"], setup_logging=True)
    work = importlib.import_module(f"kit.bench.{module}")
    with Registry(database).cursor() as cr:
        result = work.run(api.Environment(cr, SUPERUSER_ID, {}), **json.loads(job))
        cr.commit()
    Path(answer).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
