"""A mail is written as Python and Odoo write it, only faster."""

import email.policy
import re
from email.header import decode_header, make_header
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage

from odoo.tests import TransactionCase, tagged

from ...drivers.email.policy import WHOLE_LINK, HeaderClasses

HEADERS = {
    "Message-Id": "<a-recovery@odoo>",
    "Subject": "Ваша количка ви очаква, " * 6,
    "From": '"Ünal Shop" <info@example.com>',
    "To": "ada@example.com, Bob <bob@example.com>",
    "Reply-To": "info@example.com",
    "Date": "Mon, 02 Mar 2026 12:00:00 -0000",
    "MIME-Version": "1.0",
    "Content-Type": 'text/html; charset="utf-8"',
    "Content-Transfer-Encoding": "quoted-printable",
    "Content-Disposition": 'attachment; filename="ö.pdf"',
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "X-Unknown": "anything " * 20,
}

POLICIES = (
    email.policy.SMTP,
    email.policy.SMTP.clone(max_line_length=40),
    email.policy.SMTP.clone(max_line_length=None),
    email.policy.SMTP.clone(linesep="\n"),
    email.policy.SMTPUTF8,
)


@tagged("post_install", "-at_install")
class TestMailText(TransactionCase):
    def _build(self, **vals):
        vals = {
            "email_from": '"Shop" <shop@example.com>',
            "email_to": ["ada@example.com"],
            "subject": "Your cart",
            "body": "<p>é</p>" * 40,
            "body_alternative": "é" * 40,
            "subtype": "html",
            "subtype_alternative": "plain",
            "headers": {"List-Unsubscribe": f"<https://shop.example.com/{'x' * 150}>"},
            **vals,
        }
        return self.env["ir.mail_server"]._build_email__(**vals)

    def test_each_header_reads_and_folds_as_it_does_in_python(self):
        plain, ours = HeaderRegistry(), HeaderClasses()
        for name, value in HEADERS.items():
            expected, found = plain(name, value), ours(name, value)
            self.assertEqual(found, expected, name)
            self.assertEqual(type(found).__bases__[1:], type(expected).__bases__, name)
            self.assertEqual(found.defects, expected.defects, name)
            for policy in POLICIES + POLICIES:  # what it remembers is right under each of them
                self.assertEqual(found.fold(policy=policy), expected.fold(policy=policy), name)
            self.assertIs(ours(name, value), found, "what says the same is made once")

    def test_a_header_that_has_become_another_kind_is_made_anew(self):
        ours = HeaderClasses()
        before = ours("X-One", HEADERS["Date"])
        ours.map_to_type("X-One", ours.registry["date"])
        self.assertFalse(hasattr(before, "datetime"))
        self.assertEqual(ours("X-One", HEADERS["Date"]).datetime.year, 2026)

    def test_a_class_is_made_once_for_each_kind_and_follows_the_registry(self):
        ours = HeaderClasses()
        self.assertIs(ours["To"], ours["to"])
        self.assertIs(ours["X-One"], ours["X-Two"])
        ours.map_to_type("X-One", ours.registry["date"])
        self.assertIsNot(ours["X-One"], ours["X-Two"])

    def test_mails_of_others_are_written_as_before_too(self):
        policy = email.policy.SMTP.clone(header_factory=HeaderRegistry())
        texts = []
        for each in (email.policy.SMTP, policy):
            message = EmailMessage(policy=each)
            for name, value in HEADERS.items():
                if not name.startswith("Content-"):
                    message[name] = value
            message.set_content("é" * 200)
            texts.append(message.as_bytes())
        self.assertEqual(*texts)

    def test_a_reminder_is_written_as_odoo_writes_it_but_for_its_boundary(self):
        message = self._build()
        boundary = message.get_boundary()
        self.assertRegex(boundary, "^[0-9a-f]{32}$")
        text = message.as_string(policy=WHOLE_LINK)
        again = self._build()
        again.set_param("boundary", boundary)
        date = re.compile(r"(?m)^(Date|Message-Id): .*$")
        self.assertEqual(date.sub("", again.as_string(policy=WHOLE_LINK)), date.sub("", text))
        parts = [part.get_content_type() for part in message.walk()]
        self.assertEqual(parts, ["multipart/alternative", "text/plain", "text/html"])

    def test_a_long_subject_keeps_its_spaces(self):
        subjects = (
            "Оставихте Individual Workplace в количката си",
            "Bạn còn Ghế văn phòng màu đen có tay vịn và bánh xe trong giỏ hàng",
            *(f"{'ф' * size} в количката, {'x' * 30} " * 4 + "край" for size in range(1, 40)),
        )
        for subject in subjects:
            with self.subTest(subject=subject):
                text = self._build(subject=subject).as_bytes()
                found = email.message_from_bytes(text)["Subject"]
                self.assertEqual(str(make_header(decode_header(found))), subject)
                self.assertLessEqual(max(map(len, found.splitlines())), 76)

    def test_no_two_mails_have_the_same_boundary_and_attachments_keep_theirs(self):
        attachments = [
            ("a.txt", b"a", "text/plain"),
            ("b.eml", b"Subject: b\n\nb", "message/rfc822"),
        ]
        one, two = (self._build(attachments=attachments) for _number in range(2))
        self.assertNotEqual(one.get_boundary(), two.get_boundary())
        read = email.message_from_bytes(one.as_bytes(), policy=email.policy.default)
        self.assertEqual(
            [part.get_filename() for part in read.iter_attachments()], ["a.txt", "b.eml"]
        )
        self.assertIn("é", read.get_body(("html",)).get_content())

    def test_a_mail_of_one_part_needs_no_boundary(self):
        message = self._build(subtype="plain", body_alternative=None)
        self.assertIsNone(message.get_boundary())
