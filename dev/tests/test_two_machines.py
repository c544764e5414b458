"""Two real Odoo processes share the work of one shop: with queue_job's jobs, and with crons."""

import contextlib
import http.server
import itertools
import os
import re
import signal
import threading
import time

import pytest

from kit import database, environment, machine, odoo, paths, sql
from kit.bench import carts, process
from kit.children import Children
from kit.commands import test

CARTS = 3000
SEND, FIND = "send", "find"
LEAVE_ALONE = "UPDATE ir_cron SET active = false WHERE id NOT IN %s"
# Carts from before reminders were switched on get none.
LONG_ON = "UPDATE recovery_campaign SET active_since = active_since - interval '1 year'"


class Balancer(http.server.ThreadingHTTPServer):
    """Sends each request to the next machine, as the load balancer before several of them does."""

    def __init__(self, ports):
        """Listen on a free port; leave out machines that do not answer."""
        super().__init__(("127.0.0.1", 0), Redirect)
        self.ports = itertools.cycle(ports)
        self.attempts = len(ports)

    def next_port(self):
        """Return the port of the machine whose turn it is."""
        ports = itertools.islice(self.ports, self.attempts)
        return next(port for port in ports if not machine.port_is_free(port))

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.shutdown()
        self.server_close()


class Redirect(http.server.BaseHTTPRequestHandler):
    """Answers where to go."""

    def do_GET(self):
        """Name the machine whose turn it is."""
        self.send_response(307)
        self.send_header("Location", f"http://127.0.0.1:{self.server.next_port()}{self.path}")
        self.end_headers()

    def log_message(self, *args):
        """Keep quiet."""


class Shop:
    """A shop with idle carts, and the two machines that look after it."""

    def __init__(self, env, name, queue):
        """Fill the database; `queue` says whether queue_job is installed in it."""
        self.env, self.name, self.queue = env, name, queue
        self.log = paths.LOGS / f"{name}.log"
        seed = process.call(env, name, "inside_seed")
        carts.generate(name, seed, count=0, due=CARTS)
        self.execute(LONG_ON)
        [[self.buyers]] = self.rows(
            "SELECT count(DISTINCT partner_id) FROM sale_order"
            " WHERE state = 'draft' AND website_id IS NOT NULL"
        )
        self.crons = dict(
            self.rows(
                "SELECT replace(name, 'ir_cron_', ''), res_id FROM ir_model_data"
                " WHERE model = 'ir.cron' AND module = %s",
                [paths.ADDON],
            )
        )
        self.execute(LEAVE_ALONE, [(self.crons[FIND], self.crons[SEND])])
        later = "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"
        self.execute(later)

    def rows(self, query, parameters=()):
        return sql.rows(query, parameters, database=self.name)

    def execute(self, query, parameters=()):
        sql.execute(query, parameters, database=self.name)

    @contextlib.contextmanager
    def machines(self):
        """Run two machines; with queue_job, each has its job runner, of which one is in charge."""
        ports = [machine.free_port() for _machine in range(2)]
        conf = odoo.write_conf(self.env, self.name, crons=1, db_name=self.name)
        with Balancer(ports) as balancer, Children(self.log, verbose=False) as children:
            options = odoo.options(self.env)
            options["env"] |= {
                "ODOO_QUEUE_JOB_CHANNELS": "root:4",
                "ODOO_QUEUE_JOB_HOST": "127.0.0.1",
                "ODOO_QUEUE_JOB_PORT": str(balancer.server_port),
            }
            load = "--load=base,web,queue_job" if self.queue else "--load=base,web"
            for port in ports:
                line = odoo.command(self.env, "server", "-c", conf, f"--http-port={port}", load)
                children.start(f"machine {port}", line, **options)
            for port in ports:
                children.wait_for(f"http://127.0.0.1:{port}/web/health", seconds=120)
            yield [process.pid for process in children.running.values()]
        conf.unlink()

    def call(self, cron):
        """Let a cron run as soon as one of the machines gets to it."""
        self.execute(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) VALUES (%s, now() AT TIME ZONE 'UTC')",
            [self.crons[cron]],
        )
        sql.execute("SELECT pg_notify('cron_trigger', %s)", [self.name])

    def wait_until(self, reached, seconds=180):
        """Wait until `reached()`."""
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, f"not within {seconds} s, see {self.log}: {self.state()}"
            time.sleep(0.2)

    def find(self):
        """Have all carts taken in and their reminders planned."""
        self.call(FIND)
        self.wait_until(lambda: self.count("unfinished_order") == CARTS)

    def count(self, table, condition="true"):
        return self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]

    def count_due(self):
        return self.count(
            "recovery_message", "state = 'waiting' AND due_at <= now() AT TIME ZONE 'UTC'"
        )

    def count_sent(self):
        return self.count("recovery_message", "state = 'sending'")

    def state(self):
        """Return what there is, to be shown when a test gives up."""
        states = self.rows("SELECT state, reason, count(*) FROM recovery_message GROUP BY 1, 2")
        jobs = self.queue and self.rows(
            "SELECT identity_key, state, retry, worker_pid, exc_message FROM queue_job ORDER BY id"
        )
        return states, jobs

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
        """Each buyer has got exactly one mail, whoever made it."""
        mails = "FROM mail_mail m JOIN mail_message t ON t.id = m.mail_message_id"
        [[made, different, recipients]] = self.rows(
            f"SELECT count(*), count(DISTINCT t.message_id), count(DISTINCT m.email_to) {mails}"
            " WHERE t.message_id LIKE '%%-recovery@%%'"
        )
        assert (made, different, recipients) == (self.buyers,) * 3
        assert self.count_sent() == self.buyers

    def job_of(self, pid):
        """Return the job that a process works on at this moment, or nothing."""
        found = self.rows(
            "SELECT uuid FROM queue_job WHERE state = 'started' AND worker_pid = %s"
            " AND identity_key LIKE '%%.ir_cron_send.%%'",
            [pid],
        )
        return found[0][0] if found else None

    def sender(self):
        """Return the process that has last begun to send as a cron."""
        begun = re.findall(r"(\d+) INFO \S+ \S+ir_cron: Job .*send due.* starting", self.log_text())
        return int(begun[-1])

    def log_text(self):
        return self.log.read_text()


