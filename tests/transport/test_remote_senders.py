"""Senders that call a provider over the network: killed, several at once, and holding nothing."""

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged

from ...models.recovery import message_batch
from ..common_committed import CommittedCase
from ..common_drivers import Ledger, Provider, WireDriver, add, remove
from ..common_senders import SenderCase

SEED = int(os.environ.get("WSOH_KILL_SEED", "4"))
RUNS = int(os.environ.get("WSOH_KILL_RUNS", "50"))
POINTS = ("statement", "commit", "committed", "calling", "taken", "answered", "moment")
ROUNDS_TO_FINISH = 6
AT_REST = {"sent", "uncertain"}


class WireShop:
    """A shop whose first step leaves over the wire, in committed transactions."""

    def _lead_over_the_wire(self, env):
        add(env, WireDriver)
        self.addCleanup(self._take_the_wire_away)
        channel = env["recovery.channel"].create({"name": "Wire", "driver": WireDriver._name})
        campaign = env["website"].browse(self.website_id).recovery_campaign_ids
        step = campaign.filtered("is_default")._first_step()
        self.step_id, self.channel_id = step.id, channel.id
        self.channel_before = step.channel_id.id
        step.write({"channel_id": channel.id, "text": "{shop}: {link}"})

    def _take_the_wire_away(self):
        with self.transaction() as env:
            mine = [("order_id", "in", self.made["order"])]
            env["unfinished.order"].search(mine)._unlink_alone()
            step = env["recovery.step"].browse(self.step_id)
            step.write({"channel_id": self.channel_before, "text": False})
            env["recovery.message.day"].search([("channel_id", "=", self.channel_id)]).unlink()
            env["recovery.channel"].browse(self.channel_id).unlink()
            remove(env, WireDriver)

    def _end_leases(self, env):
        """Let the time have passed in which a process may call."""
        env.cr.execute(
            "UPDATE recovery_attempt SET lease_until = lease_until - interval '1 hour'"
            " WHERE lease_until IS NOT NULL"
        )


@tagged("post_install", "-at_install")
class TestKilledRemoteSenders(WireShop, SenderCase):
    carts = 12
    batch = 5

    def setUp(self):
        super().setUp()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.ledger = Ledger(Path(folder, "ledger"))
        with self.transaction() as env:
            self._lead_over_the_wire(env)
        self.figures, self.story = Counter(), []

    def senders(self, **options):
        senders = super().senders(**options)
        senders.environ = {"WSOH_LEDGER": str(self.ledger.path)}
        return senders

    def finish(self, senders):
        for _round in range(ROUNDS_TO_FINISH):
            with self.transaction() as env:
                self._end_leases(env)
            status, counts, seconds = senders.run()
            self.assertEqual(status, 0, senders.logged())
            with self.transaction() as env:
                states = self.first_reminders(env).mapped("state")
                if len(states) == self.carts and set(states) <= AT_REST:
                    return counts, seconds
        raise AssertionError(f"Not all has come to an end after {self.story}: {states}")

    def run_and_kill(self, senders, point, limits, chance):
        kill, started = None, None
        if point == "moment":
            started = self.kill_after(chance.uniform(0, limits[point]))
        else:
            kill = (point, chance.randint(1, limits[point]))
        status, _counts, _seconds = senders.run(kill, started)
        self.story.append((point, kill, status))
        self.assertIn(status, (0, -signal.SIGKILL), senders.logged())
        self.wait_until_gone()
        return status != 0

    def check(self):
        """Check that nobody got two, that none is lost, and that what is not known is named."""
        entries = self.ledger.entries()
        twice = [address for address, n in Counter(a for _k, a in entries).items() if n > 1]
        self.assertFalse(twice, f"{self.story}: {entries}")
        taken = dict(entries)
        with self.transaction() as env:
            reminders = self.first_reminders(env)
            self.assertEqual(len(reminders), self.carts, self.story)
            for reminder in reminders:
                has_left = reminder.attempt_id.key in taken
                self.assertEqual(reminder.state, "sent" if has_left else "uncertain", self.story)
                self.assertTrue(has_left or reminder.detail)
            self.figures["uncertain"] += reminders.mapped("state").count("uncertain")
            self.assertFalse(env["recovery.attempt"].search([("lease_until", "!=", False)]))
        self.figures["messages"] += self.carts

    def play(self, points):
        with self.senders() as senders:
            self.leave_carts()
            counts, seconds = self.finish(senders)
            self.check()
            limits = {**counts, "moment": seconds}
            for run, first in enumerate(points):
                chance = random.Random(f"{SEED}-{run}")
                self.ledger.path.unlink(missing_ok=True)
                self.leave_carts()
                self.story[:] = [f"run {run}"]
                point = first or chance.choice(POINTS)
                self.figures["kills"] += self.run_and_kill(senders, point, limits, chance)
                self.finish(senders)
                self.check()

    def test_a_sender_killed_anywhere_sends_nothing_twice_and_names_what_is_uncertain(self):
        self.play(["committed", "calling", "taken", "answered", "moment"])
        self.assertGreaterEqual(self.figures["kills"], 4)

    @pytest.mark.slow
    def test_fifty_killed_senders_send_nothing_twice_and_lose_nothing(self):
        start = time.monotonic()
        self.play([None] * RUNS)
        seconds = time.monotonic() - start
        sys.stdout.write(f"{RUNS} runs with seed {SEED} in {seconds:.0f} s: {self.figures}\n")
        self.assertGreaterEqual(self.figures["kills"], 0.8 * RUNS)


