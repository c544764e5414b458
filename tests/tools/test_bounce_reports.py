from email import message_from_string

from odoo.tests import BaseCase

from ...tools.bounces import is_failure, is_lasting

REPORT = """\
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Words for people.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; ada@example.com
{fields}
--b--
"""


def report(action, status=""):
    status = f"Status: {status}\n" if status else ""
    return message_from_string(REPORT.format(fields=f"Action: {action}\n{status}"))


class TestBounces(BaseCase):
    def test_an_address_that_does_not_exist_is_of_no_use(self):
        for status in ("5.1.1", "5.1.10", "5.2.1", "5.0.0", "5.1.1 (no such user)", ""):
            with self.subTest(status=status):
                mail = report("failed", status)
                self.assertTrue(is_failure(mail) and is_lasting(mail))

    def test_a_full_mailbox_or_a_server_that_was_down_passes(self):
        for status in ("4.2.2", "4.4.1", "5.2.2"):
            mail = report("Failed", status)
            self.assertTrue(is_failure(mail))
            self.assertFalse(is_lasting(mail))

    def test_what_is_said_of_sender_mail_policy_or_server_is_not_said_of_the_address(self):
        for status in ("5.7.1", "5.7.26", "5.2.3", "5.3.4", "5.1.8", "5.1.7", "5.5.0", "5.6.0"):
            with self.subTest(status=status):
                mail = report("failed", status)
                self.assertTrue(is_failure(mail))
                self.assertFalse(is_lasting(mail))

    def test_a_delay_or_a_receipt_is_no_failure(self):
        for action in ("delayed", "delivered", "relayed", "expanded"):
            self.assertFalse(is_failure(report(action, "4.4.1")))

    def test_a_report_in_no_known_form_is_a_bounce_for_good(self):
        for mail in (None, message_from_string("Subject: Undelivered\n\nno such user")):
            self.assertTrue(is_failure(mail) and is_lasting(mail))

    def test_nonsense_in_a_report_breaks_nothing(self):
        for text in ("", "Content-Type: message/delivery-status\n\n", REPORT.format(fields="x")):
            self.assertTrue(is_failure(message_from_string(text)))
