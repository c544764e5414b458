from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common_shop import ShopCase

ROUTE = "/shop/cart/contact"


@tagged("post_install", "-at_install")
class TestCapture(ShopCase):
    """The contact as typed: kept with the cart, and with nothing else."""

    def _type(self, **contact):
        return self.make_jsonrpc_request(ROUTE, contact)

    def _captured(self, cart):
        self.env.invalidate_all()
        return cart.cart_email or "", cart.cart_phone or ""

    def test_what_is_typed_is_kept_with_the_cart_and_makes_no_contact(self):
        cart = self._add_to_cart(self.lamp)
        contacts = self.env["res.partner"].search_count([])
        self.assertIs(self._type(email=" Ada@Example.COM ", phone="+32 2 555 01 99"), True)
        self.assertEqual(self._captured(cart), ("ada@example.com", "+3225550199"))
        self.assertEqual(cart.partner_id, self.public_partner)
        self.assertEqual(self.env["res.partner"].search_count([]), contacts)

    def test_an_address_that_somebody_has_changes_neither_answer_nor_cart(self):
        known = self._make_portal_user("known")
        cart = self._add_to_cart(self.lamp)
        self.assertIs(self._type(email=known.email), True)
        self.assertEqual(self._captured(cart)[0], known.email)
        self.assertEqual(cart.partner_id, self.public_partner)

    def test_a_national_number_belongs_to_the_country_of_the_form(self):
        cart = self._add_to_cart(self.lamp)
        self._type(phone="0912 345 678", country_code="VN")
        self.assertEqual(self._captured(cart), ("", "+84912345678"))

    def test_garbage_is_ignored_and_answered_alike(self):
        cart = self._add_to_cart(self.lamp)
        self._type(email="first@example.com", phone="+3225550199")
        megabyte = "a" * 1_000_000
        for value in (
            "nonsense",
            "a@b",
            "two@example.com,three@example.com",
            "a@example.com\nBcc: b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "\x00",
            f"{megabyte}@example.com",
            megabyte,
            ["list@example.com"],
            {"email": "dict@example.com"},
            {},
            [],
            None,
            True,
            12345678901,
            1.5,
            "<script>alert(1)</script>",
        ):
            answer = self._type(email=value, phone=value, country_code=value, unknown=value)
            self.assertIs(answer, True)
            self.assertEqual(self._captured(cart), ("first@example.com", "+3225550199"), value)

    def test_an_empty_field_takes_back_what_was_typed_and_a_missing_one_nothing(self):
        cart = self._add_to_cart(self.lamp)
        self._type(email="ada@example.com", phone="+3225550199")
        self._type(timezone="Europe/Sofia")
        self._type(email=" ")
        self.assertEqual(self._captured(cart), ("", "+3225550199"))
        self._type(phone="")
        self.assertEqual(self._captured(cart), ("", ""))

    def test_an_empty_field_takes_nothing_from_a_cart_that_has_a_customer(self):
        cart = self._add_to_cart(self.lamp)
        self._type(email="ada@example.com")
        cart.partner_id = self._make_customer(email=False)
        self._type(email="")
        self.assertEqual(self._captured(cart), ("ada@example.com", ""))

    def test_a_refused_form_with_an_empty_field_takes_back_what_was_typed(self):
        cart = self._add_to_cart(self.lamp)
        self._type(email="ada@example.com", phone="+3225550199")
        answer = self._submit(email="", name="Ada")
        self.assertIn("email", answer["invalid_fields"])
        self.assertEqual(self._captured(cart), ("", "+3225550199"))

    def test_without_a_cart_nothing_happens(self):
        before = self._fingerprint()
        self.assertIs(self._type(email="ada@example.com"), True)
        self.assertEqual(self._fingerprint(), before)
        self.assertFalse(self._session_cart())

    def test_a_cart_that_has_a_customer_is_left_alone(self):
        cart = self._add_to_cart(self.lamp)
        cart.partner_id = self._make_customer()
        self.assertIs(self._type(email="other@example.com"), True)
        self.assertEqual(self._captured(cart), ("", ""))

    def test_a_signed_in_buyer_needs_no_capture(self):
        self._come_as(self._make_portal_user())
        cart = self._add_to_cart(self.lamp)
        self.assertIs(self._type(email="other@example.com"), True)
        self.assertEqual(self._captured(cart), ("", ""))
        self.assertNotIn("o_cart_capture_notice", self.url_open("/shop/address").text)

    def test_the_switch_of_the_website_turns_it_off_with_its_notice(self):
        cart = self._add_to_cart(self.lamp)
        page = self.url_open("/shop/address").text
        self.assertIn('id="o_cart_capture_notice"', page)
        self.assertEqual(page.count('aria-describedby="o_cart_capture_notice"'), 2)
        self.website.cart_capture_contact = False
        page = self.url_open("/shop/address").text
        self.assertNotIn("o_cart_capture_notice", page)
        self.assertIs(self._type(email="ada@example.com"), True)
        self._submit(email="ada@example.com", name="")
        self.assertEqual(self._captured(cart), ("", ""))

    def test_another_visitors_cart_is_out_of_reach(self):
        cart = self._add_to_cart(self.lamp)
        self._come_as(None)
        for name in ("order_id", "cart_id", "id", "access_token"):
            self.assertIs(self._type(email="ada@example.com", **{name: cart.id}), True)
        self.assertEqual(self._captured(cart), ("", ""))

    @mute_logger("odoo.http")
    def test_a_visit_or_a_form_of_another_site_captures_nothing(self):
        cart = self._add_to_cart(self.lamp)
        contact = {"email": "ada@example.com"}
        self.assertGreaterEqual(self.url_open(ROUTE, params=contact).status_code, 400)
        self.assertGreaterEqual(self.url_open(ROUTE, data=contact).status_code, 400)
        self.assertEqual(self._captured(cart), ("", ""))

    def test_a_form_that_is_refused_leaves_the_contact_with_the_cart(self):
        cart = self._add_to_cart(self.lamp)
        answer = self._submit(email="ada@example.com", phone="0912 345 678", country="base.vn")
        self.assertIn("name", answer["invalid_fields"])
        self.assertEqual(self._captured(cart), ("ada@example.com", "+84912345678"))
        self.assertEqual(cart.partner_id, self.public_partner)

    def test_a_refused_form_with_nonsense_is_refused_as_ever(self):
        self._add_to_cart(self.lamp)
        for country_id in ("abc", "1.5", ""):
            answer = self._submit(email="nonsense", phone="x" * 5000, country_id=country_id)
            self.assertIn("email", answer["invalid_fields"])

    def _submit(self, country="base.be", **typed):
        page = self.url_open("/shop/cart")
        csrf = page.text.split('csrf_token: "')[1].split('"')[0]
        data = {"csrf_token": csrf, "country_id": self.env.ref(country).id, **typed}
        return self.url_open("/shop/address/submit", data=data).json()


