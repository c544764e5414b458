"""What the checkout asks about reminders, and what is kept of the answer."""

from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..common_engine import EngineCase
from ..common_shop import ShopCase

ROUTE = "/shop/cart/consent"
CAPTURE = "/shop/cart/contact"
AGREE = "Remind me by e-mail if I do not finish my order"
DECLINE = "Do not remind me of this order"
GARBAGE = (
    None, True, 1, 1.5, "", "x", "\x00", "a" * 1_000_000, [], {}, ["agree"], {"box": "agree"},
    "Mars/Olympus", "<script>", "../../etc/passwd",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestConsent(EngineCase, TransactionCase):
    """The box, and the proof."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders()

    def _proof(self, record, prefix=""):
        return tuple(record[f"{prefix}consent{part}"] for part in ("", "_at", "_text"))

    def test_the_box_follows_the_choice_of_the_website(self):
        cart = self._make_cart()
        for mode, box in (("opt_out", "decline"), ("opt_in", "agree"), ("soft_opt_in", "agree")):
            self.website.reminder_consent = mode
            self.assertEqual(cart._consent_box(), box, mode)

    def test_where_nobody_is_reminded_nobody_is_asked(self):
        cart = self._make_cart()
        self.website.send_abandoned_cart_email = False
        self.assertEqual(cart._consent_box(), "")
        self.assertFalse(cart._prepare_consent_values())
        cart._on_consent_box("decline", True)
        self.assertFalse(cart.cart_consent)

    def test_a_person_who_has_ordered_before_may_decline_where_others_are_asked_first(self):
        self.website.reminder_consent = "soft_opt_in"
        buyer = self._make_customer()
        self._make_cart(buyer).action_confirm()
        self.assertEqual(self._make_cart(buyer)._consent_box(), "decline")
        self.assertEqual(self._make_cart(self._make_customer())._consent_box(), "agree")

    def test_the_box_tells_no_stranger_whose_address_is_a_customers(self):
        self.website.reminder_consent = "soft_opt_in"
        self._make_cart(self._make_customer("Known", "known@example.com")).action_confirm()
        visitor = self._make_anonymous_cart(cart_email="known@example.com")
        guest = self._make_cart(self._make_customer("Guess", "known@example.com"))
        self.assertEqual(visitor._consent_box(), "agree")
        self.assertEqual(guest._consent_box(), "agree")

    def test_an_order_in_another_company_is_none_here(self):
        self.website.reminder_consent = "soft_opt_in"
        company = self.env["res.company"].create({"name": "Other Company"})
        shop = self.env["website"].create({"name": "Other Shop", "company_id": company.id})
        buyer = self._make_customer()
        self._make_cart(buyer, website=shop).action_confirm()
        self.assertEqual(self._make_cart(buyer)._consent_box(), "agree")

    @freeze_time("2026-03-02 12:00:00")
    def test_ticking_keeps_answer_time_and_words(self):
        now = fields.Datetime.now()
        for mode, box, answer, words in (
            ("opt_in", "agree", "given", AGREE),
            ("soft_opt_in", "agree", "given", AGREE),
            ("opt_out", "decline", "declined", DECLINE),
        ):
            self.website.reminder_consent = mode
            cart = self._make_cart()
            cart._on_consent_box(box, True)
            self.assertEqual(self._proof(cart, "cart_"), (answer, now, words))

    def test_silence_is_no_answer(self):
        for mode, box in (("opt_in", "agree"), ("soft_opt_in", "agree"), ("opt_out", "decline")):
            self.website.reminder_consent = mode
            cart = self._make_cart()
            cart._on_consent_box(box, False)
            self.assertEqual(self._proof(cart, "cart_"), (False, False, False))

    def test_a_consent_that_is_taken_back_is_a_refusal(self):
        self.website.reminder_consent = "opt_in"
        cart = self._make_cart()
        cart._on_consent_box("agree", True)
        cart._on_consent_box("agree", False)
        self.assertEqual(cart.cart_consent, "declined")
        self.assertEqual(cart.cart_consent_text, AGREE)

    def test_a_refusal_that_is_taken_back_is_no_consent(self):
        cart = self._make_cart()
        cart._on_consent_box("decline", True)
        cart._on_consent_box("decline", False)
        self.assertEqual(self._proof(cart, "cart_"), (False, False, False))

    def test_saying_it_again_keeps_the_first_time(self):
        self.website.reminder_consent = "opt_in"
        cart = self._make_cart()
        with freeze_time("2026-03-02 12:00:00"):
            cart._on_consent_box("agree", True)
        with freeze_time("2026-03-02 13:00:00"):
            cart._on_consent_box("agree", True)
        self.assertEqual(str(cart.cart_consent_at), "2026-03-02 12:00:00")

    def test_a_page_with_another_box_says_nothing_about_this_one(self):
        """Else ticking "remind me" would count as a refusal once the shop has changed its mind."""
        cart = self._make_cart()
        for box in ("agree", "", "nonsense"):
            cart._on_consent_box(box, True)
        self.assertFalse(cart.cart_consent)

    def test_an_order_that_is_placed_takes_no_answer(self):
        cart = self._make_cart()
        cart.action_confirm()
        cart._on_consent_box("decline", True)
        self.assertFalse(cart.cart_consent)

    def test_the_words_are_those_of_the_shop_in_the_language_of_the_buyer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.website.reminder_consent = "opt_in"
        self.website.reminder_consent_text = " Yes, please "
        self.website.with_context(lang="de_DE").reminder_consent_text = "Ja, bitte"
        for lang, words in (("en_US", "Yes, please"), ("de_DE", "Ja, bitte")):
            cart = self._make_cart().with_context(lang=lang)
            cart._on_consent_box("agree", True)
            self.assertEqual(cart.cart_consent_text, words)

    def test_the_words_of_a_consent_never_stand_beside_the_box_of_a_refusal(self):
        self.website.reminder_consent_text = "Yes, please"
        cart = self._make_cart()
        self.assertEqual(cart._prepare_consent_values()["words"], DECLINE)
        self.website.reminder_decline_text = "No, thank you"
        self.assertEqual(cart._prepare_consent_values()["words"], "No, thank you")

    def test_a_copy_and_a_restored_cart_take_no_consent_along(self):
        cart = self._make_cart()
        cart._on_consent_box("decline", True)
        cart._note_timezone("Europe/Sofia")
        copy = cart.copy()
        self.assertEqual(self._proof(copy, "cart_"), (False, False, False))
        self.assertFalse(copy.cart_tz)

    def test_an_answer_is_not_that_of_the_person_to_whom_staff_give_the_cart(self):
        self.website.reminder_consent = "opt_in"
        for name, given in (("given", True), ("declined", False)):
            cart = self._make_cart(self._make_customer(email=f"{name}@example.com"))
            cart._note_consent(given)
            same = self._make_customer("Ada again", f"{name}@example.com")
            cart.partner_id = same
            self.assertEqual(cart.cart_consent, name, "another contact of the same person")
            cart.partner_id = self._make_customer("Ben", f"ben.{name}@example.com")
            self.assertEqual(self._proof(cart, "cart_"), (False, False, False))

    def test_the_proof_outlives_the_cart(self):
        cart = self._make_cart()
        cart._on_consent_box("decline", True)
        proof = self._proof(cart, "cart_")
        unfinished = self._find(cart)
        self.assertEqual(self._proof(unfinished), proof)
        cart.unlink()
        self.env.invalidate_all()
        self.assertEqual(self._proof(unfinished), proof)

    def test_an_answer_that_comes_later_is_kept_at_once(self):
        cart = self._make_cart()
        unfinished = self._find(cart)
        self.assertEqual(self._proof(unfinished), (False, False, False))
        cart._on_consent_box("decline", True)
        self.assertEqual(self._proof(unfinished), self._proof(cart, "cart_"))

    def test_neither_answer_nor_time_zone_is_a_change_of_the_cart(self):
        cart = self._make_cart()
        before = cart.cart_activity_at
        cart._on_consent_box("decline", True)
        cart._note_timezone("Europe/Sofia")
        self.assertEqual(cart.cart_activity_at, before)
        self.assertEqual(cart.cart_tz, "Europe/Sofia")

    def test_only_a_time_zone_that_exists_is_kept(self):
        cart = self._make_cart()
        cart._note_timezone("Asia/Ho_Chi_Minh")
        for name in ("", "Mars/Olympus", "UTC+1", "europe/sofia", "x" * 64):
            cart._note_timezone(name)
        self.assertEqual(cart.cart_tz, "Asia/Ho_Chi_Minh")

    def test_the_settings_belong_to_one_website(self):
        second = self.env["website"].create({"name": "Second Shop"})
        self.env["res.config.settings"].create(
            {
                "website_id": second.id,
                "reminder_consent": "soft_opt_in",
                "reminder_consent_text": "Yes",
                "reminder_decline_text": "No",
            }
        ).execute()
        self.assertRecordValues(
            self.website + second,
            [
                {"reminder_consent": "opt_out", "reminder_consent_text": False},
                {"reminder_consent": "soft_opt_in", "reminder_consent_text": "Yes"},
            ],
        )
        self.assertEqual(second.reminder_decline_text, "No")


@tagged("post_install", "-at_install")
class TestConsentAtCheckout(EngineCase, ShopCase):
    """The box as visitors meet it."""

    def setUp(self):
        super().setUp()
        self._start_reminders()

    def _tick(self, box="decline", is_ticked=True, **more):
        answer = self.make_jsonrpc_request(ROUTE, {"box": box, "is_ticked": is_ticked, **more})
        self.env.invalidate_all()
        return answer

    def _box(self, path):
        """Return the box on a page, its label and the texts that describe it."""
        doc = html.fromstring(self.url_open(path).text)
        boxes = doc.xpath("//input[@type='checkbox'][@name='reminder_ticked']")
        if not boxes:
            return None
        (box,) = boxes
        (label,) = doc.xpath(f"//label[@for='{box.get('id')}']")
        described = [doc.get_element_by_id(name) for name in box.get("aria-describedby").split()]
        return {
            "label": label.text_content().strip(),
            "help": " ".join(" ".join(node.text_content().split()) for node in described),
            "is_ticked": box.get("checked") is not None,
            "kind": doc.xpath("//input[@name='reminder_box']/@value")[0],
        }

    def _submit(self, **typed):
        page = self.url_open("/shop/cart")
        data = {
            "csrf_token": page.text.split('csrf_token: "')[1].split('"')[0],
            "country_id": self.env.ref("base.be").id,
            "name": "Ada",
            "email": "ada@example.com",
            "phone": "+3225550199",
            "street": "Elm 1",
            "city": "Brussels",
            "zip": "1000",
            **typed,
        }
        answer = self.url_open("/shop/address/submit", data=data).json()
        self.env.invalidate_all()
        return answer

    def _make_cart_with_address(self):
        user = self._make_portal_user()
        user.partner_id.write(
            {
                "phone": "+3225550199",
                "street": "Elm 1",
                "city": "Brussels",
                "zip": "1000",
                "country_id": self.env.ref("base.be").id,
            }
        )
        self._come_as(user)
        return self._add_to_cart(self.lamp)

    def test_a_guest_is_asked_beside_the_notice_and_the_box_is_never_ticked(self):
        self._add_to_cart(self.lamp)
        for mode, label, kind in (
            ("opt_out", DECLINE, "decline"),
            ("opt_in", AGREE, "agree"),
            ("soft_opt_in", AGREE, "agree"),
        ):
            self.website.reminder_consent = mode
            box = self._box("/shop/address")
            self.assertEqual((box["label"], box["kind"]), (label, kind))
            self.assertFalse(box["is_ticked"])
            self.assertIn("We keep the e-mail and phone", box["help"])
            self.assertIn("through the link" if kind == "agree" else "has a link", box["help"])

    def test_there_is_one_notice_and_every_field_refers_to_it(self):
        self._add_to_cart(self.lamp)
        for mode in ("opt_out", "opt_in"):
            self.website.reminder_consent = mode
            doc = html.fromstring(self.url_open("/shop/address").text)
            described = doc.xpath("//*[@aria-describedby='o_cart_capture_notice']/@name")
            self.assertEqual(described, ["email", "phone", "reminder_ticked"])
            notices = doc.xpath("//div[contains(@class, 'form-text')][contains(., 'remind')]")
            self.assertEqual([notice.get("id") for notice in notices], ["o_cart_capture_notice"])

    def test_the_notice_leads_to_the_privacy_policy_where_there_is_one(self):
        self._add_to_cart(self.lamp)
        self.assertFalse(self._privacy_links("/shop/address"))
        view = self.env["ir.ui.view"].create(
            {"name": "Privacy", "type": "qweb", "key": "website.test_privacy", "arch": "<p/>"}
        )
        page = self.env["website.page"].create(
            {"url": "/privacy-policy", "view_id": view.id, "is_published": False}
        )
        self.assertFalse(self._privacy_links("/shop/address"), "nobody can see it yet")
        page.is_published = True
        self.assertEqual(self._privacy_links("/shop/address"), ["/privacy-policy"])
        other = self.env["website"].create({"name": "Other"})
        page.website_id = other
        self.assertFalse(self._privacy_links("/shop/address"), "it is another shop's")
        page.website_id = self.website
        self._make_cart_with_address()
        self.assertEqual(self._privacy_links("/shop/checkout"), ["/privacy-policy"])

    def test_no_other_page_is_taken_for_the_policy_and_settings_say_which_one_it_is(self):
        self._add_to_cart(self.lamp)
        view = self.env["ir.ui.view"].create(
            {"name": "Screens", "type": "qweb", "key": "website.test_screens", "arch": "<p/>"}
        )
        page = {"view_id": view.id, "is_published": True}
        self.env["website.page"].create({"url": "/privacy-screens", **page})
        self.assertFalse(self._privacy_links("/shop/address"))
        self.env["website.page"].create({"url": "/chinh-sach-bao-mat", **page})
        self.assertEqual(self._privacy_links("/shop/address"), ["/chinh-sach-bao-mat"])
        self.website.privacy_policy_url = "https://law.example/policy"
        self.assertEqual(self._privacy_links("/shop/address"), ["https://law.example/policy"])
        for wrong in ("privacy", "javascript:alert(1)"):
            with self.assertRaisesRegex(ValidationError, wrong.split("(")[0]):
                self.website.privacy_policy_url = wrong

    def _privacy_links(self, path):
        self.env.flush_all()
        doc = html.fromstring(self.url_open(path).text)
        return doc.xpath("//*[@id='o_cart_capture_notice']/a/@href")

    def test_on_the_checkout_page_it_is_a_part_of_its_own(self):
        self._make_cart_with_address()
        doc = html.fromstring(self.url_open("/shop/checkout").text)
        (part,) = doc.xpath("//section[.//input[@name='reminder_ticked']]")
        self.assertEqual(doc.get_element_by_id(part.get("aria-labelledby")).text, "Reminders")
        self.assertFalse(
            doc.xpath("//*[@id='billing_address_list']//input[@name='reminder_ticked']")
        )

    def test_a_signed_in_buyer_is_asked_on_the_checkout_page(self):
        cart = self._make_cart_with_address()
        self.website.reminder_consent = "soft_opt_in"
        self.assertEqual(self._box("/shop/checkout")["label"], AGREE)
        self._tick("agree")
        self.assertEqual(cart.cart_consent, "given")
        self.assertTrue(self._box("/shop/checkout")["is_ticked"])
        cart.action_confirm()
        self._come_as(cart.partner_id.user_ids)
        self._add_to_cart(self.lamp)
        self.assertEqual(self._box("/shop/checkout")["label"], DECLINE)
        self.assertIsNone(self._box("/shop/address"))

    def test_where_nobody_is_reminded_there_is_no_box(self):
        self.website.send_abandoned_cart_email = False
        self._make_cart_with_address()
        self.assertIsNone(self._box("/shop/checkout"))
        self._come_as(None)
        self._add_to_cart(self.lamp)
        self.assertIsNone(self._box("/shop/address"))

    def test_the_words_are_shown_as_text_whatever_they_are(self):
        self.website.reminder_decline_text = "<script>alert(1)</script> & no"
        self._add_to_cart(self.lamp)
        self.assertEqual(self._box("/shop/address")["label"], "<script>alert(1)</script> & no")

    def test_a_change_is_saved_at_once_with_the_words_of_the_server(self):
        cart = self._add_to_cart(self.lamp)
        self.website.reminder_consent = "opt_in"
        self.assertIs(
            self._tick("agree", words="Mine", text="Mine", cart_consent_text="Mine"), True
        )
        self.assertEqual((cart.cart_consent, cart.cart_consent_text), ("given", AGREE))
        self.assertIs(self._tick("agree", False), True)
        self.assertEqual(cart.cart_consent, "declined")

    def test_the_words_are_kept_in_the_language_of_the_page(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.website.language_ids |= self.env.ref("base.lang_de")
        self.website.reminder_decline_text = "No"
        self.website.with_context(lang="de_DE").reminder_decline_text = "Nein"
        cart = self._add_to_cart(self.lamp)
        self.assertEqual(self._box("/de/shop/address")["label"], "Nein")
        self._tick()
        self.assertEqual(cart.cart_consent_text, "Nein")

    def test_the_form_saves_it_too_also_when_it_is_refused(self):
        cart = self._add_to_cart(self.lamp)
        answer = self._submit(name="", reminder_box="decline", reminder_ticked="1")
        self.assertIn("name", answer["invalid_fields"])
        self.assertEqual(cart.cart_consent, "declined")
        self.assertIn("redirectUrl", self._submit(reminder_box="decline"))
        self.assertFalse(cart.cart_consent, "the box was there, and no longer ticked")

    def test_a_form_without_the_box_changes_nothing(self):
        cart = self._add_to_cart(self.lamp)
        self._tick()
        self.assertIn("redirectUrl", self._submit())
        self.assertEqual(cart.cart_consent, "declined")
        self.assertEqual(cart.partner_id.name, "Ada")

    def test_nonsense_in_the_form_stops_no_buyer(self):
        cart = self._add_to_cart(self.lamp)
        self.assertIn("redirectUrl", self._submit(reminder_box="x" * 5000, reminder_ticked="\x00"))
        self.assertFalse(cart.cart_consent)

    def test_garbage_is_ignored_and_answered_alike(self):
        cart = self._add_to_cart(self.lamp)
        for value in GARBAGE:
            answer = self._tick(value, value, timezone=value, unknown=value)
            self.assertIs(answer, True)
            answer = self._tick("decline", value if value is not True else 1, timezone=value)
            self.assertIs(answer, True)
            answer = self.make_jsonrpc_request(CAPTURE, {"timezone": value})
            self.assertIs(answer, True)
        self.env.invalidate_all()
        self.assertFalse(cart.cart_consent)
        self.assertFalse(cart.cart_tz)

    def test_without_a_cart_nothing_happens(self):
        before = self._fingerprint()
        self.assertIs(self._tick(timezone="Europe/Sofia"), True)
        self.assertEqual(self._fingerprint(), before)

    def test_fault_46_another_visitors_cart_is_out_of_reach(self):
        cart = self._add_to_cart(self.lamp)
        for visitor in (None, self._make_portal_user("other")):
            self._come_as(visitor)
            for name in ("order_id", "cart_id", "id", "access_token", "order_sudo"):
                self.assertIs(self._tick(timezone="Europe/Sofia", **{name: cart.id}), True)
        self.assertFalse(cart.cart_consent)
        self.assertFalse(cart.cart_tz)

    @mute_logger("odoo.http")
    def test_fault_59_a_visit_or_a_form_of_another_site_says_nothing(self):
        cart = self._add_to_cart(self.lamp)
        answer = {"box": "decline", "is_ticked": "true"}
        self.assertGreaterEqual(self.url_open(ROUTE, params=answer).status_code, 400)
        self.assertGreaterEqual(self.url_open(ROUTE, data=answer).status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(cart.cart_consent)

    def test_fault_54_no_route_of_the_checkout_ever_sends_a_mail(self):
        mails = self.env["mail.mail"].search_count([])
        messages = self.env["recovery.message"].search_count([])
        with patch.object(self.registry["ir.mail_server"], "send_email") as sent:
            for number in range(100):
                if number % 10 == 0:
                    self._come_as(None)
                    self._add_to_cart(self.lamp)
                self.make_jsonrpc_request(CAPTURE, {"email": "victim@example.com"})
                self._tick(is_ticked=number % 2 == 0)
        self.assertFalse(sent.called)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.env["recovery.message"].search_count([]), messages)

    # === Time zone ===#

    def test_the_browsers_time_zone_comes_with_what_is_typed(self):
        cart = self._add_to_cart(self.lamp)
        self.make_jsonrpc_request(
            CAPTURE, {"email": "ada@example.com", "timezone": "Asia/Ho_Chi_Minh"}
        )
        self.env.invalidate_all()
        self.assertEqual(cart.cart_tz, "Asia/Ho_Chi_Minh")
        self._tick(timezone="Europe/Sofia")
        self.assertEqual(cart.cart_tz, "Europe/Sofia")

    def test_a_time_zone_alone_is_no_activity_and_no_contact(self):
        cart = self._add_to_cart(self.lamp)
        cart.cart_activity_at = before = fields.Datetime.to_datetime("2026-01-01 00:00:00")
        self.make_jsonrpc_request(CAPTURE, {"timezone": "Europe/Sofia"})
        self._tick(timezone="Europe/Paris")
        self.assertEqual(cart.cart_activity_at, before)
        self.assertFalse(cart.cart_email)
        self.assertEqual(cart.cart_tz, "Europe/Paris")

    def test_where_nothing_is_captured_no_time_zone_is(self):
        self.website.cart_capture_contact = False
        cart = self._add_to_cart(self.lamp)
        self.make_jsonrpc_request(CAPTURE, {"timezone": "Europe/Sofia"})
        self.env.invalidate_all()
        self.assertFalse(cart.cart_tz)


@tagged("post_install", "-at_install")
class TestConsentInBrowser(EngineCase, ShopCase):
    def setUp(self):
        super().setUp()
        self._start_reminders()

    def test_the_box_at_the_checkout_in_a_browser(self):
        self.website.reminder_consent = "opt_in"
        product = self._make_product("Zebra Lamp")
        self.start_tour("/shop", "checkout_consent")
        self.env.invalidate_all()
        cart = self.env["sale.order"].search([("order_line.product_id", "=", product.id)])
        self.assertEqual((cart.cart_consent, cart.cart_consent_text), ("given", AGREE))
        self.assertTrue(cart.cart_tz)

    def test_a_choice_that_cannot_be_saved_is_not_shown_as_saved(self):
        self._make_product("Zebra Lamp")
        orders = self.registry["sale.order"]
        with (
            mute_logger("odoo.http"),
            patch.object(orders, "_note_consent", side_effect=RuntimeError("down")),
        ):
            self.start_tour("/shop", "checkout_consent_is_down")

    def test_the_way_out_in_a_browser(self):
        cart = self._make_cart(self._make_customer("Zacharias", "zq@example.com"))
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        token = self.env["recovery.optout"]._make_token(message)
        self.start_tour(f"/shop/reminders/{token}", "reminders_way_out")
        self.env.invalidate_all()
        self.assertFalse(message.unfinished_id.stopped_at)
        self.assertTrue(self.env["mail.blacklist"].search([("email", "=", "zq@example.com")]))
