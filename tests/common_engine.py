"""Running the engine in tests as the scheduler does, and mails to a real SMTP server."""

import socket
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from email import message_from_bytes, policy
from unittest.mock import patch

from aiosmtpd.controller import Controller

from odoo import fields
from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .common import RecoveryCase


class EngineCase(RecoveryCase):
    """To be mixed into TransactionCase or HttpCase, before them."""

    def _run_cron(self, name):
        """Run one of our crons ("find" or "send") as the scheduler does; it must not fail."""
        cron = self.env.ref(f"website_sale_order_handling.ir_cron_{name}")
        # An HttpCase is in test mode all the time.
        in_http_case = type(self)._registry_patched
        with nullcontext() if in_http_case else self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def _find(self, *carts):
        """Find the unfinished orders of idle carts."""
        self._run_cron("find")
        orders = self.env["sale.order"].concat(*carts)
        return self.env["unfinished.order"].search([("order_id", "in", orders.ids)])

    def _remind(self, *carts):
        """Find idle carts, send what is due, and return all messages about them."""
        unfinished = self._find(*carts)
        self._run_cron("send")
        return unfinished.message_ids

    @classmethod
    def _start_reminders(cls, website=None, days_ago=30):
        """Switch reminders on, as if somebody had done so `days_ago` days ago."""
        website = website or cls.website
        website.send_abandoned_cart_email = True
        campaign = website.recovery_campaign_ids.filtered("is_default")
        campaign.active_since = fields.Datetime.now() - timedelta(days=days_ago)
        return campaign

    def _queued_mails(self, messages):
        refs = [ref for ref in messages.mapped("provider_ref") if ref]
        return self.env["mail.mail"].search([("message_id", "in", refs)])


class Inbox:
    """What a real SMTP server on this machine has received."""

    def __init__(self):
        self.messages = []
        self.raw = []
        self.recipients = []
        self.refusal = ""
        self.breaks_off_after = None  # so many messages; then the connection is cut, once

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.refusal:
            return self.refusal
        if len(self.messages) == self.breaks_off_after:
            self.breaks_off_after = None
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.raw.append(envelope.content)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


ODOO_OPTIONS = {
    "db_host": "--db_host",
    "db_port": "--db_port",
    "db_user": "--db_user",
    "db_password": "--db_password",
    "data_dir": "--data-dir",
}


def odoo_options(**instead):
    """Return the options with which an Odoo of its own finds this one's database and addons.

    :param instead: other values than this Odoo's, by the names of its configuration
    """
    values = {name: instead.get(name, config[name]) for name in ODOO_OPTIONS}
    options = [f"{ODOO_OPTIONS[name]}={value}" for name, value in values.items() if value]
    return [*options, f"--addons-path={','.join(config['addons_path'])}"]


def free_port():
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def smtp_server(env, size_limit=None):
    """Let Odoo send for real, to a server of our own that only keeps what it gets.

    :param int size_limit: in bytes; announced to the sender
    """
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, data_size_limit=size_limit)
    controller.start()
    try:
        with mail_server_on(env, port):
            yield inbox
    finally:
        controller.stop()


@contextmanager
def mail_server_on(env, port):
    """Let Odoo send for real, through `port` of this machine."""
    server = env["ir.mail_server"].create(
        {
            "name": "Local",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
            "sequence": -1,
        }
    )
    try:
        with patch.object(IrMail_Server, "_disable_send", lambda _self: False):
            yield
    finally:
        server.active = False


class NewShopCase(EngineCase):
    """A shop in Sofia in which nobody has left a cart so far; mixed in as `EngineCase` is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["website"].create({"name": "New Shop", "tz": "Europe/Sofia"})
        cls.campaign = cls.shop.recovery_campaign_ids.filtered("is_default")
        cls.steps = cls.campaign.step_ids
