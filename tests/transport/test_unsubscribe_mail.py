"""Unsubscribing by mail, as mail programs do that know nothing of one click (RFC 2369)."""

from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

from odoo.tests import TransactionCase, tagged

from ..common_engine import EngineCase, smtp_server


@tagged("post_install", "-at_install")
class TestUnsubscribeMail(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders()
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": "mail.shop.example", "catchall_alias": "everything"}
        )
        cls.env.company.alias_domain_id = cls.domain

    def _send(self, cart=None):
        """Remind of a cart, and return the message and its mail as it arrives."""
        messages = self._remind(cart or self._make_cart()).filtered(lambda m: m.state == "sending")
        with smtp_server(self.env) as inbox:
            self._queued_mails(messages).send()
        return messages, inbox.messages[0]

    def _mailto(self, mail):
        """Return address and subject of the mail that the header asks for."""
        _https, way = mail["List-Unsubscribe"].split(", ")
        self.assertTrue(way.startswith("<mailto:") and way.endswith(">"))
        parts = urlsplit(way.strip("<>"))
        return parts.path, parse_qs(parts.query)["subject"][0]

    def _receive(self, to, subject, sender="ada@example.com", **headers):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Message-Id"] = f"<{len(subject)}.{abs(hash(subject))}@mx.example>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("\n")
        self.env["mail.thread"].message_process(False, mail.as_bytes())
        self.env.invalidate_all()

    def _blacklisted(self):
        return self.env["mail.blacklist"].search([]).mapped("email")

    def test_the_header_offers_one_click_first_and_a_mail_to_the_catch_all(self):
        message, mail = self._send()
        url = self.env["recovery.optout"]._make_url(message)
        self.assertTrue(mail["List-Unsubscribe"].startswith(f"<{url}>, "))
        self.assertEqual(mail["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        address, subject = self._mailto(mail)
        self.assertEqual(address, "everything@mail.shop.example")
        self.assertTrue(subject.startswith("unsubscribe "))

    def test_without_a_catch_all_no_mail_is_offered(self):
        self.env.company.alias_domain_id = False
        _message, mail = self._send()
        self.assertNotIn("mailto", mail["List-Unsubscribe"])

    def test_that_mail_unsubscribes_whom_the_reminder_went_to(self):
        message, mail = self._send()
        posts = self.env["mail.message"].search_count([])
        queued = self.env["mail.mail"].search_count([])
        self._receive(*self._mailto(mail), sender="ada.private@elsewhere.example")
        self.assertEqual(self._blacklisted(), ["ada@example.com"])
        self.assertTrue(self.env["recovery.optout"]._silence(message).all_asked)
        noted = self.env["mail.message"].search_count([("model", "!=", "mail.blacklist")])
        self.assertLessEqual(noted, posts, "nobody has to read it")
        self.assertEqual(self.env["mail.mail"].search_count([]), queued, "nobody is answered")

    def test_it_works_twice_folded_in_capitals_and_years_later(self):
        message, mail = self._send()
        address, subject = self._mailto(mail)
        word, token = subject.split(" ")
        message.unfinished_id.unlink()
        self._receive(address, f"{word.upper()}   {token[:40]} {token[40:]}")
        self.assertEqual(self._blacklisted(), ["ada@example.com"])
        self._receive(address, subject)
        self.assertEqual(self._blacklisted(), ["ada@example.com"])

    def test_another_mail_to_the_catch_all_goes_its_way(self):
        _message, mail = self._send()
        address, subject = self._mailto(mail)
        before = self.env["mail.mail"].search_count([])
        for other in ("unsubscribe", f"{subject[:-4]}AAAA", f"Re: {subject}", "Hello"):
            self._receive(address, other)
        self.assertFalse(self._blacklisted())
        # Odoo tells the sender that nobody reads that address.
        self.assertEqual(self.env["mail.mail"].search_count([]), before + 4)

    def test_a_report_about_it_is_a_report(self):
        _message, mail = self._send()
        _address, subject = self._mailto(mail)
        self._receive(self.domain.bounce_email, subject, sender="mailer-daemon@mx.example")
        self.assertFalse(self._blacklisted())
