"""dev/demo: a shop to try the addon in."""

import argparse
import os
import shutil
import urllib.parse

from kit import addon, database, environment, machine, odoo, paths, postgres, say, sql
from kit.children import Children
from kit.errors import Stop

NEEDS_ENVIRONMENT = True
MAILS = paths.STATE / "mail"
STAMP = paths.STATE / "demo.stamp"
LANGUAGES = ("vi_VN", "bg_BG")
# How the websites are told apart: by the name in the browser's address.
WEBSITES = (
    ("website", "default_website", "shop"),
    ("website", "website2", "second"),
    (paths.ADDON, "demo_website_company", "third"),
)
READY = """
  Shop            {shop}/shop
  Second shop     {second}/shop
  Third shop      {third}/shop   of another company, in Bulgarian
  Back office     {shop}/odoo   login admin, password admin
  Mailbox         {mailbox}/   every mail that the shop sends lands here

  Try it: put something in the cart, go to the checkout, type an e-mail address, and leave.
  After two or three minutes a reminder is in the mailbox. Open its button in a private window.
  WELCOME takes 10 % off, GIFT-50-DEMO is a gift card. Vietnamese and Bulgarian are installed.

  Ctrl-C stops everything. The log is in {log}
"""
EPILOG = """\
Ports can also be set once and for all: DEMO_PORT, DEMO_MAILBOX_PORT and DEMO_SMTP_PORT.
ODOO_PATH names an Odoo 19 source tree to use; PGHOST, PGPORT, PGUSER and PGPASSWORD name a database
server to use. Everything else is made in .odoo/ and in the cache (XDG_CACHE_HOME).
"""


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/demo",
        description="Set up what is missing, and run a demo shop with this addon until Ctrl-C.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for option, default, what in (
        ("port", 8069, "the shop"),
        ("mailbox-port", 8025, "the mailbox's page"),
        ("smtp-port", 2525, "the mail server"),
    ):
        chosen = _from_env(f"DEMO_{option.upper().replace('-', '_')}", default)
        parser.add_argument(f"--{option}", type=int, default=chosen, help=f"{what} [%(default)s]")
    parser.add_argument(
        "--bind", default="127.0.0.1", metavar="ADDRESS", help="0.0.0.0 lets other devices in"
    )
    parser.add_argument("--fresh", action="store_true", help="throw the demo's data away first")
    parser.add_argument("--setup-only", action="store_true", help="prepare, but do not start")
    parser.add_argument("--verbose", action="store_true", help="show the whole log here, too")
    return parser.parse_args(arguments)


def _from_env(name, default):
    value = os.environ.get(name, str(default))
    if not value.isdecimal():
        raise Stop(f"{name} is {value!r}, and a port is a number.", f"unset {name}")
    return int(value)


def run(options):
    """Prepare the demo and run it."""
    _check_ports(options)
    postgres.need()
    env = environment.ensure()
    with postgres.running():
        if options.fresh:
            _forget()
        _prepare(env)
        if options.setup_only:
            return 0
        introduce(database.demo(), _addresses(options))
        return _serve(env, options)


def _check_ports(options):
    machine.need_port(options.port, "the shop", "--port", options.bind)
    machine.need_port(options.mailbox_port, "the mailbox", "--mailbox-port", options.bind)
    machine.need_port(options.smtp_port, "the mail server", "--smtp-port")


def _forget():
    say.step("throwing the demo's data away")
    database.drop(database.demo())
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(MAILS, ignore_errors=True)


def _prepare(env):
    """Install the demo's database, or bring it up to date with the addon's code."""
    stamp = f"{env.version}:{addon.stamp()}"
    if not database.exists(database.demo()):
        _install(env)
    elif not STAMP.exists() or STAMP.read_text() != stamp:
        with say.timed("the addon has changed since the last start: updating it"):
            odoo.install(env, database.demo(), [paths.ADDON], demo=True, update=True)
    STAMP.write_text(stamp)


def _install(env):
    unfinished = f"{database.demo()}_unfinished"
    install(env, unfinished)
    _hurry(unfinished)
    _write_again(unfinished)
    database.rename(unfinished, database.demo())


def install(env, name):
    """Make a database with the demo's shops, in all languages of the addon."""
    database.drop(name)
    modules = [paths.ADDON, "payment_demo"]
    with say.timed("installing the shop, its demo data and this addon (two or three minutes)"):
        odoo.install(env, name, modules, demo=True, languages=LANGUAGES)
    _calm(name)


def _calm(name):
    """Let nothing fail for lack of a program, and nothing run that the demo is not about."""
    with sql.cursor(name) as cr:
        # Odoo's own demo data has activities for its users, and a mail to them about each.
        cr.execute(
            "DELETE FROM mail_mail WHERE mail_message_id NOT IN (SELECT m.id FROM mail_message m"
            " JOIN recovery_message r ON r.provider_ref = m.message_id)"
        )
        # Without wkhtmltopdf, which newer systems lack, core cannot attach a PDF to the order's
        # confirmation, and undoes the order with it.
        cr.execute("DELETE FROM mail_template_ir_actions_report_rel")
        # Everything is due on a new database: what has nothing to do with orders can wait.
        cr.execute("UPDATE ir_cron SET nextcall = nextcall + interval '1 day'")


