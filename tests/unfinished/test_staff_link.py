"""A link that staff make to a cart opens for the customer, and says before what it does."""

# The linter knows tests by their folder's name only.
# pylint: disable=translation-required

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..common_engine import EngineCase
from ..common_shop import ShopCase

WIZARDS = {"payment.link.wizard": "link", "portal.share": "share_link"}


@tagged("post_install", "-at_install")
class TestStaffLink(EngineCase, ShopCase):
    def setUp(self):
        super().setUp()
        self.seller = new_test_user(
            self.env,
            "seller",
            groups="sales_team.group_sale_salesman_all_leads,base.group_partner_manager",
        )
        self.buyer = self._make_customer("Victoria Buyer", "victoria@example.com")
        self.cart = self._make_cart(self.buyer, {self.lamp: 2})

    def _wizard(self, name, order=None):
        context = {"active_model": "sale.order", "active_id": (order or self.cart).id}
        return self.env[name].with_user(self.seller).with_context(**context)

    def _make_link(self, name="payment.link.wizard", order=None):
        """Open the dialog, press its button, and return the link that is shown then."""
        values = {"partner_ids": self.buyer.ids} if name == "portal.share" else {}
        dialog = self._wizard(name, order).create(values)
        return dialog[WIZARDS[name]]

    def _path(self, link):
        return link.split(self.cart.get_base_url())[-1]

    def test_it_opens_for_a_guest(self):
        for name in WIZARDS:
            self.cart = self._make_cart(self.buyer, {self.lamp: 2})
            link = self._make_link(name)
            self._come_as(None)
            page = self.url_open(self._path(link))
            with self.subTest(dialog=name):
                self.assertIn(f"/my/orders/{self.cart.id}", page.url)
                self.assertIn("Lamp", page.text)

    def test_the_guest_can_pay_by_it(self):
        provider = self.env.ref("payment.payment_provider_transfer")
        provider.write({"state": "enabled", "is_published": True})
        provider.payment_method_ids.active = True
        self._make_link()
        self._come_as(None)
        answer = self.make_jsonrpc_request(
            f"/my/orders/{self.cart.id}/transaction",
            {
                "access_token": self.cart.access_token,
                "amount": self.cart.amount_total,
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "flow": "direct",
                "token_id": None,
                "tokenization_requested": False,
                "landing_route": "/my",
            },
        )
        self.assertTrue(answer["reference"])
        self.env.invalidate_all()
        self.assertEqual(self.cart.transaction_ids.reference, answer["reference"])

    def test_the_dialog_says_what_will_happen_and_nothing_happens_before(self):
        for name in WIZARDS:
            form = Form(self._wizard(name))
            self.assertTrue(form.is_cart)
            for words in (self.cart.name, "quotation", "order number", "no more reminders"):
                self.assertIn(words, form.cart_notice)
        self.assertEqual(self.cart.name, self.cart.cart_number)
        self.assertTrue(self.cart._is_open_cart())

    def test_before_the_button_is_pressed_no_link_opens_it(self):
        form = Form(self._wizard("payment.link.wizard"))
        self._come_as(None)
        page = self.url_open(self._path(form.link))
        self.assertNotIn("Lamp", page.text)
        self.assertNotIn("victoria", page.text.lower())

    def test_it_says_nothing_about_other_orders(self):
        quotation = self._make_cart(self.buyer)
        quotation.write({"website_id": False, "cart_activity_at": False})
        placed = self._make_cart(self.buyer)
        placed.action_quotation_sent()
        for order in quotation | placed:
            form = Form(self._wizard("payment.link.wizard", order))
            self.assertFalse(form.is_cart)
            self.assertFalse(form.cart_notice)
            number = order.name
            self._make_link(order=order)
            self.assertEqual(order.name, number)
            self.assertFalse(order.cart_quoted_at)

    def test_the_cart_gets_an_order_number_and_a_note_of_who_did_it(self):
        number = self.cart.name
        self._make_link()
        self.assertNotEqual(self.cart.name, number)
        self.assertEqual(self.cart.cart_number, number)
        self.assertEqual(self.cart.state, "draft")
        self.assertIn(self.seller.name, "".join(self.cart.message_ids.mapped("body")))

    def test_its_reminders_are_taken_back_and_none_is_planned_again(self):
        self._start_reminders()
        messages = self._remind(self.cart)
        mails = self._queued_mails(messages)
        self.assertTrue(mails)
        self._make_link()
        self.assertFalse(mails.exists())
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self._run_cron("find")
        self._run_cron("send")
        self.assertEqual(set(messages.unfinished_id.message_ids.mapped("state")), {"skipped"})
        self.assertFalse(self.cart.is_abandoned_cart)

    def test_retention_keeps_it_also_when_its_buyer_changes_it_and_when_it_had_a_number(self):
        self.website.write({"cart_retention": "30", "cart_retention_from": False})
        old = self._make_cart(self.buyer, hours_ago=40 * 24, name="S1", cart_number=False)
        self._make_link(order=old)
        old.cart_activity_at = "2020-01-01"
        self._run_cron("find")
        self._run_cron("erase_old")
        self.assertTrue(old.exists())
        self.assertFalse(old.is_abandoned_cart)
        self.assertFalse(self.env["unfinished.order"].search([("order_id", "=", old.id)]))

    def test_b20_a_token_that_was_mailed_before_opens_it_no_more(self):
        token = self.cart._portal_ensure_token()
        self._make_link()
        self._come_as(None)
        page = self.url_open(f"/my/orders/{self.cart.id}", params={"access_token": token})
        self.assertNotIn("Lamp", page.text)

    def test_a_cart_without_such_a_link_stays_closed(self):
        self._make_link()
        other = self._make_cart(self.buyer)
        page = self.url_open(
            f"/my/orders/{other.id}", params={"access_token": other._portal_ensure_token()}
        )
        self.assertNotIn("Lamp", page.text)

    def _send_by_mail(self, cart):
        """Open the composer, as the button does, and send the mail as the composer does."""
        cart = cart.with_user(self.seller)
        action = cart.action_quotation_send()
        self.assertTrue(action["context"]["mark_so_as_sent"])
        link = cart._portal_ensure_token()  # a template may hold it
        cart.with_context(mark_so_as_sent=True).message_post(body="Our offer")
        return link

    def test_a_cart_that_staff_send_by_mail_is_a_quotation_and_not_bought(self):
        self._start_reminders()
        messages = self._remind(self.cart)
        number = self.cart.name
        self._send_by_mail(self.cart)
        self.assertEqual(self.cart.state, "sent")
        self.assertTrue(self.cart.cart_quoted_at)
        self.assertFalse(self.cart.placed_at)
        self.assertNotEqual(self.cart.name, number)
        buyer = self.cart._buyer()
        self.assertFalse(self.cart._has_ordered(buyer, self.cart.company_id))
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self.assertEqual(messages.unfinished_id.state, "expired")
        self.assertFalse(messages.unfinished_id.placed_order_id)
        self.assertIn(self.seller.name, "".join(self.cart.message_ids.mapped("body")))

    def test_the_link_in_that_mail_opens_it_and_one_that_was_mailed_before_does_not(self):
        before = self.cart._portal_ensure_token()
        token = self._send_by_mail(self.cart)
        self._come_as(None)
        for link, opens in ((token, True), (before, False)):
            page = self.url_open(f"/my/orders/{self.cart.id}", params={"access_token": link})
            self.assertEqual("Lamp" in page.text, opens)

    def test_a_mail_that_is_only_looked_at_leaves_the_cart_in_the_shop(self):
        unfinished = self._make_unfinished(self.cart)
        self.cart.with_user(self.seller).action_quotation_send()
        self.assertTrue(self.cart._is_open_cart())
        self.assertEqual(unfinished.state, "open")

    def test_what_is_marked_as_sent_by_staff_is_a_quotation_too(self):
        self.cart.with_user(self.seller).action_quotation_sent()
        self.assertTrue(self.cart.cart_quoted_at)
        self.assertFalse(self.cart.placed_at)

    def test_a_buyer_who_pays_by_bank_transfer_has_bought_whoever_notes_it(self):
        self._make_transaction(self.cart, "pending")
        self.cart.with_user(self.seller).action_quotation_sent()
        self.assertFalse(self.cart.cart_quoted_at)
        self.assertTrue(self.cart.placed_at)

    def test_a_quotation_that_was_sent_is_bought_when_its_customer_pays(self):
        unfinished = self._make_unfinished(self.cart)
        self._send_by_mail(self.cart)
        payment = self._make_transaction(self.cart)
        self.assertFalse(self.cart.placed_at)
        payment._set_pending()
        self.assertEqual(self.cart.state, "sent")
        self.assertTrue(self.cart.placed_at)
        self.assertEqual(unfinished.placed_order_id, self.cart)

    def test_the_recovery_link_says_that_it_is_placed_once_its_customer_pays_by_transfer(self):
        restore = self.env["unfinished.order.restore"]
        self._make_link()
        self.assertEqual(restore._status(self.cart, self.website), "unknown")
        self._make_transaction(self.cart)._set_pending()
        self.cart.action_quotation_sent()  # as core does then
        self.assertEqual(restore._status(self.cart, self.website), "placed")
        self.assertTrue(restore._awaits_payment(self.cart))

    def test_it_stays_when_its_customer_orders_a_copy_of_the_cart(self):
        unfinished = self._make_unfinished(self.cart)
        copy = self.cart.copy({"cart_source_id": unfinished.id})
        self._make_link()
        copy.action_confirm()
        self.assertEqual(unfinished.placed_order_id, copy)
        self.assertEqual(self.cart.state, "draft")
        self.assertFalse(self.cart.cart_retired_at)

    def test_the_order_counts_when_it_is_paid(self):
        unfinished = self._make_unfinished(self.cart)
        self._make_link()
        self.cart.action_confirm()
        self.assertEqual(unfinished.placed_order_id, self.cart)
        self.assertEqual(unfinished.state, "own_accord")

    def test_a_person_who_may_not_change_the_cart_makes_no_quotation_of_it(self):
        own = new_test_user(self.env, "own_only", groups="sales_team.group_sale_salesman")
        self.cart.user_id = self.seller
        with self.assertRaises(AccessError):
            self._wizard("payment.link.wizard").with_user(own).create({})
        self.assertTrue(self.cart._is_open_cart())
