"""Senders as real processes, and what they share with a test: committed carts and a mail server."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from aiosmtpd.controller import Controller

from odoo import fields
from odoo.tests import get_db_name

from .common_committed import CommittedCase
from .common_engine import Inbox, free_port, odoo_options

PROGRAM = Path(__file__).with_name("sender_process.py")
APPLICATION = "a sender of the tests"
CRONS = (
    "website_sale_order_handling.ir_cron_find",
    "website_sale_order_handling.ir_cron_send",
    "mail.ir_cron_mail_scheduler_action",
)


class Senders:
    """Starts one sender after the other; see `sender_process.py`."""

    def __init__(self, crons, batch, environ=None, **options):
        """Choose what all senders have in common.

        :param crons: the ids of the crons that each of them runs
        :param int batch: how many messages they send at once
        :param dict environ: variables of their environment
        :param options: of Odoo, where they differ from ours
        """
        self.crons = crons
        self.batch = batch
        self.environ = environ or {}
        self.options = options

    def __enter__(self):
        options = odoo_options(**self.options)
        options.append(f"--db_app_name={APPLICATION}")
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), get_db_name(), str(self.batch), *options],
            env={**os.environ, "ODOO_RC": os.devnull, **self.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self._hear("ready")
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)
        self.log.close()

    def run(self, kill=None, started=None):
        """Run a sender to its end.

        :param kill: a point and the number of times after which the sender dies there
        :param started: called with the sender's process id as soon as there is one
        :return: its exit status, negative when a signal ended it; what it counted; its seconds
        """
        task = {"crons": self.crons, "kill": kill}
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        pid = self._hear("pid")["pid"]
        if started:
            started(pid)
        said = self._hear("counts", "status")
        if "status" in said:
            return said["status"], {}, 0.0
        return self._hear("status")["status"], said["counts"], said["seconds"]

    def _hear(self, *words):
        line = self.process.stdout.readline()
        said = json.loads(line) if line.startswith("{") else {}
        if not said.keys() & set(words):
            raise AssertionError(f"The sender said {line!r} and logged: {self.logged()}")
        return said

    def logged(self):
        """Return the end of what all senders have logged so far."""
        self.log.seek(0)
        return self.log.read()[-3000:]


class FatalInbox(Inbox):
    """A mail server that keeps a mail and kills its sender before it can answer."""

    fatal, pid = 0, None

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        if self.fatal and len(self.messages) == self.fatal:
            os.kill(self.pid, signal.SIGKILL)
        return answer


class SenderCase(CommittedCase):
    """Carts that senders find, and a mail server that they find, too."""

    carts = 20
    batch = 7  # messages: a few batches, also of few carts

    def setUp(self):
        super().setUp()
        self.port, self.listening = free_port(), None
        self.inbox = FatalInbox()
        with self.transaction() as env:
            self._make_shop(env)
            self.cron_ids = [env.ref(name).id for name in CRONS]
            env.cr.execute("SELECT * FROM ir_cron WHERE id IN %s", [tuple(self.cron_ids)])
            self.crons_before = env.cr.dictfetchall()
        self.addCleanup(self._clean_up)

    def _make_shop(self, env):
        website = self._start_reminders(env)
        self._make_carts(env, website, "killed", self.carts, is_published=True)
        server = env["ir.mail_server"].create(
            {
                "name": "Sink",
                "smtp_host": "127.0.0.1",
                "smtp_port": self.port,
                "smtp_encryption": "none",
                "sequence": -1,
            }
        )
        self.server_id = server.id

    def _clean_up(self):
        self._stop_mail_server()
        with self.transaction() as env:
            self._forget(env)
            self._restore_crons(env)
            self._stop_reminders(env)
            env["ir.mail_server"].browse(self.server_id).unlink()
            self._remove_carts(env)

    def _restore_crons(self, env):
        """Let the next test find the crons as if no sender had ever run."""
        env.cr.execute("DELETE FROM ir_cron_progress WHERE cron_id IN %s", [tuple(self.cron_ids)])
        for cron in self.crons_before:
            env.cr.execute(
                """UPDATE ir_cron SET active = %(active)s, nextcall = %(nextcall)s,
                          lastcall = %(lastcall)s, failure_count = %(failure_count)s,
                          first_failure_date = %(first_failure_date)s WHERE id = %(id)s""",
                cron,
            )

    def _forget(self, env):
        """Let the carts be as if nobody had ever been reminded of them."""
        env["mail.mail"].search([("message_id", "like", "-recovery@")]).unlink()
        env["unfinished.order"].search([("order_id", "in", self.made["order"])])._unlink_alone()
        env["recovery.bounce"].search([]).unlink()
        env["recovery.taken.day"].search([]).unlink()
        scans = env["unfinished.order.scan"].search([("website_id", "=", self.website_id)])
        scans.unlink()

    def leave_carts(self):
        """Leave all carts as if two hours ago, for the first time."""
        with self.transaction() as env:
            self._forget(env)
            carts = env["sale.order"].browse(self.made["order"])
            carts.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)

    def first_reminders(self, env):
        """Return the messages of the first step about our carts."""
        messages = env["recovery.message"].search(
            [("unfinished_id.order_id", "in", self.made["order"])], order="id"
        )
        first = messages.step_id.sorted("sequence")[:1]
        return messages.filtered(lambda message: message.step_id == first)

    # === The mail server ===#

    def _start_mail_server(self):
        self.listening = Controller(self.inbox, hostname="127.0.0.1", port=self.port)
        self.listening.start()

    def _stop_mail_server(self):
        """Close the port: connections are refused from then on."""
        if self.listening:
            self.listening.stop()
            self.listening = None

    def received(self):
        """Return how often each recipient has got which Message-IDs."""
        by_recipient = {}
        for address, mail in zip(self.inbox.recipients, self.inbox.messages, strict=True):
            by_recipient.setdefault(address, Counter())[mail["Message-Id"]] += 1
        return by_recipient

    # === Processes ===#

    def senders(self, **options):
        return Senders(self.cron_ids, self.batch, **options)

    def wait_until_gone(self):
        """Wait until the database has noticed that a sender is dead: its locks hold till then."""
        with self.transaction() as env:
            for _attempt in range(200):
                env.cr.execute("SELECT pg_stat_clear_snapshot()")
                query = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s"
                env.cr.execute(query, [APPLICATION])
                if not env.cr.rowcount:
                    return
                time.sleep(0.05)
        self.fail("the connection of the dead sender is still open")

    def kill_after(self, seconds):
        """Return what kills a sender so many seconds after its start."""

        def start_clock(pid):
            timer = threading.Timer(seconds, self._kill, [pid])
            timer.start()
            self.addCleanup(timer.cancel)

        return start_clock

    @staticmethod
    def _kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # it was faster
