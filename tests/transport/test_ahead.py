"""The next mail is built while the mail server takes the one before, and nothing else changes."""

import smtplib
from email.message import EmailMessage
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import BaseCase, tagged

from ...drivers.email.ahead import Ahead

END = b"\r\n.\r\n"


class Session(smtplib.SMTP):
    """A session whose server says yes to everything; it notes what is sent and read."""

    def __init__(self, events):
        super().__init__()
        self.events, self.answers = events, []
        self.ehlo_resp, self.esmtp_features = b"", {}

    def send(self, data):
        is_message = isinstance(data, bytes)
        if is_message:
            self.events.append("sent")
        self.answers.append(b"250 message" if is_message else b"354" if data == "data\r\n" else b"")

    def getreply(self):
        answer = self.answers.pop(0)
        if answer == b"250 message":
            self.events.append("answered")
        return (354 if answer == b"354" else 250), answer


@tagged("post_install", "-at_install")
class TestAhead(BaseCase):
    def setUp(self):
        super().setUp()
        self.events = []
        self.session = Session(self.events)

    def build(self, number):
        self.events.append(f"build {number}")
        if number in getattr(self, "broken", ()):
            raise ValueError(number)
        message = EmailMessage()
        message["To"] = "ada@example.com"
        message["From"] = "shop@example.com"
        message.set_content("\r\n.\r\n")  # no end of a message: it is quoted
        return message

    def send_all(self, numbers, session=None):
        session = session or self.session
        with Ahead(session, numbers, self.build) as ahead:
            for number in numbers:
                self.send(session, ahead, number)

    def send(self, session, ahead, number):
        try:
            message = ahead.take(number)
        except ValueError:
            self.events.append(f"broken {number}")
        else:
            session.send_message(message)

    def test_a_mail_is_built_while_the_server_has_not_answered_the_one_before(self):
        self.send_all([1, 2, 3])
        self.assertEqual(
            self.events,
            [
                "build 1",
                *("sent", "build 2", "answered"),
                *("sent", "build 3", "answered"),
                *("sent", "answered"),
            ],
        )

    def test_what_cannot_be_built_fails_in_its_turn_and_alone(self):
        self.broken = [2]
        self.send_all([1, 2, 3])
        self.assertEqual(
            self.events,
            [
                "build 1",
                *("sent", "build 2", "answered"),
                *("build 2", "broken 2"),
                *("build 3", "sent", "answered"),
            ],
        )

    def test_a_broken_transaction_is_told_with_its_own_reason_once_the_answer_is_there(self):
        def build(number):
            if number == 2:
                raise SerializationFailure
            return self.build(number)

        for numbers in ([1, 2, 3], [1, 2]):  # met by the next mail, or at the end of the part
            with (
                self.assertRaises(SerializationFailure),
                Ahead(self.session, numbers, build) as ahead,
            ):
                self.session.send_message(ahead.take(1))
                self.assertEqual(self.events[-2:], ["sent", "answered"])
                if len(numbers) > 2:
                    ahead.take(2)

    def test_it_works_where_the_class_of_sessions_is_replaced(self):
        with patch("smtplib.SMTP", side_effect=ValueError):
            self.send_all([1, 2])
        self.assertEqual(self.events.count("answered"), 2)

    def test_a_session_is_afterwards_what_it_was_before(self):
        before = dict(vars(self.session))
        self.send_all([1, 2])
        self.assertEqual(vars(self.session).keys(), before.keys())
        self.session.send_message(self.build(3))
        self.assertEqual(self.events[-3:], ["build 3", "sent", "answered"])

    def test_over_another_kind_of_session_a_mail_is_built_when_it_is_asked_for(self):
        class Other:
            def send_message(other, message):
                self.events.append("sent")

        self.send_all([1, 2], Other())
        self.assertEqual(self.events, ["build 1", "sent", "build 2", "sent"])
