"""The sender is killed, at any point: nothing is lost, and at most one mail comes twice."""

import os
import random
import signal
import sys
import time

import pytest

from odoo.tests import tagged

from ..common_senders import CRONS, SenderCase

# The same seed kills at the same points; only "moment" depends on how fast the machine is.
SEED = int(os.environ.get("WSOH_KILL_SEED", "4"))
RUNS = int(os.environ.get("WSOH_KILL_RUNS", "100"))
POINTS = ("statement", "commit", "committed", "handing over", "accepted", "unanswered", "moment")
ROUNDS_TO_FINISH = 5
# How likely it is that the process that takes over from a killed sender is killed, too.
ONE_MORE = 0.25


@tagged("post_install", "-at_install")
class TestKilledSenders(SenderCase):
    def setUp(self):
        super().setUp()
        self._start_mail_server()
        self.figures = {"kills": 0, "mails": 0, "twice": 0}
        self.story = []  # what this run has done, shown when it fails

    def finish(self, senders):
        """Let senders that nobody kills do what is left, as the scheduler would."""
        for _round in range(ROUNDS_TO_FINISH):
            status, counts, seconds = senders.run()
            self.assertEqual(status, 0, senders.logged())
            with self.transaction() as env:
                reminders = self.first_reminders(env)
                if reminders.mapped("state") == ["sent"] * self.carts:
                    return counts, seconds
                left = reminders.read(["state", "reason", "detail"])
        raise AssertionError(f"Not all has left after {self.story}: {left}")

    def calibrate(self, senders):
        """Learn how often a sender whom nobody disturbs comes through each point."""
        self.leave_carts()
        counts, seconds = self.finish(senders)
        self.check(kills=0)
        return {**counts, "unanswered": self.carts, "moment": seconds}

    def run_and_kill(self, senders, point, limits, chance):
        """Run a sender and kill it at a random time within `limits` at `point`.

        :return: whether it died
        """
        kill, started = None, None
        if point == "moment":
            started = self.kill_after(chance.uniform(0, limits[point]))
        elif point == "unanswered":
            self.inbox.fatal = len(self.inbox.messages) + chance.randint(1, limits[point])
            started = self._note_pid
        else:
            kill = (point, chance.randint(1, limits[point]))
        status, _counts, _seconds = senders.run(kill, started)
        self.story.append((point, kill, status))
        self.inbox.fatal = 0
        self.assertIn(status, (0, -signal.SIGKILL), senders.logged())
        self.wait_until_gone()
        return status != 0

    def _note_pid(self, pid):
        self.inbox.pid = pid

    def check(self, kills):
        """Check what has become of all carts after so many kills, and forget the mails."""
        received = self.received()
        addresses = {f"killed{n}@example.com" for n in range(self.carts)}
        self.assertEqual(set(received), addresses, f"nothing is lost: {self.story}")
        for address, ids in received.items():
            self.assertEqual(len(ids), 1, f"{address} got different mails: {ids}")
        twice = sum(ids.total() - 1 for ids in received.values())
        self.assertLessEqual(twice, kills, f"at most one mail twice for each kill: {self.story}")
        with self.transaction() as env:
            self.check_database(env)
        self.figures["kills"] += kills
        self.figures["mails"] += self.carts
        self.figures["twice"] += twice
        self.inbox.messages.clear()
        self.inbox.recipients.clear()

    def check_database(self, env):
        reminders = self.first_reminders(env)
        self.assertEqual(reminders.mapped("state"), ["sent"] * self.carts)
        self.assertTrue(all(reminders.mapped("sent_at")))
        self.assertEqual(reminders.mapped("tries"), [0] * self.carts, "no server refused anything")
        unfinished = reminders.unfinished_id
        self.assertEqual(
            sorted(unfinished.order_id.ids), sorted(self.made["order"]), "each cart once"
        )
        later = unfinished.message_ids - reminders
        self.assertEqual(later.mapped("state"), ["waiting"] * self.carts, "and the next is planned")
        left = env["mail.mail"].search([("message_id", "like", "-recovery@")])
        self.assertLessEqual(set(left.mapped("state")), {"sent"})
        left._gc_reminders()  # what was killed while it deleted them is cleaned up every day
        self.assertFalse(left.exists())
        self.assertTrue(all(env.ref(name).active for name in CRONS))

    def play(self, points):
        """Kill a sender at each of these points, each time with all carts to be reminded of anew.

        :param points: the point of the first kill of each run, None for any; there may be more
        """
        with self.senders() as senders:
            limits = self.calibrate(senders)
            for run, first in enumerate(points):
                chance, kills = random.Random(f"{SEED}-{run}"), 0
                point = first or chance.choice(POINTS)
                self.leave_carts()
                self.story[:] = [f"run {run}"]
                while self.run_and_kill(senders, point, limits, chance):
                    kills += 1
                    point = chance.choice(POINTS)
                    if chance.random() > ONE_MORE:
                        break
                self.finish(senders)
                self.check(kills)

    def test_fault_3_a_sender_killed_anywhere_loses_nothing_and_repeats_at_most_one_mail(self):
        self.play(["statement", "committed", "accepted", "unanswered", "moment"])
        self.assertGreaterEqual(self.figures["kills"], 4)

    @pytest.mark.slow
    def test_fault_3_a_hundred_killed_senders_lose_nothing_and_repeat_at_most_one_mail_each(self):
        start = time.monotonic()
        self.play([None] * RUNS)
        seconds = time.monotonic() - start
        sys.stdout.write(f"{RUNS} runs with seed {SEED} in {seconds:.0f} s: {self.figures}\n")
        self.assertGreaterEqual(self.figures["kills"], 0.9 * RUNS)
