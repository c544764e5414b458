"""The mail server or the database is really gone for a while, and senders are real processes."""

import contextlib
import os
import random
import socket
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from odoo.tests import tagged
from odoo.tools import SQL, config

from ...tools.retries import FIRST_RETRY
from ..common_senders import SenderCase

# What is moved into the past so that time seems to pass.
TIMES = (
    ("recovery_message", "due_at"),
    ("recovery_message", "planned_at"),
    ("recovery_message", "sent_at"),
    ("recovery_message", "planned_for"),
    ("unfinished_order", "activity_at"),
    ("unfinished_order_scan", "activity_at"),
    ("mail_activity", "create_date"),
)
CUTS = 20


@tagged("post_install", "-at_install")
class TestMailServerIsGone(SenderCase):
    def let_pass(self, span):
        """Let so much time pass for everything that senders look at."""
        with self.transaction() as env:
            for table, column in (*TIMES, ("sale_order", "cart_activity_at")):
                env.cr.execute(
                    SQL(
                        "UPDATE %(table)s SET %(column)s = %(column)s - %(span)s",
                        table=SQL.identifier(table),
                        column=SQL.identifier(column),
                        span=span,
                    )
                )

    def alarms(self, env):
        return env["mail.activity"].search(env["recovery.channel"]._alarm_domain())

    def run_sender(self, senders):
        status, _counts, _seconds = senders.run()
        self.assertEqual(status, 0, senders.logged())

    def test_fault_1_a_mail_server_that_is_gone_for_hours_costs_nobody_a_mail(self):
        self.leave_carts()
        with self.senders() as senders:
            for tries in range(1, 5):
                self.run_sender(senders)
                wait = FIRST_RETRY * 2 ** (tries - 1)
                with self.transaction() as env:
                    self.check_refused(env, tries, wait)
                self.run_sender(senders)
                with self.transaction() as env:
                    self.assertEqual(set(self.first_reminders(env).mapped("tries")), {tries})
                    # Once is a hiccup.
                    self.assertEqual(len(self.alarms(env)), int(tries > 1))
                self.let_pass(wait)
            self._start_mail_server()
            self.run_sender(senders)
            self.run_sender(senders)
        received = self.received()
        self.assertEqual({ids.total() for ids in received.values()}, {1}, "once each")
        self.assertEqual(len(received), self.carts, "nothing is lost")
        with self.transaction() as env:
            self.assertEqual(self.first_reminders(env).mapped("state"), ["sent"] * self.carts)
            self.assertFalse(self.alarms(env), "the activity goes by itself")

    def check_refused(self, env, tries, wait):
        reminders = self.first_reminders(env)
        self.assertEqual(reminders.mapped("state"), ["waiting"] * self.carts)
        self.assertEqual(set(reminders.mapped("reason")), {"server"})
        self.assertEqual(set(reminders.mapped("tries")), {tries})
        self.assertIn("refused", reminders[0].detail)
        for reminder in reminders:
            early = abs(reminder.due_at - reminder.write_date - wait)
            self.assertLess(early, timedelta(seconds=5), "twice as long each time")
        self.assertFalse(env["mail.mail"].search([("message_id", "like", "-recovery@")]))


class Gate:
    """Stands between senders and the database, and can be shut."""

    def __init__(self, folder):
        """Listen in this folder, as a PostgreSQL server of this machine does."""
        self.port = int(config["db_port"] or os.environ.get("PGPORT") or 5432)
        self.host = config["db_host"] or os.environ["PGHOST"]
        self.path = str(Path(folder, f".s.PGSQL.{self.port}"))
        self.open_sockets = set()
        self.listener = None

    def open(self):
        Path(self.path).unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def shut(self):
        """Cut all connections, and refuse new ones."""
        for each in (self.listener, *self.open_sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.open_sockets.clear()

    def _accept(self, listener):
        with contextlib.suppress(OSError):  # shut
            while True:
                client, _address = listener.accept()
                server = self._connect()
                self.open_sockets |= {client, server}
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._hand_on, args=pair, daemon=True).start()

    def _connect(self):
        if not self.host.startswith("/"):
            return socket.create_connection((self.host, self.port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self.host}/.s.PGSQL.{self.port}")
        return server

    def _hand_on(self, source, target):
        with contextlib.suppress(OSError):  # shut
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@tagged("post_install", "-at_install")
class TestDatabaseIsGone(SenderCase):
    def setUp(self):
        super().setUp()
        self._start_mail_server()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.gate = Gate(folder.name)
        self.gate.open()
        self.addCleanup(self.gate.shut)
        self.folder = folder.name

    def cut(self, times):
        """Cut the connection in mid-run, so many times, each with all carts to remind of anew.

        :return: how many senders have broken down
        """
        chance, broken = random.Random(times), 0
        with self.senders(db_host=self.folder) as senders:
            self.leave_carts()
            seconds = self.finish(senders)
            self.check()
            for _time in range(times):
                self.leave_carts()
                clock = threading.Timer(chance.uniform(0.05, 0.9) * seconds, self.gate.shut)
                status, _counts, _seconds = senders.run(started=lambda _pid, c=clock: c.start())
                clock.join()
                self.assertEqual(senders.run()[0], 1, "nobody can work without a database")
                self.gate.open()
                self.wait_until_gone()
                self.finish(senders)
                broken += status
                self.check()
        return broken

    def finish(self, senders):
        status, _counts, seconds = senders.run()
        self.assertEqual(status, 0, senders.logged())
        return seconds

    def check(self):
        received = self.received()
        self.assertEqual(len(received), self.carts, "nothing is lost")
        # What the mail server had accepted when the database went stands in the sender's journal.
        twice = sum(ids.total() - 1 for ids in received.values())
        self.assertEqual(twice, 0)
        with self.transaction() as env:
            reminders = self.first_reminders(env)
            self.assertEqual(reminders.mapped("state"), ["sent"] * self.carts)
        self.inbox.messages.clear()
        self.inbox.recipients.clear()

    def test_fault_19_a_database_that_is_gone_for_a_while_loses_and_repeats_nothing(self):
        self.assertTrue(self.cut(3))

    @pytest.mark.slow
    def test_fault_19_a_database_that_goes_again_and_again_loses_and_repeats_nothing(self):
        start = time.monotonic()
        broken = self.cut(CUTS)
        seconds = time.monotonic() - start
        sys.stdout.write(f"{CUTS} cuts in {seconds:.0f} s: {broken} broken, no mail twice\n")
        self.assertGreater(broken, CUTS / 2)
