"""Addresses that the mail server refuses when a mail is handed over, and how they come back."""

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..common_engine import EngineCase, smtp_server

NOW = "2026-03-02 12:00:00"
LATER = "2026-03-04 12:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestRefusedAddresses(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()

    def hand_over(self, refusal):
        """Return a message that the mail server has refused with these words."""
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        self.assertEqual(len(message), 1)
        loggers = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
        with smtp_server(self.env) as inbox, mute_logger(*loggers):
            inbox.refusal = refusal
            self.env["mail.mail"].process_email_queue()
        return message

    def outcome_of_a_later_cart(self):
        """Return state and reason of the first message about another cart of the same address."""
        with freeze_time(LATER):
            messages = self._remind(self._make_cart(self._make_customer("Later")))
            first = min(messages, key=lambda message: message.id)
            return first.state, first.reason

    def test_an_address_that_is_refused_for_good_is_not_tried_again_nor_for_a_later_cart(self):
        message = self.hand_over("550 5.1.1 No such user here")
        self.assertRecordValues(
            message, [{"state": "failed", "reason": "bad_address", "address_bounces": True}]
        )
        self.assertIn("No such user", message.detail)
        self.assertEqual(self.outcome_of_a_later_cart(), ("skipped", "bounced"))

    def test_what_a_relay_refuses_for_another_reason_says_nothing_about_the_address(self):
        for refusal in ("550 5.7.1 Relaying denied", "553 5.1.8 Bad sender", "550 Not from you"):
            with self.subTest(refusal=refusal), self.env.cr.savepoint() as savepoint:
                message = self.hand_over(refusal)
                self.assertRecordValues(
                    message, [{"state": "waiting", "reason": "server", "address_bounces": False}]
                )
                savepoint.rollback()
            self.env.invalidate_all()

    def test_a_manager_says_that_an_address_is_written_to_again(self):
        message = self.hand_over("550 5.1.1 No such user here")
        manager = new_test_user(self.env, "manager", "sales_team.group_sale_manager")
        message.with_user(manager).action_write_again()
        self.assertFalse(message.address_bounces)
        self.assertEqual(self.outcome_of_a_later_cart(), ("sending", False))

    def test_a_seller_does_not_say_so(self):
        message = self.hand_over("550 5.1.1 No such user here")
        seller = new_test_user(self.env, "seller", "sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            message.with_user(seller).action_write_again()
        self.assertTrue(message.address_bounces)
