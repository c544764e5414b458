"""The main job from end to end: a lost cart comes back, on another device."""

import re

from lxml import html

from odoo.tests import freeze_time, tagged

from ..drivers.email.driver import MESSAGE_ID_MARK
from .common_engine import EngineCase, smtp_server
from .common_shop import ShopCase


@tagged("post_install", "-at_install")
class TestJourney(EngineCase, ShopCase):
    def test_a_lost_cart_comes_back_and_is_counted(self):
        with freeze_time("2026-03-02 10:00:00"):
            self._start_reminders()
            self.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
            cart = self.leave_a_cart()

        with freeze_time("2026-03-02 10:59:00"):
            self.assertFalse(self.receive(), "the buyer may still be thinking")
        with freeze_time("2026-03-02 11:05:00"):
            (mail,) = self.receive()
            self.assertFalse(self.receive(), "one reminder is one mail")
        unfinished = self.env["unfinished.order"].search([("order_id", "=", cart.id)])
        self.assertEqual((unfinished.state, unfinished.email), ("open", "guest@example.com"))
        reminder = unfinished.message_ids.filtered("sent_at")
        self.assertEqual(reminder.state, "sent")
        self.assertEqual(mail["To"], "guest@example.com")
        body = mail.get_body(("html",)).get_content()
        self.assertIn("Lamp", body)
        self.assertIn("Chair", body)

        with freeze_time("2026-03-02 12:00:00"):
            self._come_as(None)  # another device
            self._press_continue(self.link_in(body))
            copy = self._session_cart()
            self.assertNotEqual(copy, cart)
            self.assertEqual(self._contents(copy), {self.lamp: 2, self.chair: 1})
            self.assertEqual(reminder.state, "clicked")
            self.buy(copy)

        self.assertIn(copy.state, ("sent", "sale"))
        self.assertRecordValues(unfinished, [{"state": "recovered", "placed_order_id": copy.id}])
        self.assertEqual(cart.state, "cancel", "the buyer does not find the cart a second time")
        with freeze_time("2026-03-06 12:00:00"):
            self.assertFalse(self.receive(), "who has bought is not reminded")
        states = unfinished.message_ids.mapped(lambda m: (m.state, m.reason))
        self.assertCountEqual(states, [("clicked", False), ("skipped", "bought")])

    def leave_a_cart(self):
        """Fill a cart as a visitor, type an e-mail at the checkout, and close the browser."""
        self._come_as(None)
        self._add_to_cart(self.lamp, 2)
        cart = self._add_to_cart(self.chair)
        self.make_jsonrpc_request("/shop/cart/contact", {"email": "Guest@Example.com"})
        return cart

    def receive(self):
        """Let the crons run, and return the reminders that arrive at the mail server."""
        self._run_cron("find")
        self._run_cron("send")
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        return [mail for mail in inbox.messages if MESSAGE_ID_MARK in mail["Message-Id"]]

    def link_in(self, body):
        (link,) = set(re.findall(r'href="[^"]*(/shop/recover/[^"]+)"', body))
        return link

    def buy(self, cart):
        """Let the visitor give their address, and choose to pay later: that counts as bought."""
        page = self.url_open("/shop/address")
        (form,) = html.fromstring(page.text).xpath("//form[@data-submit-url]")
        address = {
            **form.fields,
            "name": "Guest",
            "email": "guest@example.com",
            "phone": "+359888123456",
            "street": "1 Main Street",
            "city": "Sofia",
            "zip": "1000",
            "country_id": str(self.env.ref("base.bg").id),
        }
        answer = self.url_open(form.get("data-submit-url"), data=address).json()
        self.assertIn("redirectUrl", answer)
        payment = self._make_transaction(cart)
        payment._set_pending()
        payment._post_process()
