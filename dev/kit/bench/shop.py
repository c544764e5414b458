"""dev/bench shop: what the buyer's way from the shop to the payment costs with the addon."""

import contextlib
import os
import re
import signal
import statistics
import subprocess
import time

from kit import machine, odoo, paths, say
from kit.bench import shops
from kit.bench.figures import Figure
from kit.bench.options import number_between
from kit.errors import Stop

try:
    import psutil
    import requests
except ImportError:  # only --help runs before the environment exists
    psutil = requests = None

HELP = "what the buyer's way from the shop to the payment costs"
WALKS = 40
WARM_UP = 5
CARTS = 1_000
START_SECONDS = 120
WHOLE = "the whole way"
PROCESSOR = "… Odoo's processor time for it"
CAPTURE = "capturing what is typed, in the background"


def add_arguments(parser):
    """Add the options of this bench."""
    parser.add_argument(
        "--walks",
        type=number_between(1, 10_000),
        default=WALKS,
        help="how often each shop is walked through [%(default)s]",
    )


def run(env, options):
    """Return the figures, and what is to be said about them."""
    with (
        shops.prepared(env, CARTS, keep=options.keep) as (sources, seed),
        contextlib.ExitStack() as stack,
    ):
        servers = {
            side: stack.enter_context(serving(env, database, side))
            for side, database in sources.items()
        }
        walked = _walk_in_turn(servers, seed, options.walks)
    return _figures(walked), [
        f"{options.walks} walks of a guest through each shop, in turn, after {WARM_UP} to warm up.",
        f"Medians in milliseconds; {CARTS:,} carts in either database.",
    ]


class Server:
    """An Odoo that serves one database, in one process and without crons."""

    def __init__(self, process, port):
        """Describe the process that listens on the port."""
        self.process = process
        self.port = port
        self.address = f"http://127.0.0.1:{port}"

    def processor(self):
        """Return the milliseconds of processor time that it has used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return (times.user + times.system) * 1000

    def wait(self):
        """Wait until it answers."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(f"{self.address}/web/health", timeout=START_SECONDS)
            time.sleep(0.2)
        raise Stop("The shop did not start.", f"see the newest log in {paths.LOGS}")


@contextlib.contextmanager
def serving(env, database, side):
    """Yield a server of the database."""
    port = machine.free_port()
    conf = odoo.write_conf(env, f"bench-{side}-{os.getpid()}", db_name=database, http_port=port)
    line = odoo.command(env, "server", "-c", conf, "--workers=0", "--log-level=warn")
    with (paths.LOGS / f"{database}-server.log").open("w") as log:
        server = Server(subprocess.Popen(line, stdout=log, stderr=log, **odoo.options(env)), port)
    try:
        server.wait()
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait()
        conf.unlink()


def _walk_in_turn(servers, seed, count):
    """Return the milliseconds of each step of each walk, by side; neither side is always first."""
    walked = {side: [] for side in servers}
    for number in range(-WARM_UP, count):
        for side in list(servers) if number % 2 else list(reversed(servers)):
            steps = _walk(servers[side], side, seed, number + WARM_UP)
            if number >= 0:
                walked[side].append(steps)
        if number >= 0 and (number + 1) % 10 == 0:
            say.step(f"{number + 1} of {count} walks")
    return walked


def _walk(server, side, seed, number):
    """Walk once through the shop of this side and return the milliseconds of everything."""
    processor = server.processor()
    steps = Walk(server.address, seed, number).steps()
    others = {WHOLE: sum(steps.values()), PROCESSOR: server.processor() - processor}
    if side == "ours":
        others[CAPTURE] = Walk(server.address, seed, number).capture()
    return {**steps, **others}


class Walk:
    """One guest's way through a shop, with a browser's cookies."""

    def __init__(self, address, seed, number):
        """Go through the shop at the address; `number` chooses the products."""
        self.address = address
        self.seed = seed
        self.number = number
        self.session = requests.Session()
        self.page = ""

    def steps(self):
        """Return the milliseconds of each step, by its name."""
        first, second = self._product(0), self._product(1)
        way = {
            "shop": lambda: self._get("/shop"),
            "product": lambda: self._get(self.seed["pages"][first]),
            "add to an empty cart": lambda: self._add(first),
            "add another product": lambda: self._add(second),
            "cart": lambda: self._get("/shop/cart"),
            "address form": lambda: self._get("/shop/address"),
            "submit the address": self._submit,
            "checkout": lambda: self._get("/shop/checkout"),
            "payment": lambda: self._get("/shop/payment"),
        }
        return {name: milliseconds(step) for name, step in way.items()}

    def fill(self):
        """Put a product into the cart."""
        self._add(self._product(0))

    def look(self):
        """Open the cart."""
        self._get("/shop/cart")

    def capture(self):
        """Return the milliseconds of one capture call, which comes before the address is sent."""
        self._add(self._product(0))
        contact = {"email": f"typing{self.number}@example.com", "phone": "+1 212 555 0100"}
        return milliseconds(lambda: self._call("/shop/cart/contact", contact))

    def _product(self, offset):
        return (self.number * 7 + offset * 3) % len(self.seed["products"])

    def _get(self, path):
        answer = self.session.get(self.address + path, timeout=60)
        self._expect(answer, path)
        self.page = answer.text

    def _expect(self, answer, path):
        """Stop when the way has led elsewhere: to an error, or back to an earlier page."""
        if answer.status_code != 200 or not answer.url.startswith(self.address + path):
            raise Stop(f"The shop answered {answer.status_code} to {path}, with {answer.url}.")

    def _call(self, path, parameters):
        call = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        answer = self.session.post(self.address + path, json=call, timeout=60)
        self._expect(answer, path)
        if "error" in answer.json():
            raise Stop(f"{path} failed: {answer.json()['error']['data']['message']}")

    def _add(self, index):
        self._call(
            "/shop/cart/add",
            {
                "product_template_id": self.seed["templates"][index],
                "product_id": self.seed["products"][index],
                "quantity": 1,
            },
        )

    def _submit(self):
        """Send the address form, which was the page before."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        form = {
            "csrf_token": token[1],
            "address_type": "billing",
            "use_delivery_as_billing": "true",
            "partner_id": "-1",
            "name": f"Guest {self.number}",
            "email": f"guest{self.number}@example.com",
            "phone": "+1 212 555 0101",
            "street": "1 Main Street",
            "city": "Los Angeles",
            "zip": "90001",
            "country_id": self.seed["country_id"],
            "state_id": self.seed["state_id"],
        }
        answer = self.session.post(f"{self.address}/shop/address/submit", data=form, timeout=60)
        if "redirectUrl" not in answer.text:
            raise Stop(f"The shop refused the address: {answer.text[:300]}")


def milliseconds(step):
    """Return how long a step took."""
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1000


def _figures(walked):
    steps = [name for name in walked["core"][0] if name not in (WHOLE, PROCESSOR)]
    return [
        _compare(walked, WHOLE, "≤ 1.03×"),
        *(_compare(walked, name) for name in steps),
        _compare(walked, PROCESSOR),
        Figure(CAPTURE, None, _median(walked["ours"], CAPTURE)),
    ]


def _compare(walked, name, target=""):
    return Figure(name, _median(walked["core"], name), _median(walked["ours"], name), target)


def _median(walks, name):
    return statistics.median(walk[name] for walk in walks)
