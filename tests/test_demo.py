"""The demo data shows every state, and the engine itself has made it."""

import re
from pathlib import Path

from odoo.modules.module import get_manifest
from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file

from .common import RecoveryCase

ADDON = "website_sale_order_handling"
CART = f"{ADDON}.demo_cart_reminded"
ROOT = Path(__file__).resolve().parent.parent


@tagged("post_install", "-at_install")
class TestDemo(RecoveryCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        files = get_manifest(ADDON)["demo"]
        for xmlid in sorted(cls._external_ids(files)):
            if not cls.env.ref(xmlid, raise_if_not_found=False):
                cls._stand_in(xmlid)
        for name in [] if cls.env.ref(CART, raise_if_not_found=False) else files:
            convert_file(cls.env, ADDON, name, {}, mode="init", noupdate=True)
        carts = cls.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", "sale.order"), ("name", "like", "demo_cart_%")]
        )
        cls.shown = cls.env["unfinished.order"].search([("order_id", "in", carts.mapped("res_id"))])
        cls.carts = carts

    @classmethod
    def _external_ids(cls, files):
        """Return what the demo data takes from the demo data of other addons."""
        text = "".join((ROOT / name).read_text() for name in files)
        ids = re.findall(r"ref(?:=\"|\(')([\w.]+)|record id=\"([\w.]+)", text)
        return {xmlid for pair in ids for xmlid in pair if "." in xmlid}

    @classmethod
    def _stand_in(cls, xmlid):
        """Make a second website or a product where Odoo's own demo data is not installed."""
        module, name = xmlid.split(".")
        if name == "website2":
            record = cls.env["website"].create({"name": "My Website 2"})
        else:
            record = cls._make_product(name, 40.0)
        cls.env["ir.model.data"].create(
            {"module": module, "name": name, "model": record._name, "res_id": record.id}
        )

    def test_every_state_is_shown_in_two_websites(self):
        self.assertEqual(len(self.shown), len(self.carts), "every cart has become one")
        states = set(self.shown._fields["state"].get_values(self.env))
        for website, orders in self.shown.grouped("website_id").items():
            with self.subTest(website=website.name):
                self.assertEqual(set(orders.mapped("state")), states)
        self.assertEqual(len(self.shown.website_id), 2)
        self.assertGreater(len(self.shown.currency_id), 2)

    def test_an_open_order_shows_each_reason_there_is(self):
        still_open = self.shown.filtered(lambda unfinished: unfinished.state == "open")
        self.assertTrue(still_open.filtered("is_reminded"))
        self.assertTrue(still_open.filtered("payment_failed"))
        self.assertTrue(still_open.filtered("is_unreachable"))
        self.assertTrue(still_open.filtered("is_high_value"))
        self.assertTrue(still_open.filtered(lambda unfinished: not unfinished.partner_id))
        self.assertTrue(still_open.filtered(lambda u: u.message_ids.mapped("state") == ["waiting"]))
        reasons = still_open.message_ids.filtered("reason").mapped("reason")
        self.assertEqual(set(reasons), {"no_address", "payment_in_progress"})
        self.assertFalse(still_open.filtered("is_active_again"))

    def test_the_reason_shown_is_the_one_that_people_would_give(self):
        emptied = self.shown.filtered(lambda unfinished: unfinished.state == "emptied")
        self.assertEqual(set(emptied.message_ids.mapped("reason")), {"emptied", "superseded"})

    def test_some_reminders_are_in_the_queue_and_some_have_arrived(self):
        messages = self.shown.message_ids
        waiting = messages.filtered(lambda message: message.state == "sending")
        queued = self.env["mail.mail"].search(
            [("message_id", "in", waiting.mapped("provider_ref"))]
        )
        self.assertTrue(queued)
        self.assertEqual(len(queued), len(waiting))
        self.assertEqual(set(queued.mapped("state")), {"outgoing"})
        self.assertLess({"sent", "clicked", "waiting", "skipped"}, set(messages.mapped("state")))
        self.assertFalse(messages.filtered(lambda message: message.state == "failed"))