@tagged("post_install", "-at_install")
class TestRemoteSendersAtOnce(WireShop, CommittedCase):
    carts = 12

    def setUp(self):
        super().setUp()
        self.provider = WireDriver.provider = Provider()
        with self.transaction() as env:
            website = self._start_reminders(env)
            carts = self._make_carts(env, website, "wired", self.carts, is_published=True)
            self._lead_over_the_wire(env)
            carts.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
            env["unfinished.order"]._take_in(website, carts)
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.transaction() as env:
            self._stop_reminders(env)
            self._remove_carts(env)

    def _send(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["recovery.message"]._cron_send()

    def first_reminders(self, env):
        return env["recovery.message"].search([("step_id", "=", self.step_id)])

    def test_two_senders_call_about_each_message_once(self):
        self.provider.seconds = 0.05
        with patch.object(message_batch, "BATCH", 4), patch.object(message_batch, "SMALLEST", 4):
            self.at_once(self._send, 2)
        self.assertEqual(len(self.provider.calls), self.carts)
        self.assertEqual(len({envelope.to for envelope in self.provider.calls}), self.carts)
        with self.transaction() as env:
            self.assertEqual(set(self.first_reminders(env).mapped("state")), {"sent"})

    def test_no_transaction_and_no_lock_is_held_while_a_provider_thinks(self):
        held = []

        def look(_envelope):
            with self.transaction() as env:
                env.cr.execute(
                    """SELECT a.state, l.mode FROM pg_stat_activity a
                    LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype != 'virtualxid'
                        WHERE a.datname = current_database() AND a.pid != pg_backend_pid()
                          AND a.backend_type = 'client backend'
                          AND (a.state LIKE 'idle in transaction%%' OR l.mode IS NOT NULL)"""
                )
                held.extend(env.cr.fetchall())

        self.provider.meanwhile = look
        with patch.object(self.registry[WireDriver._name], "_at_once", 1):
            self._send()
        self.assertEqual(len(self.provider.calls), self.carts)
        self.assertFalse(held)

    def test_a_buyer_who_orders_during_the_calls_does_not_wait(self):
        order_id = self.made["order"][0]

        def order(_envelope):
            self.provider.meanwhile = None
            with self.transaction() as env:
                env.cr.execute("SET LOCAL lock_timeout = '250ms'")
                env["sale.order"].browse(order_id).action_quotation_sent()

        self.provider.meanwhile = order
        self._send()
        with self.transaction() as env:
            self.assertEqual(set(self.first_reminders(env).mapped("state")), {"sent"})

    def test_many_calls_take_little_longer_than_one(self):
        self.provider.seconds = 0.2
        start = time.monotonic()
        self._send()
        seconds = time.monotonic() - start
        self.assertEqual(len(self.provider.calls), self.carts)
        self.assertLess(seconds, self.carts * 0.2)