@pytest.fixture(scope="module")
def env():
    return environment.ensure()


@pytest.fixture(scope="module")
def with_queue(env):
    """Return a prepared database in which queue_job is installed after the addon."""
    return database.prepare(env, "jobs", ["queue_job"], base=test.prepare(env)[0])


@pytest.fixture
def shop_with_queue(env, with_queue):
    with database.scratch(with_queue, "jobs_shop") as name:
        yield Shop(env, name, queue=True)


@pytest.fixture
def shop_without_queue(env):
    with database.scratch(test.prepare(env)[0], "crons_shop") as name:
        yield Shop(env, name, queue=False)


def test_two_machines_share_the_jobs_and_make_each_reminder_once(shop_with_queue):
    shop = shop_with_queue
    with shop.machines() as pids:
        shop.find()
        shop.send_all()
        shop.wait_until(lambda: not shop.count("queue_job", "state != 'done'"))
    shop.check()
    done = shop.rows("SELECT state, worker_pid FROM queue_job")
    assert {state for state, _pid in done} == {"done"}
    assert {pid for _state, pid in done} == set(pids), "both have worked"


@pytest.mark.slow
def test_a_job_of_a_machine_that_is_killed_is_taken_up_by_the_other(shop_with_queue):
    shop = shop_with_queue
    with shop.machines() as (killed, survivor):
        shop.find()
        shop.call(SEND)
        shop.wait_until(lambda: shop.job_of(killed))
        job = shop.job_of(killed)
        os.kill(killed, signal.SIGKILL)
        shop.send_all()
        ended = "SELECT state, worker_pid FROM queue_job WHERE uuid = %s"
        shop.wait_until(lambda: shop.rows(ended, [job]) == [("done", survivor)])
    shop.check()


def test_a_cron_of_a_machine_that_is_killed_is_taken_up_by_the_other(shop_without_queue):
    shop = shop_without_queue
    with shop.machines() as pids:
        shop.find()
        shop.call(SEND)
        shop.wait_until(shop.count_sent)
        killed = shop.sender()
        os.kill(killed, signal.SIGKILL)
        assert shop.count_due(), "it was killed in the middle of its work"
        shop.send_all()
        assert {killed, shop.sender()} == set(pids), "the other has gone on"
    shop.check()
