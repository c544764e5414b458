"""Delete old carts: one by one as Odoo does, or by our cron; and measure what it takes."""

import gc
import time

from odoo import sql_db

from kit.bench.inside_send import MEGABYTE, Memory, _environment

OLD_CARTS = [("state", "=", "draft"), ("website_id", "!=", False)]
COUNTERS = ("cart", "unfinished", "message", "contact")


def run(env, side, count=0):
    """Delete the `count` oldest carts one by one ("core"), or all that are too old ("ours")."""
    gc.collect()
    work = _one_by_one if side == "core" else _by_cron
    with Memory() as memory:
        start, statements = time.perf_counter(), sql_db.sql_counter
        processor = time.process_time()
        result = work(env.registry, count)
        result["seconds"] = time.perf_counter() - start
        result["statements"] = sql_db.sql_counter - statements
        result["processor"] = time.process_time() - processor
    return {**result, "megabytes": memory.growth / MEGABYTE}


def _one_by_one(registry, count):
    with registry.cursor() as cr:
        carts = _environment(cr)["sale.order"].search(
            OLD_CARTS, limit=count, order="date_order, id"
        )
        for cart in carts:
            cart.unlink()
        cr.commit()
    return {"carts": len(carts)}


def _by_cron(registry, _count):
    with registry.cursor() as cr, Batches(registry) as batches:
        env = _environment(cr)
        env["unfinished.order"]._cron_erase_old()
        cr.commit()
    with registry.cursor() as cr:
        env = _environment(cr)
        erased = env["unfinished.order.erasure"].search([])
        counts = {name: sum(erased.mapped(f"{name}_count")) for name in COUNTERS}
        if not counts["cart"]:
            raise RuntimeError("No cart was deleted")
    return {
        "carts": counts["cart"],
        "unfinished": counts["unfinished"],
        "messages": counts["message"],
        "contacts": counts["contact"],
        "longest": batches.longest * 1000,
    }


class Batches:
    """How long the longest time between two commits was, in seconds: so long rows are locked."""

    def __init__(self, registry):
        """Watch the commits of crons in this registry."""
        self.cron = registry["ir.cron"]
        self.longest = 0

    def __enter__(self):
        self.commit = self.cron._commit_progress
        self.last = time.perf_counter()

        def commit(model, *args, **kwargs):
            left = self.commit(model, *args, **kwargs)
            self.longest = max(self.longest, time.perf_counter() - self.last)
            self.last = time.perf_counter()
            return left

        self.cron._commit_progress = commit
        return self

    def __exit__(self, *exception):
        del self.cron._commit_progress
