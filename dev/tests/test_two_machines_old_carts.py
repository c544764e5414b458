"""Exports and the deletion of old carts as jobs of queue_job, on two real Odoo processes."""

import csv
import io
import os
import signal
from collections import Counter

import openpyxl
import pytest
import requests
from common_machines import Shop

from kit import database
from kit.bench import carts, history, process

EXPORT, ERASE = "export", "erase_old"
DAYS = 60
TOO_OLD = f"activity_at < (now() AT TIME ZONE 'UTC') - interval '{DAYS} days'"
OLD_CARTS = f"state = 'draft' AND website_id IS NOT NULL AND cart_{TOO_OLD}"
DELETE_THEM = f"""
    UPDATE website SET cart_retention = 'other', cart_retention_days = {DAYS},
                       cart_retention_from = NULL
"""
# By outcome, what is there and what is kept of the rest.
FIGURES = """
    SELECT CASE state WHEN 'open' THEN 'expired' ELSE state END, sum(carts), sum(quantity)::int,
           round(sum(amount)::numeric, 2)
      FROM (SELECT state, 1 AS carts, quantity, amount_company AS amount FROM unfinished_order
             UNION ALL
            SELECT state, carts, quantity, amount FROM unfinished_order_day) figure
  GROUP BY 1 ORDER BY 1
"""
NAMES = "SELECT name FROM unfinished_order"
WRITTEN = "SELECT COALESCE(sum(row_count), 0) FROM unfinished_order_export_part"
ADDRESS = """
    UPDATE res_partner SET email = 'admin@example.com'
     WHERE id = (SELECT partner_id FROM res_users WHERE login = 'admin')
"""
MAILS = "SELECT res_id FROM mail_message WHERE model = 'unfinished.order.export'"


class OldShop(Shop):
    """A shop with the carts of two years and all that is known of them."""

    crons = (EXPORT, ERASE)

    def __init__(self, env, name, count):
        """Fill the database with so many carts."""
        super().__init__(env, name, queue=True)
        seed = process.call(env, name, "inside_seed")
        process.call(env, name, "inside_rules")
        template = process.call(env, name, "inside_history", cart=seed["cart"])
        history.generate(name, template, carts.generate(name, seed, count=count, due=1))
        self.execute(ADDRESS)
        self.names = [unfinished for (unfinished,) in self.rows(NAMES)]

    def ask(self, port, formats):
        """Ask for exports of everything, as an administrator does in the dialog."""
        staff = Staff(port, self.name)
        for file_format in formats:
            values = {"source": "conditions", "file_format": file_format}
            dialog = staff.call("unfinished.order.export.dialog", "create", [values])
            staff.call("unfinished.order.export.dialog", "action_export", [dialog])

    def count_to_write(self):
        return self.count("unfinished_order_export", "state IN ('waiting', 'running')")

    def count_written(self):
        return self.rows(WRITTEN)[0][0]

    def check_files(self, port, count):
        """Each file has each unfinished order once, and each has been told of by one mail."""
        exports = self.rows("SELECT id, state, file_format FROM unfinished_order_export")
        assert len(exports) == count
        assert {state for _id, state, _format in exports} == {"done"}
        staff = Staff(port, self.name)
        for export, _state, file_format in exports:
            names = READ[file_format](staff.download(export))
            assert Counter(names) == Counter(self.names)
        told = self.rows(MAILS)
        assert sorted(told) == sorted((export,) for export, _state, _format in exports)

    def figures(self):
        return self.rows(FIGURES)

    def count_old(self):
        return self.count("sale_order", OLD_CARTS)

    def count_erased(self):
        found = self.rows("SELECT cart_count, unfinished_count FROM unfinished_order_erasure")
        return found[0] if found else (0, 0)


class Staff:
    """An administrator at one of the machines."""

    def __init__(self, port, name):
        """Sign in."""
        self.address, self.session = f"http://127.0.0.1:{port}", requests.Session()
        login = {"db": name, "login": "admin", "password": "admin"}
        assert self._post("/web/session/authenticate", login)["uid"]

    def call(self, model, method, args):
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self._post(path, {"model": model, "method": method, "args": args, "kwargs": {}})

    def _post(self, path, params):
        answer = self.session.post(self.address + path, json={"params": params}, timeout=120).json()
        assert "error" not in answer, answer
        return answer["result"]

    def download(self, export):
        path = f"/unfinished-orders/exports/{export}"
        answer = self.session.get(self.address + path, timeout=120)
        assert answer.ok
        return answer.content


def _names_in_csv(content):
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [row[0] for row in rows][1:]


def _names_in_xlsx(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active
    return [name for (name,) in sheet.iter_rows(min_row=2, max_col=1, values_only=True)]


READ = {"csv": _names_in_csv, "xlsx": _names_in_xlsx}


@pytest.fixture
def make_shop(env, with_queue):
    with database.scratch(with_queue, "jobs_old_shop") as name:
        yield lambda count: OldShop(env, name, count)


def test_two_machines_share_exports_and_each_file_is_whole(make_shop):
    shop = make_shop(20_000)
    with shop.machines() as ports:
        first, second = ports.values()
        shop.ask(first, ["csv", "xlsx"] * 3)
        shop.wait_until(lambda: not shop.count_to_write())
        assert shop.wait_for_jobs() == set(ports), "both have worked"
        shop.check_files(second, 6)


def test_old_carts_are_deleted_by_a_job_and_each_is_counted_once(make_shop):
    shop = make_shop(3_000)
    shop.execute(DELETE_THEM)
    before, old = shop.figures(), shop.count_old()
    assert old > 1000
    with shop.machines():
        shop.call(ERASE)
        shop.wait_until(lambda: not shop.count_old())
        shop.wait_for_jobs()
    assert shop.count_erased()[0] == old
    assert shop.figures() == before


@pytest.mark.slow
def test_an_export_of_a_machine_that_is_killed_is_finished_by_the_other(make_shop):
    shop = make_shop(60_000)
    with shop.machines() as ports:
        shop.ask(next(iter(ports.values())), ["csv"])
        killed = _kill_at_work(shop, EXPORT, shop.count_written)
        assert shop.count("unfinished_order_export", "state = 'running'")
        del ports[killed]
        [(survivor, port)] = ports.items()
        shop.wait_until(lambda: not shop.count_to_write())
        assert survivor in shop.wait_for_jobs()
        shop.check_files(port, 1)


@pytest.mark.slow
def test_old_carts_are_deleted_once_when_a_machine_is_killed_and_the_other_goes_on(make_shop):
    shop = make_shop(60_000)
    shop.execute(DELETE_THEM)
    before, old = shop.figures(), shop.count_old()
    with shop.machines() as ports:
        shop.call(ERASE)
        killed = _kill_at_work(shop, ERASE, lambda: shop.count_erased()[0])
        assert shop.count_old()
        shop.wait_until(lambda: not shop.count_old(), seconds=300)
        assert set(ports) - {killed} <= shop.wait_for_jobs(), "the other has gone on"
    assert shop.count_erased()[0] == old
    assert shop.figures() == before


def _kill_at_work(shop, cron, progress):
    """Kill the process that works on a job of this cron, in the middle of it."""
    shop.wait_until(progress, pause=0.02)
    [(_job, pid)] = shop.jobs_of(cron)
    os.kill(pid, signal.SIGKILL)
    return pid
