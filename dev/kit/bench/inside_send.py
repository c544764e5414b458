"""Run Odoo's reminder cron or ours, and measure what it takes."""

import cProfile
import gc
import pstats
import threading
import time

import psutil

from odoo import SUPERUSER_ID, api, sql_db

MEGABYTE = 1024**2
SAMPLE_SECONDS = 0.02
CRONS = {
    "core": [("website", "_send_abandoned_cart_email")],
    "ours": [("unfinished.order", "_cron_find"), ("recovery.message", "_cron_send")],
}
# What makes a cart count as abandoned: the same setting, in each side's own field.
THRESHOLD = {"core": "cart_abandoned_delay", "ours": "cart_idle_hours"}
ALL_HOURS = 1
QUEUE = ("mail.mail", "process_email_queue")


def run(env, side, warm_up_hours=0, hours=ALL_HOURS, deliver=False, profile=""):
    """Queue the reminders of carts that were left `hours` ago, after others to warm up.

    With `deliver`, Odoo's mail queue sends them, too.
    """
    registry = env.registry
    if warm_up_hours:
        _set_threshold(registry, side, warm_up_hours)
        _run(registry, side, deliver)
    _set_threshold(registry, side, hours)
    gc.collect()
    with Profile(profile):
        return _measure(registry, side, deliver)


def _run(registry, side, deliver):
    run_crons(registry, CRONS[side])
    while deliver and _is_queue_full(registry):  # one run takes a thousand mails
        run_crons(registry, [QUEUE])


def _is_queue_full(registry):
    with registry.cursor() as cr:
        cr.execute("SELECT count(*) FROM mail_mail WHERE state = 'outgoing'")
        return cr.fetchone()[0]


def _set_threshold(registry, side, hours):
    with registry.cursor() as cr:
        _environment(cr)["website"].search([]).write({THRESHOLD[side]: hours})
        cr.commit()


def _environment(cr):
    return api.Environment(cr, SUPERUSER_ID, {})


def run_crons(registry, crons):
    """Run crons' methods as Odoo does: each with a cursor of its own, and a commit at the end."""
    for model, method in crons:
        with registry.cursor() as cr:
            getattr(_environment(cr)[model], method)()
            cr.commit()


def _measure(registry, side, deliver):
    """Return how long it took, the statements, the mails, and how much the process has grown."""
    before = _count_mails(registry)
    with Memory() as memory:
        start, statements = time.perf_counter(), sql_db.sql_counter
        processor = time.process_time()
        _run(registry, side, deliver)
        seconds, statements = time.perf_counter() - start, sql_db.sql_counter - statements
        processor = time.process_time() - processor
    mails = _count_mails(registry)
    return {
        "queued": mails - before,
        "all": mails,
        "seconds": seconds,
        "processor": processor,
        "statements": statements,
        "megabytes": memory.growth / MEGABYTE,
    }


def _count_mails(registry):
    """Return how many mails have ever been made, those that have left and gone included."""
    with registry.cursor() as cr:
        cr.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM mail_mail_id_seq")
        return cr.fetchone()[0]


class Memory:
    """How much more memory this process has at its peak than when this block began."""

    def __enter__(self):
        self.process = psutil.Process()
        self.start = self.peak = self.process.memory_info().rss
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self):
        while not self.over.wait(SAMPLE_SECONDS):
            self._look()

    def _look(self):
        self.peak = max(self.peak, self.process.memory_info().rss)

    def __exit__(self, *exception):
        self.over.set()
        self.thread.join()
        self._look()

    @property
    def growth(self):
        """Return the growth in bytes."""
        return self.peak - self.start


class Profile:
    """Write what takes the time into a file, when one is named."""

    def __init__(self, path):
        self.path = path
        self.profile = cProfile.Profile() if path else None

    def __enter__(self):
        if self.profile:
            self.profile.enable()

    def __exit__(self, *exception):
        if self.profile:
            self.profile.disable()
            with open(self.path, "w") as file:
                stats = pstats.Stats(self.profile, stream=file).strip_dirs()
                stats.sort_stats("cumulative").print_stats(150)
                stats.sort_stats("tottime").print_stats(60)