@tagged("post_install", "-at_install")
class TestCaptureInBrowser(ShopCase):
    def _run_tour(self, name):
        """Let a browser put a lamp in its cart and walk through `name`; return the cart."""
        product = self._make_product("Zebra Lamp")
        self.start_tour("/shop", name)
        self.env.invalidate_all()
        return self.env["sale.order"].search([("order_line.product_id", "=", product.id)])

    def test_capture_while_typing(self):
        cart = self._run_tour("capture_while_typing")
        self.assertEqual(cart.cart_email, "typed@example.com")
        self.assertEqual(cart.cart_phone, "+3225550199")
        self.assertEqual(cart.partner_id, self.public_partner)

    def test_a_field_that_is_emptied_takes_back_what_was_typed(self):
        cart = self._run_tour("capture_taken_back")
        self.assertFalse(cart.cart_email)
        self.assertEqual(cart.cart_phone, "+3225550199")

    def test_the_checkout_passes_while_capture_is_down(self):
        orders = self.registry["sale.order"]
        with (
            mute_logger("odoo.http"),
            patch.object(orders, "_capture_contact", side_effect=RuntimeError("down")) as capture,
        ):
            cart = self._run_tour("checkout_while_capture_is_down")
        self.assertTrue(capture.called)
        self.assertEqual(cart.partner_id.email, "typed@example.com")
