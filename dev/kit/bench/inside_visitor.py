"""Run Odoo's reminder cron or ours while somebody changes the carts that it looks at."""

import time

import psycopg2

from odoo.tools import mute_logger

from kit.bench import inside_gate, inside_send


def run(env, side, hours):
    """Run the crons once everybody is ready; return how long that took, and whether it failed."""
    env["website"].search([]).write({inside_send.THRESHOLD[side]: hours})
    env.cr.commit()
    inside_gate.wait(env)
    start = time.perf_counter()
    with mute_logger("odoo.sql_db"):
        failed = _fails(env.registry, side)
    return {"seconds": time.perf_counter() - start, "failed": failed}


def _fails(registry, side):
    try:
        inside_send.run_crons(registry, inside_send.CRONS[side])
    except psycopg2.Error:
        return True
    return False
