"""Odoo reloads itself when a request takes too long, and an idle browser is such a request."""

import configparser
import contextlib
import signal
import socket
import time
import urllib.request

import pytest

from kit import database, machine, odoo, paths
from kit.children import Children
from kit.commands import test

STARTED = "HTTP service (werkzeug) running on"
# Longer than Odoo's own limit of two minutes, and the minute that it waits for other requests.
LONG = 200


@pytest.fixture(scope="module")
def shop(env):
    """Return a copy of the database with the addon, which may be thrown away."""
    with database.scratch(test.prepare(env)[0], "reload") as name:
        yield name


@contextlib.contextmanager
def _serving(env, shop, **limits):
    """Start Odoo as the demo does; yield its port, its processes and what reads its log."""
    log, port = paths.LOGS / f"{shop}.log", machine.free_port()
    conf = odoo.write_conf(env, shop, crons=0, db_name=shop, http_port=port, **limits)
    with Children(log, verbose=False) as children:
        children.start("Odoo", odoo.command(env, "server", "-c", conf), **odoo.options(env))
        children.wait_for(f"http://127.0.0.1:{port}/web/health", seconds=120)
        yield port, children, log.read_text
    conf.unlink()


@contextlib.contextmanager
def _idle_connection(port):
    """Keep a connection open on which nothing is ever said, as browsers do."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        yield connection


def _wait_for_starts(read_log, count, seconds=120):
    end = time.monotonic() + seconds
    while read_log().count(STARTED) < count:
        assert time.monotonic() < end, read_log()[-2000:]
        time.sleep(0.5)


def _page(port, path="/shop"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as answer:
        return answer.read().decode()


def test_a_reload_brings_the_same_shop_back(env, shop):
    with _serving(env, shop) as (port, children, read_log):
        children.running["Odoo"].send_signal(signal.SIGHUP)
        _wait_for_starts(read_log, 2)
        assert "oe_website_sale" in _page(port)
        assert children.running["Odoo"].poll() is None, "it is still the process that Ctrl-C ends"


def test_a_request_that_takes_too_long_does_not_end_the_shop(env, shop):
    with _serving(env, shop, limit_time_real=8) as (port, children, read_log):
        with _idle_connection(port):
            _wait_for_starts(read_log, 2)
        # A slow machine loads its registry longer than this small limit, and is reloaded again.
        children.wait_for(f"http://127.0.0.1:{port}/web/health", seconds=180)
        assert "pass" in _page(port, "/web/health")
        assert children.running["Odoo"].poll() is None


def test_nothing_makes_the_demo_reload(env, shop):
    conf = odoo.write_conf(env, f"{shop}-conf", **odoo.NO_LIMITS)
    written = configparser.ConfigParser()
    written.read(conf)
    conf.unlink()
    limits = {name: value for name, value in written["options"].items() if "limit_" in name}
    assert set(limits.values()) == {"0"}
    assert {"limit_time_real", "limit_memory_soft"} <= set(limits)


@pytest.mark.slow
def test_the_demo_does_not_mind_a_browser_that_stands_idle(env, shop):
    with _serving(env, shop, **odoo.NO_LIMITS) as (port, children, read_log):
        with _idle_connection(port):
            time.sleep(LONG)
            assert "oe_website_sale" in _page(port)
        assert read_log().count(STARTED) == 1
        assert children.running["Odoo"].poll() is None
