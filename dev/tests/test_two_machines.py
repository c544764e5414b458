"""Two real Odoo processes share the work of one shop: with queue_job's jobs, and with crons."""

import os
import re
import signal
import time

import pytest
from common_machines import Shop

from kit import database
from kit.bench import carts, process
from kit.commands import test

CARTS = 3000
SEND, FIND = "send", "find"
# Carts from before reminders were switched on get none.
LONG_ON = "UPDATE recovery_campaign SET active_since = active_since - interval '1 year'"


class SendingShop(Shop):
    """A shop with idle carts."""

    crons = (FIND, SEND)

    def __init__(self, env, name, queue):
        """Fill the database."""
        super().__init__(env, name, queue)
        seed = process.call(env, name, "inside_seed")
        carts.generate(name, seed, count=0, due=CARTS)
        self.execute(LONG_ON)
        [[self.buyers]] = self.rows(
            "SELECT count(DISTINCT partner_id) FROM sale_order"
            " WHERE state = 'draft' AND website_id IS NOT NULL"
        )

    def find(self):
        """Have all carts taken in and their reminders planned."""
        self.call(FIND)
        self.wait_until(lambda: self.count("unfinished_order") == CARTS)

    def count_due(self):
        return self.count(
            "recovery_message", "state = 'waiting' AND due_at <= now() AT TIME ZONE 'UTC'"
        )

    def count_sent(self):
        return self.count("recovery_message", "state = 'sending'")

    def state(self):
        """Return what there is, to be shown when a test gives up."""
        states = self.rows("SELECT state, reason, count(*) FROM recovery_message GROUP BY 1, 2")
        return states, super().state()

    def send_all(self):
        """Send until nothing is due; call the cron again now and then, as time would."""
        last = time.monotonic()

        def is_done():
            nonlocal last
            if time.monotonic() > last + 5:
                self.call(SEND)
                last = time.monotonic()
            return not self.count_due()

        self.call(SEND)
        self.wait_until(is_done)

    def check(self):
        """Each buyer has got exactly one mail, from one of the two."""
        mails = "FROM mail_mail m JOIN mail_message t ON t.id = m.mail_message_id"
        [[made, different, recipients]] = self.rows(
            f"SELECT count(*), count(DISTINCT t.message_id), count(DISTINCT m.email_to) {mails}"
            " WHERE t.message_id LIKE '%%-recovery@%%'"
        )
        assert (made, different, recipients) == (self.buyers,) * 3
        assert self.count_sent() == self.buyers

    def sender(self):
        """Return the process that has last begun to send as a cron."""
        begun = re.findall(r"(\d+) INFO \S+ \S+ir_cron: Job .*send due.* starting", self.log_text())
        return int(begun[-1])


@pytest.fixture
def shop_with_queue(env, with_queue):
    with database.scratch(with_queue, "jobs_shop") as name:
        yield SendingShop(env, name, queue=True)


@pytest.fixture
def shop_without_queue(env):
    with database.scratch(test.prepare(env)[0], "crons_shop") as name:
        yield SendingShop(env, name, queue=False)


def test_two_machines_share_the_jobs_and_make_each_reminder_once(shop_with_queue):
    shop = shop_with_queue
    with shop.machines() as ports:
        shop.find()
        shop.send_all()
        assert shop.wait_for_jobs() == set(ports), "both have worked"
    shop.check()


@pytest.mark.slow
def test_a_job_of_a_machine_that_is_killed_is_taken_up_by_the_other(shop_with_queue):
    shop = shop_with_queue
    with shop.machines() as (killed, survivor):
        shop.find()
        shop.call(SEND)
        own = shop.wait_until(lambda: [job for job, pid in shop.jobs_of(SEND) if pid == killed])
        os.kill(killed, signal.SIGKILL)
        shop.send_all()
        ended = "SELECT state, worker_pid FROM queue_job WHERE uuid = %s"
        shop.wait_until(lambda: shop.rows(ended, own[:1]) == [("done", survivor)])
    shop.check()


def test_a_cron_of_a_machine_that_is_killed_is_taken_up_by_the_other(shop_without_queue):
    shop = shop_without_queue
    with shop.machines() as ports:
        shop.find()
        shop.call(SEND)
        shop.wait_until(shop.count_sent)
        killed = shop.sender()
        os.kill(killed, signal.SIGKILL)
        assert shop.count_due(), "it was killed in the middle of its work"
        shop.send_all()
        assert {killed, shop.sender()} == set(ports), "the other has gone on"
    shop.check()
