"""Several workers, a person who cancels, and a crash, with real transactions and processes."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

from odoo.tests import get_db_name, tagged

from ...orm.batches import run_batches
from ..common_committed import CommittedCase
from ..common_engine import odoo_options

ROWS = 20
BATCH = 6
WORKER = """
    import os, signal, sys
    import odoo
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(sys.argv[3:])
    with Registry(sys.argv[1]).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for committed in range(int(sys.argv[2])):
            env["unfinished.order.export"]._write_next(6)
            cr.commit()
        env["unfinished.order.export"]._write_next(6)
        os.kill(os.getpid(), signal.SIGKILL)
"""


@tagged("post_install", "-at_install")
class TestExportConcurrency(CommittedCase):
    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            website = env["website"].search([], limit=1)
            company = website.company_id
            made = env["unfinished.order"].create(
                [
                    {
                        "name": f"UO7{number:04d}",
                        "website_id": website.id,
                        "company_id": company.id,
                        "currency_id": company.currency_id.id,
                        "activity_at": "2026-03-02 10:00:00",
                    }
                    for number in range(ROWS)
                ]
            )
            admin = env.ref("base.user_admin")
            admin.group_ids += env.ref("base.group_allow_export")
            self.ids = made.ids
            self.export_id = self.ask(env)
        self.addCleanup(self.clean_up)

    def ask(self, env):
        exports = env["unfinished.order.export"].with_user(env.ref("base.user_admin"))
        return exports._start(f"[('id', 'in', {self.ids})]", ["name"], "csv").id

    def clean_up(self):
        with self.transaction() as env:
            exports = env["unfinished.order.export"].search([])
            env["mail.mail"].search([("model", "=", exports._name)]).unlink()
            exports.unlink()
            env["unfinished.order"].browse(self.ids).unlink()
            env["ir.cron.trigger"].search([("cron_id.code", "=", "model._cron_export()")]).unlink()

    def write_batch(self, env):
        return env["unfinished.order.export"]._write_next(BATCH)

    def work(self):
        """Write what there is to write, as the scheduler does."""
        with self.transaction() as env:
            run_batches(env, lambda: self.write_batch(env), 1)

    def finish(self):
        """Work until nothing is left; the locks of a killed worker last a moment longer."""
        for _attempt in range(200):
            self.work()
            with self.transaction() as env:
                domain = [("state", "in", ("waiting", "running"))]
                if not env["unfinished.order.export"].search_count(domain):
                    return
            time.sleep(0.05)

    def run_and_kill(self, committed):
        """Let a process of its own write so many batches, and die in the middle of the next."""
        options = odoo_options()
        return subprocess.run(
            [
                sys.executable,
                "-c",
                textwrap.dedent(WORKER),
                get_db_name(),
                str(committed),
                *options,
            ],
            env={**os.environ, "ODOO_RC": os.devnull},
            capture_output=True,
            timeout=120,
            check=False,
        )

    def assertWhole(self):
        with self.transaction() as env:
            export = env["unfinished.order.export"].browse(self.export_id)
            self.assertEqual(export.state, "done", export.error)
            content = b"".join(env["ir.attachment"].browse(export._pieces()).mapped("raw"))
            names = content.decode("utf-8-sig").replace('"', "").split()
            expected = [f"UO7{number:04d}" for number in reversed(range(ROWS))]
            self.assertEqual(names, ["Number", *expected])

    def test_cancelling_waits_for_a_batch_at_most_and_is_seen_before_the_next_one(self):
        with self.transaction() as env:
            self.write_batch(env)
        cancelled = []

        def cancel():
            with self.transaction() as env:
                admin = env.ref("base.user_admin")
                export = env["unfinished.order.export"].with_user(admin).browse(self.export_id)
                export.action_cancel()
            cancelled.append(time.monotonic())

        with self.transaction() as env:
            self.write_batch(env)
            person = threading.Thread(target=cancel)
            person.start()
            person.join(0.5)
            self.assertFalse(cancelled, "the batch still holds the export")
        person.join(10)
        self.assertTrue(cancelled, "no conflict: the worker has not written to the export itself")
        with self.transaction() as env:
            self.assertEqual(self.write_batch(env), 0)
            export = env["unfinished.order.export"].browse(self.export_id)
            self.assertEqual(export.state, "cancelled")
            export._gc_files()
            self.assertFalse(export.part_ids)

    def test_two_workers_take_different_exports(self):
        with self.transaction() as env:
            other = self.ask(env)
        with self.transaction() as first:
            self.write_batch(first)
            with self.transaction() as second:
                self.write_batch(second)
                self.assertEqual(second["unfinished.order.export"].browse(other).state, "running")
            with self.transaction() as third:
                self.assertEqual(
                    self.write_batch(third), 1, "the second one's export is free again"
                )
        self.finish()
        self.assertWhole()

    def test_a_worker_that_looked_before_the_other_one_committed_adds_no_part_twice(self):
        with self.transaction() as env:
            self.write_batch(env)
        with self.transaction() as late:
            late["unfinished.order.export"].search_count([])  # what it knows is of this moment
            with self.transaction() as env:
                self.write_batch(env)
            run_batches(late, lambda: self.write_batch(late), 1)
        self.finish()
        self.assertWhole()

    def test_workers_that_take_turns_make_one_whole_file(self):
        self.at_once(self.work, 3)
        self.finish()
        self.assertWhole()

    def test_fault_4_a_killed_worker_leaves_no_half_file_and_another_goes_on(self):
        for committed in (0, 2):
            process = self.run_and_kill(committed)
            self.assertEqual(process.returncode, -signal.SIGKILL, process.stderr.decode()[-2000:])
        with self.transaction() as env:
            export = env["unfinished.order.export"].browse(self.export_id)
            self.assertEqual(len(export.part_ids), 2)
            self.assertEqual(export.state, "running")
        self.finish()
        self.assertWhole()
