# The linter knows tests by their folder's name only.
# pylint: disable=translation-required

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from ...hooks import _disarm_core_links
from ..common_shop import ShopCase


@tagged("post_install", "-at_install")
class TestCoreCartLinks(ShopCase):
    """`/shop/cart?id=…&access_token=…`, as Odoo's own reminders have mailed it."""

    def setUp(self):
        super().setUp()
        self.buyer = self._make_customer(
            name="Victoria Buyer", email="victoria@example.com", street="Elm 99"
        )
        self.cart = self._make_cart(partner=self.buyer, products={self.lamp: 2})
        self.token = self.cart._portal_ensure_token()

    def _open_core_link(self, **parameters):
        parameters = {"id": self.cart.id, "access_token": self.token, **parameters}
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.url_open("/shop/cart", params=given)

    def test_b19_and_fault_47_nonsense_is_not_found(self):
        """Core answers 500 to an id that is no number, and to a cart that has no token."""
        without_token = self._make_cart()
        huge = "9" * 40
        for parameters in (
            {"id": "abc"},
            {"id": "-1"},
            {"id": "0"},
            {"id": ""},
            {"id": huge},
            {"id": "1e3"},
            {"id": "1.0"},
            {"id": "²"},
            {"id": "\x00"},
            {"id": None},
            {"id": without_token.id},
            {"id": self._make_cart().id},
            {"access_token": None},
            {"access_token": "wrong"},
            {"access_token": "€"},
            {"access_token": self.token[:-1]},
            {"access_token": "x" * 10000},
            {"id": "abc", "access_token": ""},
            {"id": "abc", "access_token": None},
            {"id": "abc", "revive_method": "merge"},
        ):
            self.assertEqual(self._open_core_link(**parameters).status_code, 404, parameters)

    @mute_logger("odoo.http")
    def test_an_uploaded_file_in_place_of_the_token_is_not_found(self):
        csrf = self._form(self.url_open(self._link(self.cart))).fields["csrf_token"]
        answer = self.url_open(
            "/shop/cart",
            data={"csrf_token": csrf},
            files={"id": ("a.txt", b"1"), "access_token": ("b.txt", b"2")},
        )
        self.assertEqual(answer.status_code, 404)

    def test_a_link_of_core_leads_to_the_safe_page(self):
        page = self._open_core_link()
        self.assertEqual(page.url, f"{self.base_url()}/shop/recover")
        self.assertIn("Lamp", self._text(page))
        self.assertIsNotNone(self._form(page))
        self.assertNotIn("victoria", page.text.lower())

    def test_b20_a_token_that_core_mailed_opens_our_page_and_no_longer_the_portal(self):
        """Core mails the portal's own token, which shows the address and cannot expire."""
        self.cart.cart_recovery_email_sent = True
        self.env.flush_all()
        _disarm_core_links(self.env)
        self.assertFalse(self.cart.access_token)
        self.assertIn("Lamp", self._text(self._open_core_link()))
        portal = self.url_open(f"/my/orders/{self.cart.id}", params={"access_token": self.token})
        self.assertIn("/web/login", portal.url)
        self.env["unfinished.order.link"]._revoke(self.cart)
        self.assertEqual(self._open_core_link().status_code, 404)

    def test_b20_a_link_of_core_expires(self):
        days = self.website.cart_link_days
        self.cart.cart_activity_at = fields.Datetime.now() - timedelta(days=days + 1)
        self.assertEqual(self._open_core_link().status_code, 404)

    def test_b21_nobody_becomes_the_buyer_and_nobody_can_edit_the_buyer(self):
        """With squash, core shows a stranger the buyer's address, and lets them rewrite it."""
        self._add_to_cart(self.chair)
        before = self.buyer.read(["name", "email", "street", "write_date"])
        for method in ("squash", "merge", "", "other"):
            self._open_core_link(revive_method=method)
            self._press_continue(self._link(self.cart))
            self.assertEqual(self._session_cart().partner_id, self.public_partner)
            page = self.url_open("/shop/address", params={"partner_id": self.buyer.id})
            for secret in ("victoria", "Elm 99"):
                self.assertNotIn(secret, page.text.lower())
        self.url_open(
            "/shop/address/submit",
            data={
                "csrf_token": self._form(self.url_open(self._link(self.cart))).fields["csrf_token"],
                "partner_id": self.buyer.id,
                "name": "Taken Over",
                "email": "thief@example.com",
                "phone": "+3225550000",
                "street": "Den 1",
                "city": "Brussels",
                "zip": "1000",
                "country_id": self.env.ref("base.be").id,
            },
        )
        self.env.invalidate_all()
        self.assertEqual(self.buyer.read(["name", "email", "street", "write_date"]), before)
        self.assertNotEqual(self._session_cart().partner_id, self.buyer)

    def test_b22_a_cart_at_the_bank_keeps_its_lines(self):
        """With merge, core moves the lines away and cancels; then the bank reports the money."""
        payment = self._make_transaction(self.cart, "pending")
        self._add_to_cart(self.chair)
        before = self._fingerprint(self.cart)
        for method in ("merge", "squash"):
            page = self._open_core_link(revive_method=method)
            self.assertIn("being processed", self._text(page))
        self.assertEqual(self._fingerprint(self.cart), before)
        payment._set_done()
        payment._check_amount_and_confirm_order()
        self.assertEqual(self.cart.state, "sale")
        self.assertEqual(self._contents(self.cart), {self.lamp: 2})

    def test_b23_opening_a_link_changes_nothing(self):
        """Core merges and cancels on a bare visit, at the prices of then."""
        mine = self._add_to_cart(self.chair)
        before = self._fingerprint()
        for method in ("merge", "squash", "merge"):
            self._open_core_link(revive_method=method)
            self.url_open(
                "/shop/cart",
                params={"id": self.cart.id, "access_token": self.token, "revive_method": method},
                method="HEAD",
            )
        self.assertEqual(self._fingerprint(), before)
        self.assertEqual(self._session_cart(), mine)
        self.url_open("/shop/cart", params={"revive_method": "merge"})
        self.assertEqual(self._contents(mine), {self.chair: 1})

    def test_b23_what_is_brought_back_has_todays_prices_and_the_header_counts_it(self):
        """Core moves the lines as they are, and the header keeps the old quantity."""
        self._add_to_cart(self.lamp)
        self.lamp.list_price = 55.0
        self._press_continue(f"/shop/cart?id={self.cart.id}&access_token={self.token}")
        mine = self._session_cart()
        self.assertEqual(self._contents(mine), {self.lamp: 2})
        self.assertEqual(len(mine.order_line), 1)
        self.assertEqual(self._session()["website_sale_cart_quantity"], 2)
        self.assertEqual(self._contents(self.cart), {self.lamp: 2})

    def test_b2_a_link_that_core_mailed_without_token_says_so(self):
        """Core's cron mails links with an empty token, which open an empty cart without a word."""
        page = self._open_core_link(access_token="")
        self.assertEqual(page.url, f"{self.base_url()}/shop/cart")
        self.assertIn("The link that you followed is not complete", self._text(page))
        self._add_to_cart(self.chair)
        page = self._open_core_link(access_token="")
        self.assertIn("Chair", self._text(page))
        self.assertNotIn("not complete", self._text(page))

    def test_b24_a_cart_in_payment_is_not_offered_again(self):
        """Core picks any draft order of a customer, and drops it at the next request."""
        buyer = self._make_portal_user("returning")
        paid = self._make_cart(partner=buyer.partner_id)
        self._make_transaction(paid, "pending")
        before = self._fingerprint(paid)
        self._come_as(buyer)
        for _visit in range(3):
            self.url_open("/shop/cart")
            self.assertFalse(self._session_cart())
        self.assertEqual(self._fingerprint(paid), before)
        older = self._make_cart(partner=buyer.partner_id, hours_ago=9)
        self._come_as(buyer)
        for _visit in range(3):
            self.url_open("/shop/cart")
            self.assertEqual(self._session_cart(), older)

    def test_b25_clearing_the_cart_is_noticed(self):
        """Core deletes the lines past every hook: the header still counts them."""
        mine = self._add_to_cart(self.lamp, 2)
        mine.cart_activity_at = fields.Datetime.now() - timedelta(hours=3)
        mine.set_delivery_line(self.env["delivery.carrier"].search([], limit=1), 5.0)
        self.env.flush_all()
        self.make_jsonrpc_request("/shop/cart/clear")
        self.env.invalidate_all()
        self.assertFalse(mine.order_line)
        self.assertEqual(self._session()["website_sale_cart_quantity"], 0)
        self.assertEqual(self.make_jsonrpc_request("/shop/cart/quantity"), 0)
        self.assertGreater(mine.cart_activity_at, fields.Datetime.now() - timedelta(hours=1))
        self._come_as(None)
        self.make_jsonrpc_request("/shop/cart/clear")


