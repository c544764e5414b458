"""A channel of the tests' own, over a wire that is none: a provider in memory, or in a file.

It is loaded by `sender_process.py` as well, which is no module of the addon: no relative imports.
"""

import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from odoo import models
from odoo.orm.model_classes import add_to_registry

from odoo.addons.website_sale_order_handling.drivers.base import (
    LATER,
    SENT,
    TEXT,
    Receipt,
)

NAME = "recovery.driver.wire"


class Provider:
    """Takes what it is sent, and answers as it is told to; it forgets nothing."""

    def __init__(self):
        self.accepted = {}  # envelopes by their keys
        self.calls = []  # envelopes in the order in which they came
        self.answers = {}  # by address: what it answers the first time, the second time, ...
        self.known = {}  # what it says of a key when it is asked
        self.asked = []
        self.seconds = 0.0  # for which it thinks
        self.meanwhile = None  # what to do while a call is open
        self._lock = threading.Lock()

    def take(self, envelope):
        with self._lock:
            self.calls.append(envelope)
            answers = self.answers.get(envelope.to) or []
            answer = answers.pop(0) if answers else {}
        if self.meanwhile:
            self.meanwhile(envelope)
        time.sleep(self.seconds)
        if isinstance(answer, Exception):
            raise answer
        receipt = Receipt(envelope.key, **{"status": SENT, "ref": f"wire-{envelope.key}", **answer})
        if receipt.status == SENT:
            self.accepted[envelope.key] = envelope
        return receipt

    def tell(self, asked):
        self.asked += asked
        return [Receipt(key, self.known[key]) for key, _ref in asked if key in self.known]


class Ledger:
    """A provider that outlives its callers: a line in a file for each message it has taken."""

    def __init__(self, path):
        self.path = Path(path)

    def take(self, envelope):
        self.accept(envelope)
        return self.answer(envelope)

    def accept(self, envelope):
        file = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.write(file, f"{envelope.key} {envelope.to}\n".encode())
        os.close(file)

    def answer(self, envelope):
        return Receipt(envelope.key, SENT, ref=f"wire-{envelope.key}")

    def tell(self, asked):
        taken = {key for key, _address in self.entries()}
        return [Receipt(key, SENT if key in taken else LATER) for key, _ref in asked]

    def entries(self):
        """Return the key and the address of each message that it has taken."""
        text = self.path.read_text() if self.path.exists() else ""
        return [tuple(line.split(" ", 1)) for line in text.splitlines()]


class WireDriver(models.AbstractModel):
    _module = None  # of no addon: nothing loads it by itself
    _name = NAME
    _inherit = ["recovery.driver"]
    _description = "A wire of the tests"

    _title = "Wire"
    _contents = (TEXT,)
    _is_remote = True
    provider = None

    def _send(self, account, envelopes):
        return [self.provider.take(envelope) for envelope in envelopes]

    def _ask(self, account, asked):
        return self.provider.tell(asked)


def add(env, definition):
    """Let a driver be installed, as if an addon had brought it along."""
    registry = env.registry
    add_to_registry(registry, definition)
    registry._setup_models__(env.cr, [definition._name])
    registry.registry_invalidated = False


def remove(env, definition):
    """Let it be as before."""
    registry, name = env.registry, definition._name
    for parent in ("recovery.driver", "base"):
        registry[parent]._inherit_children.discard(name)
    del registry.models[name]
    registry._setup_models__(env.cr, ["recovery.driver"])
    registry.registry_invalidated = False


@contextmanager
def installed(env, definition=WireDriver):
    """Have a driver within a block."""
    add(env, definition)
    try:
        yield env[definition._name]
    finally:
        remove(env, definition)


class WireCase:
    """A running campaign whose first step leaves over the wire; before EngineCase's classes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        add(cls.env, WireDriver)
        cls.addClassCleanup(remove, cls.env, WireDriver)
        cls.campaign = cls._start_reminders()
        cls.step = cls.campaign.step_ids[0]
        cls.campaign.step_ids[1:].active = False
        cls.wire = cls._make_channel("Wire")
        cls.step.write({"channel_id": cls.wire.id, "text": "{name}, your {product}: {link}"})

    def setUp(self):
        super().setUp()
        self.provider = WireDriver.provider = Provider()

    @classmethod
    def _make_channel(cls, name, driver=NAME, **vals):
        return cls.env["recovery.channel"].create({"name": name, "driver": driver, **vals})

    @classmethod
    def _add_way(cls, channel, **vals):
        """Let the step have another way, in case the ones before do not reach a buyer."""
        ways = cls.env["recovery.way"]
        vals = {"text": "{shop}: {link}", **vals}
        return ways.create({"step_id": cls.step.id, "channel_id": channel.id, **vals})

    def _remind_one(self, email="ada@example.com", **vals):
        """Remind a buyer, and return the message of the first step."""
        cart = self._make_cart(self._make_customer(email.split("@")[0].title(), email), **vals)
        return self._remind(cart)

    def _answer(self, address, *answers):
        self.provider.answers[address] = list(answers)
