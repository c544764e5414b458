"""What the tests of several machines share: a balancer, and a shop that two machines look after."""

import contextlib
import http.server
import itertools
import threading
import time

from kit import machine, odoo, paths, sql
from kit.children import Children

# Nothing but what a test wants runs, and that runs when it is called.
LEAVE_ALONE = "UPDATE ir_cron SET active = false WHERE id NOT IN %s"
LATER = "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"


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
    """A shop, and the two machines that look after it."""

    crons = ()  # the names of those that a test calls

    def __init__(self, env, name, queue):
        """Leave the other crons alone; `queue` says whether queue_job is installed."""
        self.env, self.name, self.queue = env, name, queue
        self.log = paths.LOGS / f"{name}.log"
        self.cron_ids = dict(
            self.rows(
                "SELECT replace(name, 'ir_cron_', ''), res_id FROM ir_model_data"
                " WHERE model = 'ir.cron' AND module = %s",
                [paths.ADDON],
            )
        )
        self.execute(LEAVE_ALONE, [tuple(self.cron_ids[name] for name in self.crons)])
        self.execute(LATER)

    def rows(self, query, parameters=()):
        return sql.rows(query, parameters, database=self.name)

    def execute(self, query, parameters=()):
        sql.execute(query, parameters, database=self.name)

    def count(self, table, condition="true"):
        return self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]

    @contextlib.contextmanager
    def machines(self):
        """Run two machines; with queue_job, each has its job runner, of which one is in charge.

        :return: the port of each process
        :rtype: dict[int, int]
        """
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
            pids = [process.pid for process in children.running.values()]
            yield dict(zip(pids, ports, strict=True))
        conf.unlink()

    def call(self, cron):
        """Let a cron run as soon as one of the machines gets to it."""
        self.execute(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) VALUES (%s, now() AT TIME ZONE 'UTC')",
            [self.cron_ids[cron]],
        )
        sql.execute("SELECT pg_notify('cron_trigger', %s)", [self.name])

    def wait_until(self, reached, seconds=180, pause=0.2):
        """Wait until `reached()` is true, and return what it then is."""
        end = time.monotonic() + seconds
        while not (found := reached()):
            assert time.monotonic() < end, f"not within {seconds} s, see {self.log}: {self.state()}"
            time.sleep(pause)
        return found

    def wait_for_jobs(self):
        """Wait until the queue is empty, and return the processes that have worked on it."""
        self.wait_until(lambda: not self.count("queue_job", "state != 'done'"))
        return {pid for (pid,) in self.rows("SELECT worker_pid FROM queue_job")}

    def state(self):
        """Return what there is, to be shown when a test gives up."""
        return self.queue and self.rows(
            "SELECT identity_key, state, retry, worker_pid, exc_message FROM queue_job ORDER BY id"
        )

    def jobs_of(self, cron):
        """Return the jobs of a cron that are being worked on: (uuid, process)."""
        return self.rows(
            "SELECT uuid, worker_pid FROM queue_job WHERE state = 'started'"
            " AND identity_key LIKE '%%.ir_cron_' || %s || '.%%'",
            [cron],
        )

    def log_text(self):
        return self.log.read_text()
