"""The way out in an SMS: a short link, which a visit does not use up."""

import re

from odoo.tests import HttpCase, tagged

from ..common_engine import EngineCase

PHONE = "+84912345678"


@tagged("post_install", "-at_install")
class TestStopLink(EngineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.channel = cls.env.ref("website_sale_order_handling.channel_sms")
        cls.channel.has_quiet_hours = False
        for step in cls.campaign.step_ids:
            step.write({"channel_id": cls.channel.id, "text": "{link} {stop}"})

    def _text_one(self):
        cart = self._make_cart(self._make_customer(email=False, phone=PHONE))
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        text = self.env["sms.sms"].search([("uuid", "=", message.provider_ref)]).body
        return message, re.search(r"/stop/\w+", text)[0]

    def _is_listed(self):
        return bool(self.env["phone.blacklist"].search([("number", "=", PHONE)]))

    def test_fault_48_a_visit_changes_nothing(self):
        message, link = self._text_one()
        for _visit in range(3):
            page = self.url_open(link)
            self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        self.assertIn("•••678", page.text)
        self.assertNotIn(PHONE, page.text)
        self.assertNotIn("/stop/", page.url, "the code is out of the address")
        self.assertFalse(self._is_listed())
        self.assertEqual(message.state, "sending")

    def test_the_button_puts_the_number_on_the_list_and_takes_back_what_waits(self):
        message, link = self._text_one()
        self.opener.cookies.clear()
        page = self.url_open(link)
        token = re.search(r'name="page" value="([^"]+)"', page.text)[1]
        self.opener.cookies.clear()
        done = self.url_open("/shop/reminders", data={"page": token, "choice": "all"})
        self.assertEqual(done.status_code, 200)
        self.env.invalidate_all()
        self.assertTrue(self._is_listed())
        self.assertEqual((message.state, message.reason), ("skipped", "opted_out"))

    def test_a_post_to_the_link_itself_stops_at_once(self):
        _message, link = self._text_one()
        self.opener.cookies.clear()
        self.assertEqual(self.url_open(link, data={"a": "b"}).status_code, 200)
        self.env.invalidate_all()
        self.assertTrue(self._is_listed())

    def test_who_has_stopped_it_can_let_us_write_again(self):
        _message, link = self._text_one()
        self.url_open(link, data={"a": "b"})
        page = self.url_open(link)
        self.assertIn("resume_all", page.text)

    def test_fault_47_a_wrong_code_is_a_polite_page(self):
        optout = self.env["recovery.optout"]
        right = optout._make_stop_code(PHONE)
        flipped = right[:-1] + ("a" if right[-1] != "a" else "b")
        for wrong in ("abc", "0" * 22, "z" * 22, "x" * 2000, flipped, "%00", "-1"):
            for data in (None, {"a": "b"}):
                with self.subTest(code=wrong, data=data):
                    self.assertEqual(self.url_open(f"/stop/{wrong}", data=data).status_code, 404)
        self.env.invalidate_all()
        self.assertFalse(self._is_listed())

    def test_a_code_is_short_the_same_each_time_and_names_its_number(self):
        optout = self.env["recovery.optout"]
        for number in (PHONE, "+0123456", "+999999999999999", "+1234"):
            code = optout._make_stop_code(number)
            self.assertEqual(optout._make_stop_code(number), code)
            self.assertRegex(code, r"^\w{22}$")
            self.assertNotIn(number[1:], code)
            self.assertEqual(optout._read_stop_code(code).address, number)
        self.assertEqual(optout._make_stop_code("ada@example.com"), "")
