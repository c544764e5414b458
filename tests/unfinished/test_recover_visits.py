"""The way to the page of a recovery link and from there: back, without cookies, after the order."""

import re
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

from lxml import html

from odoo.tests import tagged

from ...tools import colors
from ..common_shop import ShopCase

STYLES = Path(__file__).parents[2] / "static/src/shop/recover_link.scss"


@tagged("post_install", "-at_install")
class TestRecoveryLinkVisits(ShopCase):
    # === A visit changes nothing ===#

    def test_a_visit_changes_nothing_in_ones_own_cart_nor_in_the_session(self):
        own = self._add_to_cart(self.chair)
        self.chair.list_price = 95.0
        link = self._link(self._make_cart(products={self.lamp: 2}))
        self.url_open(link)
        sequence = self.env["ir.sequence"].search([("code", "=", "unfinished.order")])
        self.assertTrue(sequence)
        for opened in (link, self._link(own)):
            before, session = self._fingerprint(), self._shop_session()
            number = sequence.number_next_actual
            self.url_open(opened)
            self.assertEqual(self._fingerprint(), before)
            self.assertEqual(self._shop_session(), session)
            self.assertEqual(sequence.number_next_actual, number, "no number is used up")

    def test_a_visit_by_the_signed_in_owner_changes_nothing(self):
        owner = self._make_portal_user("owner")
        cart = self._make_cart(partner=owner.partner_id, products=[self.lamp, self.chair])
        self.lamp.list_price = 45.0
        self.chair.is_published = False
        self._come_as(owner)
        before = self._fingerprint(cart)
        self.assertIn("No longer sold", self._text(self.url_open(self._link(cart))))
        self.assertEqual(self._fingerprint(cart), before)

    def _shop_session(self):
        kept = self._session()
        return {name: kept[name] for name in kept if name != "recovery_token"}

    # === Back ===#

    def test_back_after_the_button_says_that_the_cart_is_open(self):
        link = self._link(self._make_cart(products={self.lamp: 2}))
        self._press_continue(link)
        before = self._fingerprint()
        page = self.url_open("/shop/recover")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Your cart is open", self._text(page))
        self.assertIsNone(self._form(page))
        self.assertTrue(html.fromstring(page.text).xpath("//a[@name='recover_go_on']"))
        self.assertEqual(self._fingerprint(), before)
        self.assertIsNotNone(self._form(self.url_open(link)), "who follows it anew sees it anew")

    def test_back_after_the_cart_was_emptied_offers_the_products_again(self):
        self._press_continue(self._link(self._make_cart()))
        self._session_cart().order_line.unlink()
        self.assertIsNotNone(self._form(self.url_open("/shop/recover")))

    def test_back_after_the_order_says_that_it_is_placed_or_in_payment(self):
        link = self._link(self._make_cart())
        self._press_continue(link)
        mine = self._session_cart()
        payment = self._make_transaction(mine, "draft")
        self.assertIn("being processed", self._text(self.url_open("/shop/recover")))
        payment.state = "pending"
        self.assertIn("It is pending", self._text(self.url_open("/shop/recover")))
        mine.action_quotation_sent()
        self.assertIn("already been placed", self._text(self.url_open("/shop/recover")))

    def test_nothing_is_added_to_a_cart_that_is_just_being_paid_for(self):
        mine = self._add_to_cart(self.chair)
        link = self._link(self._make_cart())
        form = self._form(self.url_open(link))
        payment = self._make_transaction(mine, "draft")
        self.assertIn("being processed", self._text(self.url_open(link)))
        self.url_open(form.get("action"), data=dict(form.fields))
        self.assertEqual(self._contents(mine), {self.chair: 1})
        payment.state = "cancel"
        self._press_continue(link)
        self.assertEqual(self._contents(mine), {self.chair: 1, self.lamp: 1})

    # === Without cookies ===#

    def _lose_cookies(self, accepts=False):
        """Come with a new browser, which may not even accept cookies."""
        del self.opener.cookies["session_id"]
        if not accepts:
            self.opener.cookies.set_policy(_NoCookies())

    def test_a_browser_without_cookies_sees_the_page_and_what_it_lacks(self):
        link = self._link(self._make_cart())
        self._lose_cookies()
        # By hand: who follows for us sends cookies back all the same.
        first = self.url_open(link, allow_redirects=False)
        self.assertEqual(first.status_code, 303)
        page = self.url_open(first.headers["Location"], allow_redirects=False)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Lamp", self._text(page))
        self.assertIn("Subtotal $ 40.00", self._text(page).replace("\xa0", " "))
        self.assertIn("does not keep cookies", self._text(page))
        self.assertIsNone(self._form(page))
        for response in (first, page):
            self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(response.headers["Cache-Control"], "no-store")
            self.assertIn("noindex", response.headers["X-Robots-Tag"])

    def test_a_new_browser_with_cookies_loses_the_token_from_its_address(self):
        link = self._link(self._make_cart())
        self._lose_cookies(accepts=True)
        page = self.url_open(link)
        self.assertEqual(page.url, f"{self.base_url()}/shop/recover")
        self.assertIsNotNone(self._form(page))

    def test_without_cookies_a_wrong_link_opens_nothing_either(self):
        self._lose_cookies()
        self.assertEqual(self.url_open("/shop/recover/garbage").status_code, 404)

    # === Placed ===#

    def test_a_guest_is_not_sent_to_an_account_they_do_not_have(self):
        owner = self._make_portal_user("owner")
        cart = self._make_cart(partner=owner.partner_id)
        link = self._link(cart)
        cart.action_confirm()
        for visitor, has_account in (
            (None, False),
            (self._make_portal_user("other"), False),
            (owner, True),
        ):
            self._come_as(visitor)
            page = self.url_open(link)
            self.assertIn("already been placed", self._text(page))
            self.assertEqual("My orders" in self._text(page), has_account)
            self.assertEqual("pending" in self._text(page), False)

    def test_a_payment_that_is_pending_is_named(self):
        cart = self._make_cart()
        link = self._link(cart)
        self._make_transaction(cart, "pending")
        self.assertIn("It is pending", self._text(self.url_open(link)))
        cart.action_quotation_sent()
        text = self._text(self.url_open(link))
        self.assertIn("already been placed", text)
        self.assertIn("Its payment is still pending", text)

    # === Nothing to be had ===#

    def test_when_nothing_can_be_had_the_page_says_so_and_offers_contact(self):
        self.website.contact_us_button_url = "/ask-here"
        cart = self._make_cart()
        self.lamp.is_published = False
        page = self.url_open(self._link(cart))
        self.assertNotIn("waiting for you", self._text(page))
        self.assertIn("None of these products can be ordered", self._text(page))
        (contact,) = html.fromstring(page.text).xpath("//a[@name='recover_contact']")
        self.assertEqual(contact.get("href"), "/ask-here")

    def test_when_nothing_can_be_had_ones_own_cart_can_be_emptied_of_it(self):
        own = self._add_to_cart(self.lamp)
        self.lamp.is_published = False
        page = self.url_open(self._link(own))
        self.assertIn("None of these products can be ordered", self._text(page))
        after = self._press_continue(self._link(own))
        self.assertIn("Nothing that was in your cart can be ordered", self._text(after))
        self.assertIn("Lamp is no longer sold.", self._text(after))
        self.assertFalse(own.order_line)
        self.assertEqual(self._session()["website_sale_cart_quantity"], 0)

    def test_what_was_offered_with_a_product_that_is_gone_stays(self):
        for is_own in (True, False):
            case = self._make_product("Case")
            cart = self._make_anonymous_cart(products=[case])
            option = self.env["sale.order.line"].create(
                {
                    "order_id": cart.id,
                    "product_id": self.chair.id,
                    "linked_line_id": cart.order_line.id,
                }
            )
            self.assertEqual(option.linked_line_id.product_id, case)
            case.is_published = False
            self._come_as(None)
            self._set_session_cart(cart if is_own else self.env["sale.order"])
            self._press_continue(self._link(cart))
            self.assertEqual(self._contents(self._session_cart()), {self.chair: 1})

    # === Options ===#

    def test_an_option_that_is_no_longer_offered_takes_its_product_with_it(self):
        for way_out in ("archived", "removed"):
            cart, value = self._make_cart_with_option()
            line = value.attribute_line_id
            if way_out == "archived":
                value.product_attribute_value_id.active = False
                value.ptav_active = False
            else:
                line.value_ids -= value.product_attribute_value_id
            self.env.flush_all()
            self.assertIn("No longer sold", self._text(self.url_open(self._link(cart))))
            self._come_as(None)
            for _time in range(2):
                self._press_continue(self._link(cart))
                self.assertEqual(self._contents(self._session_cart()), {self.chair: 1}, way_out)

    def test_a_product_with_a_new_option_comes_once_however_often_asked(self):
        pen = self._make_product("Pen")
        cart = self._make_cart(products=[pen])
        self._add_options(pen, "Ink", 2)
        for _time in range(3):
            self._press_continue(self._link(cart))
            self.assertEqual(self._contents(self._session_cart()), {pen: 1})
            self.assertEqual(len(self._session_cart().order_line), 1)

    def _make_cart_with_option(self):
        pen = self._make_product("Pen")
        value = self._add_options(pen, "Engraving", 3)[1]
        cart = self._make_cart(products=[self.chair])
        self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": pen.id,
                "product_no_variant_attribute_value_ids": [(6, 0, value.ids)],
            }
        )
        return cart, value

    def _add_options(self, product, name, count):
        attribute = self.env["product.attribute"].create(
            {
                "name": name,
                "create_variant": "no_variant",
                "value_ids": [(0, 0, {"name": f"{name} {number}"}) for number in range(count)],
            }
        )
        line = self.env["product.template.attribute.line"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "attribute_id": attribute.id,
                "value_ids": [(6, 0, attribute.value_ids.ids)],
            }
        )
        values = line.product_template_value_ids
        for number, value in enumerate(values):
            value.price_extra = number
        return values

    # === Looks ===#

    def test_what_has_changed_can_be_read_whatever_the_theme(self):
        pairs = re.findall(
            r"color: (#\w+);\s*background-color: (#\w+);", STYLES.read_text(encoding="utf-8")
        )
        self.assertEqual(len(pairs), 3)
        for text, ground in pairs:
            self.assertGreaterEqual(colors.contrast(text, ground), 7)
        few = self._make_product("Few", stock=0)
        cart = self._make_cart(products=[few, self.lamp, self.chair])
        self.lamp.list_price = 41.0
        self.chair.is_published = False
        doc = html.fromstring(self.url_open(self._link(cart)).text)
        marks = doc.xpath("//*[contains(@class, 'o_recover_mark')]")
        self.assertEqual(len(marks), 3)
        self.assertFalse(doc.xpath("//*[@name='recover_lines']//*[contains(@class, 'badge')]"))


class _NoCookies(DefaultCookiePolicy):
    def set_ok(self, cookie, request):
        return False
