"""Run our crons in several processes at once, as several workers of Odoo do."""

import time
from pathlib import Path

from odoo import SUPERUSER_ID, api

from kit.bench import inside_gate

FIND = ("unfinished.order", "_cron_find")
SEND = ("recovery.message", "_cron_send")


def run(env, work, hours=0, marker=""):
    """Do a piece of work as soon as all processes are ready; return the seconds that it took.

    :param str work: `find`, `send`, `both`, or `help`: to send while another process does both
    :param float hours: a new threshold for carts to count as left, to begin with
    :param str marker: a file that is there until all carts have been found
    """
    registry = env.registry
    if hours:
        env["website"].search([]).cart_idle_hours = hours
        env.cr.commit()
    if work != "find":
        inside_gate.wait(env)
    start = time.perf_counter()
    {"find": _find, "send": _send, "both": _both, "help": _help}[work](registry, marker)
    return {"seconds": time.perf_counter() - start}


def _find(registry, marker):
    del marker
    _run(registry, *FIND)


def _send(registry, marker):
    del marker
    _run(registry, *SEND)


def _both(registry, marker):
    _run(registry, *FIND)
    Path(marker).unlink()
    _run(registry, *SEND)


def _help(registry, marker):
    """Send whatever there is until the other process has found all carts."""
    while Path(marker).exists():
        _run(registry, *SEND)
        time.sleep(0.05)
    _run(registry, *SEND)


def _run(registry, model, method):
    """Run a cron's method with a cursor of its own, and a commit at the end."""
    with registry.cursor() as cr:
        getattr(api.Environment(cr, SUPERUSER_ID, {})[model], method)()
        cr.commit()