@tagged("post_install", "-at_install")
class TestCartInPortal(ShopCase):
    """A token does not open a cart in the portal: its customer and staff do."""

    def setUp(self):
        super().setUp()
        self.owner = self._make_portal_user("owner")
        self.cart = self._make_cart(partner=self.owner.partner_id)
        self.token = self.cart._portal_ensure_token()
        self.other_token = self._make_cart()._portal_ensure_token()

    def _portal_pages(self):
        page = f"/my/orders/{self.cart.id}"
        return (
            (page, {}),
            (page, {"report_type": "html"}),
            (page, {"report_type": "pdf", "download": "true"}),
            (page, {"report_type": "text"}),
            (f"{page}/document/1", {}),
            (f"{page}/download_edi", {}),
            ("/mail/view", {"model": "sale.order", "res_id": self.cart.id}),
        )

    def _visitors(self):
        return {"nobody": None, "another customer": self._make_portal_user("other")}

    def test_fault_46_no_token_opens_a_cart_to_anybody_else(self):
        for who, visitor in self._visitors().items():
            self._come_as(visitor)
            for token in (None, "", "wrong", self.token, self.other_token):
                for path, parameters in self._portal_pages():
                    if token is None and "/document/" in path:
                        continue  # the argument is required, core answers 400
                    given = {**parameters, **({} if token is None else {"access_token": token})}
                    page = self.url_open(path, params=given)
                    self.assertNotIn(self.cart.name, page.text, (who, token, path))
                    self.assertNotIn(self.owner.email, page.text, (who, token, path))
                    self.assertLess(page.status_code, 500)

    @mute_logger("odoo.http")
    def test_fault_46_no_token_acts_on_a_cart_for_anybody_else(self):
        before = self._fingerprint()
        page = f"/my/orders/{self.cart.id}"
        for who, visitor in self._visitors().items():
            self._come_as(visitor)
            before = self._fingerprint()
            for token in ("", "wrong", self.token, self.other_token):
                answer = self.make_jsonrpc_request(
                    f"{page}/accept", {"access_token": token, "name": "X", "signature": "YQ=="}
                )
                self.assertEqual(answer, {"error": "Invalid order."}, (who, token))
                for route in (f"{page}/transaction", f"/shop/payment/transaction/{self.cart.id}"):
                    with self.assertRaises(JsonRpcException) as caught:
                        self.make_jsonrpc_request(route, {"access_token": token})
                    self.assertIn("ValidationError", str(caught.exception), (who, token, route))
                csrf = self._form(self.url_open(self._link(self.cart))).fields["csrf_token"]
                data = {"csrf_token": csrf, "access_token": token, "decline_message": "No"}
                self.assertNotIn("/my/orders", self.url_open(f"{page}/decline", data=data).url)
            self.assertEqual(self._fingerprint(), before, who)

    def test_the_messages_on_a_cart_are_not_shown_for_a_token(self):
        self.cart.message_post(body="Only between us", message_type="comment")
        orders = self.env["sale.order"]
        nobody = orders.with_user(self.website.user_id)
        signed = self.cart._sign_token(self.owner.partner_id.id)
        for given in (
            {"token": self.token},
            {"pid": self.owner.partner_id.id, "hash": signed},
        ):
            self.assertFalse(nobody._get_thread_with_access(self.cart.id, **given))
        mine = orders.with_user(self.owner)
        self.assertTrue(mine._get_thread_with_access(self.cart.id, token=self.token))

    def test_its_customer_and_staff_open_it(self):
        seller = self.env.ref("base.user_admin")
        for user in (self.owner, seller):
            self._come_as(user)
            page = self.url_open(f"/my/orders/{self.cart.id}")
            self.assertIn("Lamp", page.text, user.login)
            self.assertIn(f"/my/orders/{self.cart.id}", page.url, user.login)

    def test_a_quotation_that_was_sent_opens_by_its_token_as_ever(self):
        self.cart.action_quotation_sent()
        page = self.url_open(f"/my/orders/{self.cart.id}", params={"access_token": self.token})
        self.assertIn("Lamp", page.text)

    def test_a_quotation_of_the_back_office_opens_by_its_token_as_ever(self):
        quotation = self._make_cart(website_id=False)
        quotation.cart_activity_at = False
        token = quotation._portal_ensure_token()
        page = self.url_open(f"/my/orders/{quotation.id}", params={"access_token": token})
        self.assertIn("Lamp", page.text)

    @mute_logger("odoo.http")
    def test_a_guest_pays_the_cart_of_their_own_session(self):
        self.lamp.type = "service"
        provider = self._make_provider()
        mine = self._add_to_cart(self.lamp)
        mine.partner_id = self._make_customer(country_id=self.env.ref("base.be").id)
        payment = {
            "access_token": mine._portal_ensure_token(),
            "amount": mine.amount_total,
            "provider_id": provider.id,
            "payment_method_id": provider.payment_method_ids[:1].id,
            "flow": "direct",
            "token_id": None,
            "tokenization_requested": False,
            "landing_route": "/shop/payment/validate",
        }
        route = f"/shop/payment/transaction/{mine.id}"
        answer = self.make_jsonrpc_request(route, payment)
        self.assertTrue(answer["reference"])
        self.env.invalidate_all()
        self.assertEqual(len(mine.transaction_ids), 1)
        self._come_as(None)
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(route, payment)
        self.env.invalidate_all()
        self.assertEqual(len(mine.transaction_ids), 1)

    def test_the_access_check_itself_refuses(self):
        with self.assertRaises(AccessError):
            self.cart.with_user(self.website.user_id).check_access("read")

    def _make_provider(self):
        provider = self.env.ref("payment.payment_provider_transfer")
        provider.write({"state": "enabled", "is_published": True})
        provider.payment_method_ids.active = True
        return provider
