"""Mails of messages that have failed, which somebody sends again from Odoo's list of mails."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common_engine import EngineCase, smtp_server


@tagged("post_install", "-at_install")
class TestMailSentAgain(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders().step_ids[1:].unlink()
        cls.manager = new_test_user(cls.env, "again", groups="sales_team.group_sale_manager")
        cls.env["ir.mail_server"].search([]).action_archive()
        cls.env["mail.mail"].search([]).unlink()

    def setUp(self):
        super().setUp()
        self.cart = self._make_cart()
        self.message = self._remind(self.cart)
        self.mail = self._queued_mails(self.message)

    def _fail(self):
        """Let the mail server refuse the mail for the last time."""
        self.mail.write({"state": "exception", "failure_reason": "refused"})
        self.message._move_to("failed", reason="server", detail="refused")

    def _deliver(self):
        """Let Odoo send what is in its queue; return how many mails have left."""
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.env.flush_all()
        return len(inbox.messages)

    def _try_again_in_health(self):
        return self.message.with_user(self.manager).action_retry_failed()

    def test_what_leaves_is_told_and_cannot_be_tried_again(self):
        self._fail()
        self.mail.action_retry()
        self.assertEqual(self._deliver(), 1)
        self.assertEqual(self.message.state, "sent")
        self.assertTrue(self.message.sent_at and self.message.local_day)
        self.assertFalse(self.message.reason or self.message.detail)
        with self.assertRaises(UserError):
            self._try_again_in_health()
        self._run_cron("send")
        self.assertEqual(self._deliver(), 0)

    def test_one_who_has_bought_since_gets_nothing(self):
        self._fail()
        self._make_cart(self.cart.partner_id, hours_ago=0).action_confirm()
        self.mail.action_retry()
        self.assertEqual(self._deliver(), 0)
        self.assertFalse(self.mail.exists())
        self.assertEqual((self.message.state, self.message.reason), ("skipped", "bought"))

    def test_one_who_has_got_a_message_today_gets_it_later(self):
        self._fail()
        other = self.env["website"].create({"name": "Other", "domain": "https://o.example"})
        self._start_reminders(other)
        today = self._remind(self._make_cart(self.cart.partner_id, website=other))
        today = today.filtered(lambda message: message.state == "sending")
        today._move_to("sent", sent_at=fields.Datetime.now())
        self._queued_mails(today).unlink()
        self.assertTrue(today.local_day)
        self.mail.action_retry()
        self.assertEqual(self._deliver(), 0)
        self.assertEqual((self.message.state, self.message.reason), ("waiting", "daily_limit"))

    def test_tried_again_in_both_places_it_leaves_once(self):
        self._fail()
        self.mail.action_retry()
        self._try_again_in_health()
        self.assertFalse(self.mail.exists())
        self._run_cron("send")
        self.assertEqual(self._deliver(), 1)
        self.assertEqual(self.message.state, "sent")

    def test_one_that_was_cancelled_and_is_sent_after_all_is_told(self):
        self.mail.cancel()
        self.assertEqual(self.message.state, "failed")
        self.mail.mark_outgoing()
        self.assertEqual(self._deliver(), 1)
        self.assertEqual(self.message.state, "sent")

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_one_that_is_refused_again_is_tried_again_by_itself(self):
        self._fail()
        self.mail.action_retry()
        with smtp_server(self.env) as inbox:
            inbox.refusal = "451 4.3.0 Try again later"
            self.env["mail.mail"].process_email_queue()
        self.assertEqual((self.message.state, self.message.tries), ("waiting", 1))

    def test_what_has_come_to_another_end_does_not_leave_again(self):
        for state in ("bounced", "clicked", "delivered"):
            with self.subTest(state=state), self.env.cr.savepoint() as savepoint:
                self.message._move_to(state, sent_at=fields.Datetime.now())
                self.mail.write({"state": "exception"})
                self.mail.action_retry()
                self.assertEqual(self._deliver(), 0)
                self.assertEqual(self.message.state, state)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_one_that_a_provider_has_reported_as_failed_after_it_had_left_stays_so(self):
        self.message._move_to("sent", sent_at=fields.Datetime.now())
        self.message._move_to("failed", reason="error")
        self.mail.write({"state": "exception"})
        self.mail.action_retry()
        self.assertEqual(self._deliver(), 0)
        self.assertEqual(self.message.state, "failed")

    def test_a_mail_whose_message_is_gone_does_not_leave(self):
        self._fail()
        self.env.cr.execute("DELETE FROM recovery_message WHERE id = %s", [self.message.id])
        self.env.invalidate_all()
        self.mail.action_retry()
        self.assertEqual(self._deliver(), 0)
        self.assertFalse(self.mail.exists())
