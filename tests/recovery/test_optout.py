"""The way out of reminders: headers, link, page, and what each choice does."""

import re
from base64 import urlsafe_b64decode
from datetime import timedelta

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import hash_sign

from ..common_engine import EngineCase, smtp_server
from ..common_shop import ShopCase

PREFETCH = {"Sec-Purpose": "prefetch", "Purpose": "prefetch"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PAGE = "/shop/reminders"
CORE_TEMPLATE = "website_sale.mail_template_sale_cart_recovery"


@tagged("post_install", "-at_install")
class TestLinkInMails(EngineCase, TransactionCase):
    """Every reminder shows the way out, to people and to mail programs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steps = cls._start_reminders().step_ids
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def _deliver(self, *carts):
        """Send the reminders of these carts for real; return them and the mails' bytes."""
        messages = self._remind(*carts).filtered(lambda m: m.state == "sending")
        with smtp_server(self.env) as inbox:
            self._queued_mails(messages).send()
        return messages, inbox

    def _url(self, message):
        return self.env["recovery.optout"]._make_url(message)

    def test_a_delivered_mail_has_both_headers_exactly_once(self):
        self.website.domain = "https://www.a-shop-with-a-rather-long-name.example"
        message, inbox = self._deliver(self._make_cart())
        (mail,) = inbox.messages
        self.assertEqual(mail.get_all("List-Unsubscribe"), [f"<{self._url(message)}>"])
        self.assertEqual(mail.get_all("List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"])

    def test_the_header_is_one_line_that_every_mail_program_can_read(self):
        self.website.domain = "https://www.a-shop-with-a-rather-long-name.example"
        message, inbox = self._deliver(self._make_cart())
        lines = [line for line in inbox.raw[0].splitlines() if line.startswith(b"List-Unsub")]
        self.assertIn(f"List-Unsubscribe: <{self._url(message)}>".encode(), lines)
        self.assertLess(max(map(len, lines)), 998, "RFC 5322, section 2.1.1")

    def test_each_of_several_buyers_gets_their_own_link(self):
        carts = [
            self._make_cart(self._make_customer(name, f"{name}@example.com"))
            for name in ("ann", "ben", "cid")
        ]
        messages, inbox = self._deliver(*carts)
        expected = {message.address: self._url(message) for message in messages}
        self.assertEqual(len(set(expected.values())), 3)
        for mail in inbox.messages:
            url = expected[mail["To"]]
            self.assertEqual(mail["List-Unsubscribe"], f"<{url}>")
            body = mail.get_body().get_content()
            self.assertEqual(
                set(re.findall(r"https?://[^\"<>\s]+/shop/reminders/[\w-]+", body)), {url}
            )

    def test_the_footer_of_every_shipped_reminder_has_the_link_once(self):
        for position, step in enumerate(self.steps):
            cart = self._make_cart()
            (content,) = step._render(
                cart, "en_US", {cart: "https://shop.example/r"}, {cart: "https://shop.example/o"}
            ).values()
            links = html.fromstring(str(content["html"])).xpath(
                "//a[@href='https://shop.example/o']"
            )
            self.assertEqual(
                [link.text for link in links], ["Unsubscribe or choose which reminders you get"]
            )
            self.assertTrue(links[0].xpath("ancestor::table"), position)

    def test_a_template_without_the_link_gets_it_below_in_the_language_of_the_mail(self):
        self.env["res.lang"]._activate_lang("de_DE")
        line = self.env.ref("website_sale_order_handling.reminder_way_out")
        words = "Unsubscribe or choose which reminders you get"
        line.update_field_translations("arch_db", {"de_DE": {words: "Abmelden"}})
        for layout in (False, "mail.mail_notification_layout"):
            self.steps[0].mail_template_id.write(
                {"body_html": "<p>Come back!</p>", "email_layout_xmlid": layout}
            )
            carts = self._make_cart() | self._make_cart()
            links = {cart: f"https://shop.example/r{cart.id}" for cart in carts}
            optout = {cart: f"https://shop.example/o{cart.id}" for cart in carts}
            contents = self.steps[0]._render(carts, "de_DE", links, optout)
            for cart, content in contents.items():
                body = str(content["html"])
                shown = html.fromstring(body).xpath("//a[contains(@href, '/o')]")
                self.assertEqual([a.get("href") for a in shown], [optout[cart]], layout)
                self.assertEqual(shown[0].text, "Abmelden")
                self.assertNotIn("</body>", body.partition("Abmelden")[0])

    def test_cores_own_template_gets_the_link_too(self):
        self.steps[0].mail_template_id = self.env.ref(CORE_TEMPLATE)
        message, inbox = self._deliver(self._make_cart())
        body = inbox.messages[0].get_body().get_content()
        self.assertEqual(body.count(self._url(message)), 1)

    def test_without_a_reminder_there_is_no_link_and_with_one_it_is_the_latest(self):
        cart, other = self._make_cart(), self._make_cart(hours_ago=0)
        self.assertFalse(cart.cart_optout_url)
        messages = self._remind(cart)
        self.env.invalidate_all()
        latest = max(messages, key=lambda message: message.id)
        self.assertEqual(cart.cart_optout_url, self._url(latest))
        self.assertFalse(other.cart_optout_url)

    def test_the_link_belongs_to_the_website_of_the_cart(self):
        shop = self.env["website"].create({"name": "Second", "domain": "https://second.example"})
        self._start_reminders(shop)
        messages = self._remind(self._make_cart(website=shop))
        self.assertTrue(self._url(messages[0]).startswith("https://second.example/shop/reminders/"))

    def test_fault_13_who_unsubscribes_between_queue_and_send_gets_nothing(self):
        cart = self._make_cart()
        messages = self._remind(cart)
        queued = messages.filtered(lambda m: m.state == "sending")
        self.assertEqual(len(self._queued_mails(queued)), 1)
        self.env["recovery.optout"]._choose(queued, "all")
        self.assertFalse(self._queued_mails(queued))
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self.assertEqual(set(messages.mapped("reason")), {"opted_out"})

    def test_a_phone_number_goes_on_the_list_of_phone_numbers(self):
        messages = self._remind(self._make_cart())
        message = messages[:1]
        message.address = "+359888123456"
        optout = self.env["recovery.optout"]
        self.assertEqual(optout._masked_address(message), "•••456")
        self.assertTrue(optout._choose(message, "all"))
        listed = self.env["phone.blacklist"].search([("number", "=", "+359888123456")])
        self.assertTrue(listed)
        self.assertFalse(self.env["mail.blacklist"].search([("email", "=", "ada@example.com")]))
        self.assertTrue(optout._choose(message, "resume_all"))
        self.assertFalse(listed.active)

    def test_an_address_of_an_unknown_kind_is_on_no_list_and_breaks_nothing(self):
        message = self._remind(self._make_cart())[:1]
        message.address = "8127349812"
        optout = self.env["recovery.optout"]
        self.assertFalse(optout._choose(message, "all"))
        self.assertEqual(optout._masked_address(message), "•••")


@tagged("post_install", "-at_install")
class TestReminderPage(EngineCase, ShopCase):
    """The page behind the link, as visitors meet it."""

    def setUp(self):
        super().setUp()
        self._start_reminders()
        self.cart = self._make_cart(
            self._make_customer("Zacharias Quux", "zq@example.com", phone="+3225550000")
        )
        self.messages = self._remind(self.cart)
        self.message = self.messages.filtered(lambda m: m.state == "sending")
        self.unfinished = self.messages.unfinished_id

    def _way_out(self, message=None):
        token = self.env["recovery.optout"]._make_token(message or self.message)
        return f"{PAGE}/{token}"

    def _choose(self, choice, **data):
        """Press a button of the page that is open."""
        form = html.fromstring(self.url_open(PAGE).text).xpath("//form[@name='reminders']")[0]
        buttons = form.xpath(f".//button[@name='choice'][@value='{choice}']")
        self.assertEqual(len(buttons), 1, "the page has that button")
        answer = self.url_open(
            form.get("action"), data={**dict(form.fields), "choice": choice, **data}
        )
        self.env.invalidate_all()
        return answer

    def _blacklisted(self, email="zq@example.com"):
        self.env.invalidate_all()
        return bool(self.env["mail.blacklist"].search([("email", "=", email)]))

    def _state(self):
        """Return all that the page could change."""
        self.env.cr.execute("SELECT t::text FROM mail_blacklist t ORDER BY id")
        return [*self._fingerprint(), self.env.cr.fetchall()]

    # === Looking ===#

    def test_fault_48_a_mail_scanner_changes_nothing(self):
        before = self._state()
        path = self._way_out()
        for headers in ({}, PREFETCH, PREFETCH, PREFETCH):
            for query in ({}, {"choice": "all"}, {"List-Unsubscribe": "One-Click"}):
                page = self.url_open(path, params=query, headers=headers)
                self.assertEqual(page.status_code, 200)
                page = self.url_open(PAGE, params=query, headers=headers)
                self.assertEqual(page.status_code, 200)
        self.assertEqual(self.url_open(path, method="HEAD", allow_redirects=True).status_code, 200)
        self.assertEqual(self._state(), before)

    def test_fault_52_the_token_leaves_the_address_at_once_and_is_told_to_nobody(self):
        path = self._way_out()
        first = self.url_open(path, allow_redirects=False)
        self.assertEqual(first.status_code, 303)
        self.assertTrue(first.headers["Location"].endswith(PAGE))
        second = self.url_open(PAGE)
        third = self._choose("cart")
        click = self.url_open(path, data=ONE_CLICK)
        for response in (first, second, third, click):
            self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(response.headers["Cache-Control"], "no-store")
            self.assertIn("noindex", response.headers["X-Robots-Tag"])
        for page in (second, third):
            self.assertNotIn(path.rpartition("/")[2], page.text)
            self.assertIn('name="robots" content="noindex"', page.text)

    def test_the_page_shows_a_masked_address_and_nothing_else_of_the_buyer(self):
        page = self.url_open(self._way_out())
        self.assertIn("z•••@e•••.com", self._text(page))
        for secret in ("Quux", "zq@example", "5550000", self.cart.name, self.unfinished.name):
            self.assertNotIn(secret, page.text)

    def test_the_page_has_one_heading_and_buttons_that_say_what_they_do(self):
        doc = html.fromstring(self.url_open(self._way_out()).text)
        self.assertEqual(len(doc.xpath("//*[@id='wrap']//h1")), 1)
        buttons = doc.xpath("//form[@name='reminders']//button")
        self.assertEqual([b.get("value") for b in buttons], ["cart", "all"])
        for button in buttons:
            self.assertEqual(button.get("type"), "submit")
            self.assertTrue(doc.xpath(f"//*[@id='{button.get('aria-describedby')}']"))

    def test_the_link_works_for_ever_and_on_every_website(self):
        path = self._way_out()
        self.message.website_id = self.env["website"].create({"name": "Elsewhere"})
        with freeze_time(fields.Datetime.now() + timedelta(days=4000)):
            self._come_as(None)
            self.assertIn("z•••@e•••.com", self._text(self.url_open(path)))

    def test_a_shop_for_customers_only_lets_everybody_out(self):
        self.website.ecommerce_access = "logged_in"
        self.url_open(self._way_out())
        self._choose("all")
        self.assertTrue(self._blacklisted())

    # === Choosing ===#

    def test_no_more_reminders_of_this_cart(self):
        other = self._remind(
            self._make_cart(self._make_customer("Other", "other@example.com"))
        ).filtered(lambda m: m.state == "sending")
        self.url_open(self._way_out())
        page = self._choose("cart")
        self.assertEqual(page.url, f"{self.base_url()}{PAGE}")
        self.assertIn("You get no more reminders of this cart.", self._text(page))
        self.assertTrue(self.unfinished.stopped_at)
        self.assertEqual(set(self.messages.mapped("state")), {"skipped"})
        self.assertEqual(set(self.messages.mapped("reason")), {"stopped"})
        self.assertFalse(self._queued_mails(self.messages))
        self.assertEqual(other.state, "sending")
        self.assertFalse(self._blacklisted())

    def test_no_more_advertising_at_all(self):
        again = self._remind(
            self._make_cart(self._make_customer("Z.", "ZQ@example.com"), hours_ago=3)
        )
        self.url_open(self._way_out())
        page = self._choose("all")
        self.assertIn("z•••@e•••.com gets no reminders and no other", self._text(page))
        self.assertTrue(self._blacklisted())
        everything = self.messages | again
        self.assertEqual(set(everything.mapped("state")), {"skipped"})
        self.assertEqual(set(everything.mapped("reason")), {"opted_out"})
        self.assertFalse(self._queued_mails(everything))
        self.assertFalse(self.unfinished.stopped_at)

    def test_what_has_left_stays_what_it_was(self):
        self.message._move_to("sent", sent_at=fields.Datetime.now())
        self.url_open(self._way_out())
        self._choose("all")
        self.assertEqual(self.message.state, "sent")

    def test_the_one_choice_can_be_followed_by_the_other(self):
        self.url_open(self._way_out())
        self._choose("cart")
        self._choose("all")
        self.assertTrue(self.unfinished.stopped_at)
        self.assertTrue(self._blacklisted())

    def test_nonsense_chooses_nothing(self):
        self.url_open(self._way_out())
        form = html.fromstring(self.url_open(PAGE).text).xpath("//form[@name='reminders']")[0]
        before = self._state()
        for choice in ("", "none", "undo", "resume_all", "ALL", "cart\x00", "x" * 5000):
            page = self.url_open(PAGE, data={**dict(form.fields), "choice": choice})
            self.assertEqual(page.status_code, 200)
        self.assertEqual(self._state(), before)

    # === The way back ===#

    def test_a_stopped_cart_can_be_taken_back(self):
        self.url_open(self._way_out())
        self._choose("cart")
        page = self._choose("resume_cart")
        self.assertIn("We may remind you of this cart again.", self._text(page))
        self.assertFalse(self.unfinished.stopped_at)
        self._assert_planned_again()
        self._choose("all")
        self.assertTrue(self._blacklisted())

    def test_a_blacklisting_can_be_taken_back_by_who_has_asked_for_it(self):
        self.url_open(self._way_out())
        self._choose("all")
        page = self._choose("resume_all")
        self.assertIn("We may write to z•••@e•••.com again.", self._text(page))
        self.assertFalse(self._blacklisted())
        self._assert_planned_again()

    def _assert_planned_again(self):
        """The very step that was withdrawn is planned again."""
        withdrawn = self.messages.filtered(lambda m: m.reason == "undone")
        self.assertEqual(withdrawn, self.messages)
        waiting = self.unfinished.message_ids.filtered(lambda m: m.state == "waiting")
        self.assertEqual(waiting.step_id, self.message.step_id)

    def test_however_often_it_is_taken_back_no_reminder_is_lost(self):
        self.url_open(self._way_out())
        for choice in ("cart", "all", "cart", "all", "cart"):
            self._choose(choice)
            self._choose(f"resume_{choice}")
        waiting = self.unfinished.message_ids.filtered(lambda m: m.state == "waiting")
        self.assertEqual(waiting.step_id, self.message.step_id)

    def test_a_double_click_does_it_once_and_leaves_the_way_back(self):
        self.url_open(self._way_out())
        form = html.fromstring(self.url_open(PAGE).text).xpath("//form[@name='reminders']")[0]
        for _time in range(2):
            page = self.url_open(PAGE, data={**dict(form.fields), "choice": "all"})
            self.assertIn("gets no reminders", self._text(page))
        self._choose("resume_all")
        self.assertFalse(self._blacklisted())

    def test_what_staff_have_put_on_the_list_is_not_the_links_to_take_off(self):
        entry = self.env["mail.blacklist"]._add("zq@example.com")
        page = self.url_open(self._way_out())
        self.assertIn("gets no reminders", self._text(page))
        self.assertIn("please contact us", self._text(page))
        self._press_in_vain("resume_all")
        # Also when its owner had been the first to ask for it.
        entry.action_archive()
        self.url_open(PAGE)
        self._choose("all")
        entry.action_archive()
        self.env["mail.blacklist"]._add("zq@example.com")
        self._press_in_vain("resume_all")

    def _press_in_vain(self, choice):
        token = self._page_token()
        page = self.url_open(PAGE, data={"page": token, "choice": choice})
        self.assertNotIn(f'value="{choice}"', page.text)
        self.assertTrue(self._blacklisted())

    def test_a_cart_that_is_somebody_elses_by_now_is_left_alone(self):
        self.unfinished.stopped_at = before = fields.Datetime.now()
        self.unfinished.email = "heir@example.com"
        self.unfinished.phone = False
        page = self.url_open(self._way_out())
        self.assertNotIn("this cart", self._text(page))
        for choice in ("cart", "resume_cart"):
            self.url_open(PAGE, data={"page": self._page_token(), "choice": choice})
        self.env.invalidate_all()
        self.assertEqual(self.unfinished.stopped_at, before)

    # === What is so ===#

    def _offers(self, page):
        return html.fromstring(page.text).xpath("//form[@name='reminders']//button/@value")

    def test_in_another_browser_the_page_knows_what_has_been_chosen(self):
        for choice, words in (
            ("cart", "You get no more reminders of this cart."),
            ("all", "z•••@e•••.com gets no reminders and no other advertising from us."),
        ):
            self._come_as(None)
            self.url_open(self._way_out())
            self._choose(choice)
            self._come_as(None)
            page = self.url_open(self._way_out())
            self.assertIn(words, self._text(page))
            self.assertNotIn("What shall we do?", self._text(page))
            self.assertIn(f"resume_{choice}", self._offers(page))
            self.assertNotIn(choice, self._offers(page))

    def test_after_one_click_the_page_knows_it_and_offers_the_way_back(self):
        self.url_open(self._way_out(), data=ONE_CLICK)
        page = self.url_open(self._way_out())
        self.assertIn("gets no reminders and no other advertising from us.", self._text(page))
        self.assertEqual(self._offers(page), ["resume_all"])
        self._choose("resume_all")
        self.assertFalse(self._blacklisted())

    def test_a_page_that_was_open_before_promises_no_less_than_what_is(self):
        self.url_open(self._way_out())
        token = self._page_token()
        self._choose("all")
        page = self.url_open(PAGE, data={"page": token, "choice": "cart"})
        self.assertIn("gets no reminders and no other advertising", self._text(page))
        self.assertNotIn("this cart.", self._text(page))

    def test_who_takes_all_back_is_told_that_the_cart_stays_stopped(self):
        self.url_open(self._way_out())
        self._choose("cart")
        self._choose("all")
        page = self._choose("resume_all")
        self.assertIn("We may write to z•••@e•••.com again.", self._text(page))
        self.assertIn("You get no more reminders of this cart.", self._text(page))
        self.assertEqual(self._offers(page), ["resume_cart", "all"])
        self.assertTrue(self.unfinished.stopped_at)

    def test_what_was_answered_at_the_checkout_is_known_and_stays(self):
        self.cart._on_consent_box("decline", True)
        page = self.url_open(self._way_out())
        self.assertIn("asked for no reminders of this cart at the checkout", self._text(page))
        self.assertEqual(self._offers(page), ["all"])
        self.url_open(PAGE, data={"page": self._page_token(), "choice": "resume_cart"})
        self.env.invalidate_all()
        self.assertEqual(self.cart.cart_consent, "declined")

    def test_of_a_cart_that_was_ordered_no_reminders_are_offered(self):
        self.cart.action_confirm()
        self.assertEqual(self._offers(self.url_open(self._way_out())), ["all"])

    # === One click ===#

    def test_one_click_acts_at_once_without_cookies_and_without_a_page(self):
        self.opener.cookies.clear()
        answer = self.url_open(self._way_out(), data=ONE_CLICK, allow_redirects=False)
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertTrue(self._blacklisted())
        self.assertEqual(set(self.messages.mapped("reason")), {"opted_out"})

    def test_one_click_may_come_as_a_multipart_form_and_twice(self):
        for _time in range(2):
            answer = self.url_open(
                self._way_out(),
                files={"List-Unsubscribe": (None, "One-Click")},
                allow_redirects=False,
            )
            self.assertEqual(answer.status_code, 200)
        self.assertTrue(self._blacklisted())

    def test_one_click_is_not_led_to_another_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.website.language_ids |= self.env.ref("base.lang_de")
        answer = self.url_open(
            self._way_out(),
            data=ONE_CLICK,
            headers={"Accept-Language": "de"},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self._blacklisted())

    def test_a_post_that_asks_for_nothing_changes_nothing(self):
        before = self._state()
        for data in ({"x": "1"}, {"List-Unsubscribe": "yes"}, {"choice": "all"}):
            page = self.url_open(self._way_out(), data=data)
            self.assertEqual(page.status_code, 200)
        self.assertEqual(self._state(), before)

    # === Whatever is no link ===#

    def _garbage(self):
        valid = self._way_out()
        erased = self._make_message(False)
        other_scope = self.env["unfinished.order.link"]._make_token(self.cart, self.message.id)
        env = self.env
        scope = "website_sale_order_handling.reminders"
        return (
            f"{PAGE}/garbage",
            f"{PAGE}/-1",
            f"{PAGE}/{'9' * 400}",
            f"{PAGE}/{'x' * 5000}",
            f"{PAGE}/%00%ff",
            f"{PAGE}/%E2%82%AC",
            valid[:-3],
            valid[:-3] + "AAA",
            valid.upper(),
            f"{valid}x" * 2,
            self._way_out(erased),
            f"{PAGE}/{self._page_token()}",
            f"{PAGE}/{hash_sign(env, scope, [2**31 - 1])}",
            f"{PAGE}/{other_scope}",
            f"{PAGE}/{hash_sign(env, 'another', [self.message.id])}",
            f"{PAGE}/{hash_sign(env, scope, [10**30])}",
            f"{PAGE}/{hash_sign(env, scope, ['abc'])}",
            f"{PAGE}/{hash_sign(env, scope, [None])}",
            f"{PAGE}/{hash_sign(env, scope, {})}",
            f"{PAGE}/{hash_sign(env, scope, 5)}",
            f"{PAGE}/{hash_sign(env, scope, [[1, 2]])}",
        )

    def test_fault_46_47_whatever_is_no_valid_link_gets_the_same_page(self):
        paths = self._garbage()
        visitors = (None, self._make_portal_user("other"))
        before = self._state()
        for visitor in visitors:
            self._come_as(visitor)
            pages = [self.url_open(path) for path in (PAGE, *paths)]
            pages += [self.url_open(path, data=ONE_CLICK) for path in paths]
            self.assertEqual({page.status_code for page in pages}, {404})
            ours = [page for page in pages if "Referrer-Policy" in page.headers]
            self.assertGreater(len(ours), 30)
            self.assertEqual(len({self._text(page) for page in ours}), 1)
        self.assertEqual(self._state(), before)

    def test_fault_59_who_has_not_seen_the_page_cannot_press_its_buttons(self):
        """Another site can make a browser post, but knows no token of a page."""
        self.url_open(self._way_out())
        link_token = self._way_out().rpartition("/")[2]
        before = self._state()
        for data in (
            {},
            {"page": ""},
            {"page": "nonsense"},
            {"page": link_token},
            {"page": f"{self._page_token()}x"},
            {"csrf_token": ""},
        ):
            for choice in ("all", "cart", "resume_all"):
                answer = self.url_open(PAGE, data={**data, "choice": choice})
                self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._state(), before)

    def _page_token(self):
        return self.env["recovery.optout"]._make_page_token(self.message)

    # === Helpers ===#

    def _make_message(self, address):
        return self.env["recovery.message"].create(
            {"unfinished_id": self.unfinished.id, "state": "sent", "address": address}
        )


