"""Buyers who can be reached only when their cart has been an unfinished order for a while."""

from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..common_engine import EngineCase


@tagged("post_install", "-at_install")
class TestRemindedLater(EngineCase, TransactionCase):
    """An open cart whose buyer gets an address gets the reminders that had none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders()

    def states(self, unfinished):
        return set(unfinished.message_ids.mapped("state"))

    def test_when_it_had_no_address_for_the_channel(self):
        nameless = self._make_customer(email=False, phone="+359888123456")
        unfinished = self._find(self._make_cart(nameless))
        self.assertEqual(set(unfinished.message_ids.mapped("reason")), {"no_address"})
        nameless.email = "ada@example.com"
        waiting = unfinished.message_ids.filtered(lambda m: m.state == "waiting")
        self.assertEqual(waiting.address, "ada@example.com")
        count = len(unfinished.message_ids)
        nameless.phone = "+359888123457"  # nothing more comes of that
        unfinished._plan_next_reminders()
        self.assertEqual(len(unfinished.message_ids), count)

    def test_when_the_contact_was_archived_for_a_while(self):
        ada = self._make_customer()
        unfinished = self._find(self._make_cart(ada))
        ada.action_archive()
        self._run_cron("send")
        self.assertEqual(self.states(unfinished), {"skipped"})
        ada.action_unarchive()
        self.assertIn("waiting", self.states(unfinished))

    def test_a_step_that_still_has_no_address_is_skipped_once(self):
        nameless = self._make_customer(email=False, phone="+359888123456")
        unfinished = self._find(self._make_cart(nameless))
        count = len(unfinished.message_ids)
        nameless.phone = "+359888123457"
        unfinished._plan_next_reminders()
        self.assertEqual(len(unfinished.message_ids), count)

    def test_what_comes_too_late_is_not_sent_at_once(self):
        nameless = self._make_customer(email=False, phone="+359888123456")
        cart = self._make_cart(nameless)
        cart.cart_activity_at = fields.Datetime.now() - timedelta(days=25)
        unfinished = self._find(cart)
        nameless.email = "ada@example.com"
        self.assertNotIn("waiting", self.states(unfinished))
