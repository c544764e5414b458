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
        by_website = self.shown.grouped("website_id")
        for xmlid in ("website.default_website", "website.website2"):
            website = self.env.ref(xmlid)
            with self.subTest(website=website.name):
                self.assertEqual(set(by_website[website].mapped("state")), states)
        self.assertGreater(len(self.shown.currency_id), 2)

    def test_a_second_company_has_a_shop_of_its_own_with_a_cart(self):
        company = self.env.ref(f"{ADDON}.demo_company")
        website = self.env.ref(f"{ADDON}.demo_website_company")
        self.assertEqual(website.company_id, company)
        cart = self.env.ref(f"{ADDON}.demo_cart_company")
        self.assertEqual((cart.company_id, cart.website_id), (company, website))
        self.assertEqual(cart.currency_id, company.currency_id)
        self.assertEqual(self._of(cart).website_id, website)
        self.assertIn(company, self.env.ref("base.user_admin").company_ids)

    def _of(self, cart):
        return self.shown.filtered(lambda unfinished: unfinished.order_id == cart)

    def test_carts_hold_a_code_a_gift_card_and_a_combo(self):
        code, card, combo = (
            self.env.ref(f"{ADDON}.demo_cart_{name}") for name in ("code", "gift_card", "combo")
        )
        reduced = code.order_line.filtered("reward_id")
        self.assertEqual(reduced.reward_id.program_id.rule_ids.code, "WELCOME")
        self.assertLess(reduced.price_total, 0)
        paid = card.order_line.filtered(lambda line: line.coupon_id.code == "GIFT-50-DEMO")
        self.assertLess(paid.price_total, 0)
        head = combo.order_line.filtered(lambda line: line.product_id.type == "combo")
        self.assertEqual(len(head.linked_line_ids.combo_item_id), 2)
        for cart in (code, card, combo):
            with self.subTest(cart=cart.partner_id.name):
                self.assertIn("sending", self._of(cart).message_ids.mapped("state"))
                self.assertTrue(cart.amount_total > 0)

    def test_both_codes_can_be_entered_by_the_next_visitor(self):
        for code in ("WELCOME", "GIFT-50-DEMO"):
            with self.subTest(code=code):
                self.assertNotIn("error", self._make_cart()._try_apply_code(code))

    def test_every_shop_takes_wire_transfers_and_cash_on_delivery(self):
        ours = f"{ADDON}.demo_website_company"
        for xmlid in ("website.default_website", "website.website2", ours):
            website = self.env.ref(xmlid)
            with self.subTest(website=website.name):
                cart = self._make_cart(website=website, company_id=website.company_id.id)
                cart.carrier_id = self.env.ref("delivery.free_delivery_carrier")
                providers = self.env["payment.provider"]._get_compatible_providers(
                    website.company_id.id,
                    cart.partner_id.id,
                    cart.amount_total,
                    currency_id=cart.currency_id.id,
                    sale_order_id=cart.id,
                    website_id=website.id,
                )
                self.assertLessEqual(
                    {"wire_transfer", "cash_on_delivery"}, set(providers.mapped("custom_mode"))
                )
                methods = self.env["payment.method"]._get_compatible_payment_methods(
                    providers.ids, cart.partner_id.id, currency_id=cart.currency_id.id
                )
                self.assertLessEqual(
                    {"wire_transfer", "cash_on_delivery"}, set(methods.mapped("code"))
                )

    def test_an_open_order_shows_each_reason_there_is(self):
        still_open = self.shown.filtered(lambda unfinished: unfinished.state == "open")
        self.assertTrue(still_open.filtered("is_reminded"))
        self.assertTrue(still_open.filtered("payment_failed"))
        self.assertTrue(still_open.filtered("is_unreachable"))
        self.assertTrue(still_open.filtered("is_high_value"))
        self.assertTrue(still_open.filtered(lambda unfinished: not unfinished.partner_id))
        self.assertTrue(still_open.filtered(lambda u: u.message_ids.mapped("state") == ["waiting"]))
        reasons = still_open.message_ids.filtered("reason").mapped("reason")
        self.assertEqual(set(reasons), {"no_address", "payment_in_progress", "daily_limit"})
        self.assertFalse(still_open.filtered("is_active_again"))

    def test_the_reason_shown_is_the_one_that_people_would_give(self):
        emptied = self.shown.filtered(lambda unfinished: unfinished.state == "emptied")
        self.assertEqual(set(emptied.message_ids.mapped("reason")), {"emptied", "superseded"})

    def test_some_reminders_are_in_the_queue_and_some_have_arrived(self):
        messages = self.shown.message_ids
        waiting = messages.filtered(lambda message: message.state == "sending")
        by_mail = waiting.filtered(lambda message: message.channel_id._is_email())
        queued = self.env["mail.mail"].search(
            [("message_id", "in", by_mail.mapped("provider_ref"))]
        )
        self.assertTrue(queued)
        self.assertEqual(len(queued), len(by_mail))
        self.assertEqual(set(queued.mapped("state")), {"outgoing"})
        self.assertLess({"sent", "clicked", "waiting", "skipped"}, set(messages.mapped("state")))
        self.assertFalse(messages.filtered(lambda message: message.state == "failed"))

    def test_who_is_not_reached_by_mail_gets_an_sms_that_stays_in_the_queue(self):
        phone_only, failover = (
            self._of(self.env.ref(f"{ADDON}.demo_cart_{name}"))
            for name in ("phone_only", "failover")
        )
        for unfinished in (phone_only, failover):
            with self.subTest(unfinished=unfinished.display_name):
                message = unfinished.message_ids.filtered(lambda m: m.state == "sending")
                sms = self.env["sms.sms"].search([("uuid", "=", message.provider_ref)])
                self.assertEqual((sms.state, sms.number), ("outgoing", message.address))
                self.assertIn("/stop/", sms.body)
        self.assertFalse(self.env.ref("sms.ir_cron_sms_scheduler_action").active)
        mail, sms = failover.message_ids.attempt_ids
        self.assertEqual((mail.state, sms.state), ("failed", "sending"))
        self.assertEqual(mail.address, failover.email)
        self.assertFalse(
            self.env["mail.mail"].search([("message_id", "=", mail.provider_ref)]),
            "what has come back does not leave again",
        )

    def test_a_failed_payment_has_its_own_message_in_the_first_shop_alone(self):
        campaigns = self.env["recovery.campaign"].search([("shipped_as", "=", "payment_failed")])
        running = campaigns.filtered("is_running")
        self.assertEqual(running.website_id, self.env.ref("website.default_website"))
        cart = self.env.ref(f"{ADDON}.demo_cart_payment_failed")
        message = self._of(cart).message_ids.filtered(lambda m: m.campaign_id == running)
        self.assertEqual(message.state, "sending")