@tagged("post_install", "-at_install")
class TestLinkForYears(EngineCase, ShopCase):
    """The link in an old mail, in a browser that keeps nothing, beside other links."""

    def setUp(self):
        super().setUp()
        self._start_reminders()
        self.optout = self.env["recovery.optout"]
        self.ann, self.ben = (self._reminder_of(name) for name in ("ann", "ben"))

    def _reminder_of(self, name):
        messages = self._remind(self._make_cart(self._make_customer(name, f"{name}@example.com")))
        return messages.filtered(lambda m: m.state == "sending")

    def _way_out(self, message):
        return f"{PAGE}/{self.optout._make_token(message)}"

    def _get(self, path, **kwargs):
        """Open a page as a browser without cookies does."""
        for _hop in range(3):
            self._forget_cookies()
            answer = self.url_open(path, allow_redirects=False, **kwargs)
            if answer.status_code != 303:
                break
            path, kwargs = answer.headers["Location"], {}
        return answer

    def _forget_cookies(self):
        if "session_id" in self.opener.cookies:
            del self.opener.cookies["session_id"]

    def _press(self, page, choice, with_cookies=False):
        form = html.fromstring(page.text).xpath("//form[@name='reminders']")[0]
        self.assertTrue(form.xpath(f".//button[@value='{choice}']"), choice)
        if not with_cookies:
            self._forget_cookies()
        answer = self.url_open(
            form.get("action"), data={**dict(form.fields), "choice": choice}, allow_redirects=False
        )
        self.env.invalidate_all()
        self.assertEqual(answer.status_code, 200)
        return answer

    def _offers(self, page):
        return html.fromstring(page.text).xpath("//form[@name='reminders']//button/@value")

    def _blacklisted(self):
        self.env.invalidate_all()
        return set(self.env["mail.blacklist"].search([]).mapped("email"))

    # === Two tabs ===#

    def test_in_two_tabs_each_page_acts_on_whom_it_shows(self):
        first = self.url_open(self._way_out(self.ann))
        second = self.url_open(self._way_out(self.ben))
        self.assertIn("a•••@e•••.com", self._text(first))
        self.assertIn("b•••@e•••.com", self._text(second))
        done = self._press(first, "all", with_cookies=True)
        self.assertIn("a•••@e•••.com gets no reminders", self._text(done))
        self.assertEqual(self._blacklisted(), {"ann@example.com"})
        self._press(second, "cart", with_cookies=True)
        self.assertTrue(self.ben.unfinished_id.stopped_at)
        self.assertFalse(self.ann.unfinished_id.stopped_at)
        undone = self._press(done, "resume_all", with_cookies=True)
        self.assertIn("We may write to a•••@e•••.com again.", self._text(undone))
        self.assertFalse(self._blacklisted())
        self.assertTrue(self.ben.unfinished_id.stopped_at)

    def test_the_way_back_on_one_page_is_none_on_another(self):
        self._press(self._get(self._way_out(self.ann)), "all")
        token = self.optout._make_page_token(self.ben)
        self.url_open(PAGE, data={"page": token, "choice": "resume_all"})
        self.assertEqual(self._blacklisted(), {"ann@example.com"})

    # === No cookies ===#

    def test_without_cookies_every_button_works(self):
        page = self._get(self._way_out(self.ann))
        self.assertEqual(self._offers(page), ["cart", "all"])
        for choice in ("cart", "all"):
            done = self._press(self._get(self._way_out(self.ann)), choice)
            self.assertIn(f"resume_{choice}", self._offers(done))
            undone = self._press(done, f"resume_{choice}")
            self.assertEqual(self._offers(undone), ["cart", "all"])
        self.assertFalse(self.ann.unfinished_id.stopped_at or self._blacklisted())
        self._press(self._get(self._way_out(self.ann)), "all")
        self.assertEqual(self._blacklisted(), {"ann@example.com"})

    def test_without_cookies_the_link_is_told_to_nobody_either(self):
        path = self._way_out(self.ann)
        page = self._get(path)
        for response in (page, self._press(page, "cart")):
            self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(response.headers["Cache-Control"], "no-store")
            self.assertNotIn(path.rpartition("/")[2], response.text + response.url)

    def test_a_browser_with_cookies_ends_at_an_address_without_any_token(self):
        self._forget_cookies()
        page = self.url_open(self._way_out(self.ann))
        self.assertEqual(page.url, f"{self.base_url()}{PAGE}")
        self.assertIn("a•••@e•••.com", self._text(page))

    # === Years later ===#

    def _delete_unfinished(self):
        self.ann.unfinished_id.unlink()

    def _delete_message(self):
        self.ann.unlink()

    def _let_retention_delete(self):
        unfinished = self.ann.unfinished_id
        unfinished.order_id.unlink()
        unfinished._erase_lost()
        unfinished.exists().unlink()

    def _erase_person(self):
        self.ann._erase()

    def test_the_link_works_when_all_that_it_was_about_is_gone(self):
        ways = (
            self._let_retention_delete,
            self._delete_unfinished,
            self._delete_message,
            self._erase_person,
        )
        for way in ways:
            with self.subTest(way=way.__name__):
                message = self.ann
                path = self._way_out(message)
                way()
                self.env.flush_all()
                self.assertFalse(message.exists().address)
                with freeze_time(fields.Datetime.now() + timedelta(days=4000)):
                    page = self._get(path)
                    self.assertEqual(page.status_code, 200)
                    self.assertIn("a•••@e•••.com", self._text(page))
                    self.assertEqual(self._offers(page), ["all"])
                    done = self._press(page, "all")
                    self.assertEqual(self._blacklisted(), {"ann@example.com"})
                    self._press(done, "resume_all")
                    self.assertFalse(self._blacklisted())
                    self.url_open(path, data=ONE_CLICK)
                    self.assertEqual(self._blacklisted(), {"ann@example.com"})
                self.env["mail.blacklist"].search([]).unlink()
                self.setUpAgain()

    def setUpAgain(self):
        cart = self._make_cart(self._make_customer("ann", "ann@example.com"))
        unfinished = self._find(cart)
        self.ann = unfinished.message_ids.filtered(lambda m: m.state == "waiting")[:1]

    def test_what_is_not_offered_any_more_does_nothing(self):
        token = self.optout._make_page_token(self.ann)
        self.ann.unlink()
        self.url_open(PAGE, data={"page": token, "choice": "cart"})
        self.env.invalidate_all()
        stopped = self.env["unfinished.order"].search([("stopped_at", "!=", False)])
        self.assertFalse(stopped)

    def test_nothing_personal_is_readable_in_the_link(self):
        token = self.optout._make_token(self.ann)
        content = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        self.assertNotIn(b"ann", content)
        self.assertNotIn(b"example", content)
        self.assertEqual(token, self.optout._make_token(self.ann), "the same each time")

    def test_a_link_of_an_earlier_version_works_as_long_as_its_message_is_known(self):
        scope = "website_sale_order_handling.reminders"
        path = f"{PAGE}/{hash_sign(self.env, scope, [self.ann.id])}"
        self.assertEqual(self._offers(self._get(path)), ["cart", "all"])
        self._press(self._get(path), "all")
        self.assertEqual(self._blacklisted(), {"ann@example.com"})
        self.ann.unlink()
        self.assertEqual(self._get(path).status_code, 404)

    def test_a_message_whose_address_is_another_one_is_left_alone(self):
        """As after a backup was restored: the number has gone to another message since."""
        path = self._way_out(self.ann)
        self.ann.address = "eve@example.com"
        page = self._get(path)
        self.assertEqual(self._offers(page), ["all"])
        self._press(page, "all")
        self.assertEqual(self._blacklisted(), {"ann@example.com"})

    def test_no_altered_character_and_no_other_database_opens_a_link(self):
        token = self.optout._make_token(self.ann)
        for position, character in enumerate(token):
            other = "A" if character != "A" else "B"
            forged = token[:position] + other + token[position + 1 :]
            self.assertFalse(self.optout._read_token(forged), position)
        for forged in (token[:-1], token[1:], f"{token}A", f"{token}=", f"{token}\n", f" {token}"):
            self.assertFalse(self.optout._read_token(forged))
        self.assertTrue(self.optout._read_token(token))
        self.env["ir.config_parameter"].set_param("database.secret", "of another database")
        self.assertFalse(self.optout._read_token(token))

    def test_a_token_of_one_kind_is_none_of_another(self):
        makes = {
            "link": self.optout._make_token(self.ann),
            "page": self.optout._make_page_token(self.ann),
        }
        reads = {
            "link": self.optout._read_token,
            "page": self.optout._read_page_token,
        }
        for made, token in makes.items():
            for read, reader in reads.items():
                self.assertEqual(bool(reader(token)), made == read, (made, read))

    def test_a_phone_number_is_left_alone_years_later_too(self):
        self.ann.address = "+359888123456"
        path = self._way_out(self.ann)
        self.ann.unlink()
        self.url_open(path, data=ONE_CLICK)
        self.assertTrue(self.env["phone.blacklist"].search([("number", "=", "+359888123456")]))
