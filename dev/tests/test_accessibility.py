"""Nobody stumbles: axe finds nothing in what we have added to pages, and in our mails."""

import contextlib

from odoo.tests import HttpCase, tagged

from odoo.addons.website_sale_order_handling.tests.common_engine import EngineCase
from odoo.addons.website_sale_order_handling.tests.common_promotions import PromotionsCase
from odoo.addons.website_sale_order_handling.tests.common_shop import ShopCase

from kit import axe, browser

# Pages of our own: what Odoo puts around them is its own, the page as a whole is ours.
PAGE = "#wrap"
CHECKOUT = "#o_cart_capture_notice, .o_reminder_consent, #o_email, #o_phone"
NOTICE = "#wrap [role='status']"
# A mail is shown inside the page of a mail program, whose landmarks are there already.
NOT_OF_MAILS = ("region", "landmark-one-main")
# Pages come quickly, but the first one waits for Odoo to make its scripts and styles.
PATIENCE = 120_000


class BrowserCase(PromotionsCase, EngineCase, ShopCase):
    """A real browser in the tests' shop, with axe at hand."""

    test_module = "website_sale_order_handling"
    test_tags = {"post_install"}
    # A page waits while another request has scripts and styles made.
    test_cursor_lock_timeout = 120

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.axe = axe.script()
        cls.browser = cls.enterClassContext(browser.launch())
        cls.campaign = cls._start_reminders()

    def setUp(self):
        super().setUp()
        self.objections = []

    @contextlib.contextmanager
    def _visit(self, **options):
        """Yield a page in a browser that nobody has used; the shop answers it."""
        with self.allow_requests():
            context = self.browser.new_context(base_url=self.base_url(), **options)
            with self._answered(context):
                context.set_default_timeout(PATIENCE)
                self._give_cookies(context)
                page = context.new_page()
                yield page
                page.wait_for_load_state("networkidle")

    @contextlib.contextmanager
    def _answered(self, context):
        """Close the windows at the end, and wait for whatever they have still asked for."""
        try:
            yield
        finally:
            context.close()
            self._wait_remaining_requests()

    def _give_cookies(self, context):
        cookies = {"test_request_key": self.http_request_key, "session_id": self.session.sid}
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.base_url()}
                for name, value in cookies.items()
            ]
        )

    def _check(self, page, what, ours=PAGE, skipped=()):
        """Note what axe objects to in our elements, on a desktop and on a phone."""
        for width in (browser.DESKTOP, browser.PHONE):
            page.set_viewport_size({"width": width, "height": 844})
            is_page = ours == PAGE
            for found in axe.check(page, self.axe, ours, is_page=is_page, skipped=skipped):
                if found["ours"]:
                    self.objections.append(f"{what}, {width} px: {found}")
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                self.objections.append(f"{what}, {width} px: {wide} px wider than the window")

    def _expect_no_objections(self):
        self.assertEqual(self.objections, [])


@tagged("post_install", "-at_install")
class TestPages(BrowserCase, HttpCase):
    def _full_cart(self):
        """Make a cart in which everything has happened that the page of the link can tell."""
        self._make_program(code="TEN", kind="promo_code")
        scarce = self._make_product("Scarce Vase", 20.0, stock=1)
        gone = self._make_product("Stool of Yesterday", 30.0)
        cart = self._make_cart(
            products={self.lamp: 1, self.chair: 2, scarce: 3, gone: 1}, partner=self.public_partner
        )
        self._add_combo(cart, self._make_combo(self.lamp, self.chair))
        self._enter_code(cart, "TEN")
        cart.cart_email = "somebody@example.com"
        self._find(cart)
        gone.is_published = False
        self.chair.list_price = 95.0
        return cart

    def test_the_link_and_the_way_through_cart_and_checkout(self):
        self.website.reminder_consent = "opt_in"
        link = self._link(self._full_cart())
        with self._visit() as page:
            page.goto(link)
            self._check(page, "the page of the link")
            page.click("form[name='recover'] button")
            page.wait_for_selector(NOTICE)
            self._check(page, "the notice in the cart", NOTICE)
            page.goto("/shop/address")
            page.wait_for_selector("#o_cart_capture_notice")
            self._check(page, "the address", CHECKOUT)
        self._expect_no_objections()

    def test_a_customer_who_is_signed_in_at_the_checkout(self):
        user = self._make_portal_user()
        country = self.env.ref("base.be")
        user.partner_id.write(
            {"street": "A", "city": "B", "zip": "1000", "phone": "+3225550199"}
            | {"country_id": country.id}
        )
        self._come_as(user)
        self._add_to_cart(self.lamp)
        with self._visit() as page:
            page.goto("/shop/checkout")
            page.wait_for_selector(".o_reminder_consent")
            self._check(page, "the checkout", CHECKOUT)
        self._expect_no_objections()

    def test_links_that_open_no_cart(self):
        placed, paying = self._make_cart(), self._make_cart()
        emptied, sold_out = self._make_cart(), self._make_cart(products=[self.chair])
        incomplete = f"/shop/cart?id={placed.id}&access_token="
        links = {
            "placed": self._link(placed),
            "in payment": self._link(paying),
            "empty": self._link(emptied),
            "nothing available": self._link(sold_out),
            "not valid": "/shop/recover/nothing",
        }
        self.chair.is_published = False
        placed.action_confirm()
        self._make_transaction(paying, "pending")
        emptied.order_line.unlink()
        with self._visit() as page:
            for what, link in links.items():
                page.goto(link)
                self._check(page, what)
            page.goto(incomplete)
            self._check(page, "incomplete", NOTICE)
        self._expect_no_objections()

    def test_the_way_out_of_reminders(self):
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        token = self.env["recovery.optout"]._make_token(message)
        with self._visit() as page:
            page.goto(f"/shop/reminders/{token}")
            self._check(page, "the choices")
            for choice in ("cart", "all", "resume_all", "resume_cart"):
                with page.expect_navigation():
                    page.click(f"button[name='choice'][value='{choice}']")
                self._check(page, f"the answer to {choice!r}")
            page.goto("/shop/reminders/nothing")
            self._check(page, "not valid")
        self._expect_no_objections()


@tagged("post_install", "-at_install")
class TestMails(BrowserCase, HttpCase):
    def test_every_mail_by_day_and_in_the_dark(self):
        self.website.company_id.phone = "+1 555 0100"
        products = {self._make_product(f"Thing {number}"): number for number in range(1, 9)}
        cart = self._make_cart(products=products, hours_ago=72)
        mails = [
            step._render(cart, "en_US", {cart: f"{self.base_url()}{self._link(cart)}"})[cart]
            for step in self.campaign.step_ids
        ]
        self.assertEqual(len(mails), 3)
        for scheme in ("light", "dark"):
            with self._visit(color_scheme=scheme) as page:
                for number, mail in enumerate(mails, 1):
                    page.set_content(str(mail["html"]))
                    self._check(page, f"mail {number}, {scheme}", "*", NOT_OF_MAILS)
        self._expect_no_objections()