def _hurry(name):
    """Let the first shop remind after a minute: nobody wants to wait an hour for a demo."""
    hours = 1 / 60
    with sql.cursor(name) as cr:
        cr.execute(
            "UPDATE website SET cart_idle_hours = %s, cart_abandoned_delay = %s WHERE id = ("
            "SELECT res_id FROM ir_model_data WHERE module = 'website'"
            " AND name = 'default_website' AND model = 'website') RETURNING id",
            [hours, hours],
        )
        cr.execute(
            "UPDATE recovery_step SET delay_hours = %s WHERE id = (SELECT s.id FROM recovery_step s"
            " JOIN recovery_campaign c ON c.id = s.campaign_id"
            " WHERE c.is_default AND s.active AND c.website_id = %s"
            " ORDER BY s.sequence, s.delay_hours, s.id LIMIT 1)",
            [hours, cr.fetchone()[0]],
        )
        cr.execute(
            "UPDATE ir_cron SET nextcall = now() at time zone 'UTC',"
            " interval_number = 1, interval_type = 'minutes' WHERE id IN ("
            "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron'"
            " AND (module = %s OR (module = 'mail' AND name = 'ir_cron_mail_scheduler_action')))",
            [paths.ADDON],
        )


def _write_again(name):
    """Let mails that wait be written when the shops have their addresses and languages.

    The demo data is loaded before translations are, and before anybody has chosen a port.
    """
    with sql.cursor(name) as cr:
        cr.execute(
            "WITH again AS (UPDATE recovery_message SET state = 'waiting', local_day = NULL"
            " WHERE state = 'sending' AND attempt_id IS NULL RETURNING provider_ref)"
            # The mails in the queue go with them.
            " DELETE FROM mail_message WHERE message_id IN (SELECT provider_ref FROM again)"
        )


def _addresses(options):
    shown = "localhost" if options.bind in {"127.0.0.1", "0.0.0.0"} else options.bind
    return {
        **addresses_at(shown, options.port),
        "mailbox": f"http://{shown}:{options.mailbox_port}",
        "log": paths.LOGS / "demo.log",
    }


def addresses_at(host, port):
    """Return where each shop is; browsers know that whatever ends in .localhost is this machine."""
    return {
        "shop": f"http://{host}:{port}",
        "second": f"http://127.0.0.1:{port}",
        "third": f"http://vitosha.localhost:{port}",
    }


def introduce(name, addresses):
    """Tell the websites apart by the address in the browser, and Odoo its own address."""
    with sql.cursor(name) as cr:
        for module, website, which in WEBSITES:
            _move(cr, (module, website), addresses[which])
        for key, value in (
            ("web.base.url", addresses["shop"]),
            ("web.base.url.freeze", "True"),
            ("report.url", addresses["second"]),
        ):
            cr.execute(
                "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
                " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
                [key, value],
            )


def _move(cr, xmlid, address):
    """Give a website its address; what it has written so far leads there as well."""
    cr.execute(
        "SELECT website.id, coalesce(website.domain, parameter.value)"
        "  FROM ir_model_data data JOIN website ON website.id = data.res_id"
        "  LEFT JOIN ir_config_parameter parameter ON parameter.key = 'web.base.url'"
        " WHERE data.module = %s AND data.name = %s AND data.model = 'website'",
        xmlid,
    )
    for website, before in cr.fetchall():
        moved = {"website": website, "before": before, "now": address}
        cr.execute(
            "UPDATE mail_mail mail SET body_html = replace(body_html, %(before)s, %(now)s)"
            "  FROM mail_message envelope, recovery_message message"
            " WHERE envelope.id = mail.mail_message_id AND message.website_id = %(website)s"
            "   AND message.provider_ref = envelope.message_id",
            moved,
        )
        cr.execute(
            "UPDATE recovery_message SET body = replace(body, %(before)s, %(now)s)"
            " WHERE website_id = %(website)s",
            moved,
        )
        cr.execute("UPDATE website SET domain = %(now)s WHERE id = %(website)s", moved)


def _serve(env, options):
    """Start the mailbox and Odoo, say where they are, and wait for Ctrl-C."""
    conf = odoo.write_conf(
        env,
        "demo",
        # Two at a time run into each other (serialization failures) in the first minute.
        crons=1,
        interface=options.bind,
        db_name=database.demo(),
        dbfilter=f"^{database.demo()}$",
        http_port=options.port,
        smtp_server="127.0.0.1",
        smtp_port=options.smtp_port,
        email_from="shop@example.com",
        **odoo.NO_LIMITS,
    )
    addresses = _addresses(options)
    mailbox = ["-m", "kit.mailbox", MAILS, "--bind", options.bind]
    mailbox += ["--smtp-port", options.smtp_port, "--http-port", options.mailbox_port]
    with Children(addresses["log"], verbose=options.verbose) as children:
        say.step("starting")
        children.start("the mailbox", [env.python, *mailbox], **odoo.options(env))
        children.start("Odoo", odoo.command(env, "server", "-c", conf), **odoo.options(env))
        children.wait_for(f"http://127.0.0.1:{options.port}/web/health", seconds=120)
        children.wait_for(_local(addresses["mailbox"]), seconds=10)
        print(READY.format(**addresses), flush=True)
        children.warm_up([f"{addresses['shop']}/shop", f"{addresses['shop']}/web/login"])
        return children.wait()


def _local(address):
    return f"http://127.0.0.1:{urllib.parse.urlsplit(address).port}/"
