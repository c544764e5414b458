"""OCA's queue_job beside the addon: installed before it, after it, and taken away."""

import pytest

from kit import database, odoo, paths, sql
from kit.commands import test

UNINSTALL = """
env["ir.module.module"].search([("name", "=", {module!r})]).button_immediate_uninstall()
"""
# As the scheduler runs it.
RUN = """
cron = env.ref("website_sale_order_handling.ir_cron_send")
assert cron.method_direct_trigger() is True
"""


class Database:
    """A database, and Odoo's own shell in it."""

    def __init__(self, env, name):
        self.env, self.name = env, name

    def shell(self, script):
        conf = odoo.write_conf(self.env, self.name)
        arguments = ["shell", "-c", conf, "-d", self.name, "--no-http", "--log-level=warn"]
        options = odoo.options(self.env)
        line = odoo.command(self.env, *arguments)
        try:
            return test.shell.run(
                line, "The shell", input=f"{script}\nenv.cr.commit()\n", **options
            )
        finally:
            conf.unlink()

    def jobs(self):
        query = "SELECT identity_key, channel, state FROM queue_job ORDER BY identity_key"
        return sql.rows(query, database=self.name)

    def runs(self):
        [[count]] = sql.rows(
            "SELECT count(*) FROM ir_cron_progress p JOIN ir_model_data d ON d.res_id = p.cron_id"
            " WHERE d.model = 'ir.cron' AND d.name = 'ir_cron_send'",
            database=self.name,
        )
        return count

    def installed(self):
        query = "SELECT name FROM ir_module_module WHERE state = 'installed' AND name IN %s"
        found = sql.rows(query, [(paths.ADDON, "queue_job")], database=self.name)
        return {name for (name,) in found}


@pytest.fixture(scope="module")
def shared(env, with_queue):
    with database.scratch(with_queue, "queue") as name:
        yield Database(env, name)


@pytest.fixture
def shop(shared):
    """Return a database with the addon and queue_job, in which nothing has been done yet."""
    sql.execute("DELETE FROM queue_job", database=shared.name)
    sql.execute("DELETE FROM ir_cron_progress", database=shared.name)
    return shared


@pytest.fixture
def shop_of_its_own(env, with_queue):
    """Return such a database for a test after which it is of no use to others."""
    with database.scratch(with_queue, "queue_own") as name:
        yield Database(env, name)


def test_a_cron_only_puts_a_job_into_the_queue_and_only_once(shop):
    shop.shell(RUN + RUN)
    assert shop.jobs() == [(f"{paths.ADDON}.ir_cron_send.0", "root.recovery.send", "pending")]


def test_each_of_our_crons_puts_a_job_into_a_channel_of_its_own(shop):
    shop.shell(
        """
for name in env["ir.cron"]._shared_jobs():
    assert env.ref("website_sale_order_handling." + name).method_direct_trigger() is True
"""
    )
    assert shop.jobs() == [
        (f"{paths.ADDON}.ir_cron_{name}.0", f"root.recovery.{name}", "pending")
        for name in ("erase_old", "export", "find", "send")
    ]


def test_a_job_counts_as_a_run_of_its_cron_and_does_not_come_again_when_all_is_done(shop):
    shop.shell(
        """
env.ref("website_sale_order_handling.ir_cron_send")._work_as_job(0, None)
"""
    )
    assert shop.runs() == 1
    assert shop.jobs() == []


def test_where_nobody_works_on_the_queue_the_cron_works_itself(shop):
    shop.shell(
        RUN
        + """
env.cr.commit()
env.cr.execute("UPDATE queue_job SET date_created = date_created - interval '16 minutes'")
env.cr.commit()
calls = []
type(env["recovery.message"])._cron_send = lambda self: calls.append(1)
"""
        + RUN
        + """
assert calls == [1], calls
"""
    )
    assert len(shop.jobs()) == 1


def test_a_cron_that_is_switched_off_has_no_jobs_done(shop):
    shop.shell(
        """
cron = env.ref("website_sale_order_handling.ir_cron_send")
cron.active = False
cron._work_as_job(0, None)
env.cr.rollback()
"""
    )
    assert shop.runs() == 0


def test_of_a_cron_that_works_alone_only_one_job_works_at_a_time(shop):
    shop.shell(
        """
cron = env.ref("website_sale_order_handling.ir_cron_find")
with env.registry.cursor() as other:
    assert cron.with_env(env(cr=other))._is_alone()
    cron._work_as_job(0, None)
    waiting = env["queue.job"].search([])
    assert waiting.eta, "it comes again later"
    assert not env["ir.cron.progress"].search([("cron_id", "=", cron.id)])
"""
    )


def test_the_health_screen_tells_of_jobs_that_failed_and_of_a_queue_that_sleeps(shop):
    shop.shell(
        RUN
        + """
def warnings():
    health = env["recovery.health"].browse(env["recovery.health"].action_open()["res_id"])
    lines = health.warning_ids.filtered(lambda line: "job" in (line.name or "").split())
    return {line.name: env["queue.job"].search(line.target["domain"]) for line in lines}

env.cr.commit()
job = env["queue.job"].search([])
assert len(job) == 1
assert not warnings(), warnings()
env.cr.execute("UPDATE queue_job SET date_created = date_created - interval '16 minutes'")
env.invalidate_all()
assert warnings() == {"Nobody works on the job queue": job}, warnings()
env.cr.execute("UPDATE queue_job SET state = 'failed'")
env.invalidate_all()
assert warnings() == {"Failed jobs in the job queue: 1": job}, warnings()
env.cr.rollback()
"""
    )


@pytest.mark.slow
def test_without_queue_job_the_crons_work_again(shop_of_its_own):
    shop = shop_of_its_own
    shop.shell(RUN)
    shop.shell(UNINSTALL.format(module="queue_job"))
    assert shop.installed() == {paths.ADDON}
    before = shop.runs()
    shop.shell(RUN)
    assert shop.runs() > before


@pytest.mark.slow
def test_uninstalling_the_addon_takes_its_jobs_out_of_the_queue(shop_of_its_own):
    shop = shop_of_its_own
    shop.shell(RUN)
    assert shop.jobs()
    shop.shell(UNINSTALL.format(module=paths.ADDON))
    assert shop.installed() == {"queue_job"}
    assert shop.jobs() == []


@pytest.mark.slow
def test_queue_job_may_be_there_before_the_addon(env):
    with database.scratch(test.core(env), "queue_first") as name:
        odoo.install(env, name, ["queue_job"])
        odoo.install(env, name, [paths.ADDON])
        shop = Database(env, name)
        assert shop.installed() == {paths.ADDON, "queue_job"}
        shop.shell(RUN)
        assert len(shop.jobs()) == 1
