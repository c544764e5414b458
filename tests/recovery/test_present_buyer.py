"""Language and clock of an unfinished order are those of its present buyer."""

from datetime import datetime

from odoo.tests import TransactionCase, freeze_time, tagged

from ..common import queries_of
from ..common_engine import EngineCase

TOKYO, PARIS = "Asia/Tokyo", "Europe/Paris"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestPresentBuyer(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.campaign = cls._start_reminders()
        cls.campaign.step_ids[1:].unlink()
        cls.website.tz = "UTC"
        cls.ada = cls._make_customer()
        cls.ben = cls._make_customer("Ben", "ben@example.com", lang="fr_FR", tz=PARIS)

    def _find_with_clock(self, buyer, **vals):
        cart = self._make_cart(buyer, cart_lang="en_US", cart_tz=TOKYO, **vals)
        unfinished = self._find(cart)
        self.assertRecordValues(unfinished, [{"lang": "en_US", "tz": TOKYO}])
        return cart, unfinished

    def test_another_buyers_language_and_clock_are_followed_and_the_first_ones_forgotten(self):
        cart, unfinished = self._find_with_clock(self.ada)
        cart.partner_id = self.ben
        self.assertFalse(cart.cart_lang or cart.cart_tz)
        self.assertRecordValues(unfinished, [{"lang": "fr_FR", "tz": PARIS}])
        self.assertEqual(unfinished.message_ids.mapped("lang"), ["fr_FR"])

    def test_the_same_person_under_another_contact_keeps_the_clock_of_the_browser(self):
        cart, unfinished = self._find_with_clock(self.ada)
        cart.partner_id = self._make_customer("Ada", "ADA@example.com", lang="fr_FR")
        self.assertEqual(cart.cart_tz, TOKYO)
        self.assertRecordValues(unfinished, [{"lang": "fr_FR", "tz": TOKYO}])

    def test_a_contact_whose_language_or_clock_is_corrected_is_followed(self):
        user = self._make_portal_user(tz=TOKYO)
        unfinished = self._find(self._make_cart(user.partner_id))
        user.partner_id.write({"lang": "fr_FR", "tz": PARIS})
        self.assertRecordValues(unfinished, [{"lang": "fr_FR", "tz": PARIS}])

    def test_what_was_planned_by_the_clock_of_the_first_is_due_by_that_of_the_second(self):
        self.campaign.step_ids.write({"timing": "time", "days_later": 1, "at_hour": 8})
        cart, unfinished = self._find_with_clock(self.ada)
        message = unfinished.message_ids
        self.assertEqual(message.due_at, datetime(2026, 3, 2, 23, 0))
        cart.partner_id = self.ben
        self.assertEqual(message.due_at, datetime(2026, 3, 3, 7, 0))

    def test_a_message_that_is_due_too_early_for_the_present_buyer_waits_for_their_time(self):
        self.campaign.step_ids.write({"timing": "time", "days_later": 1, "at_hour": 8})
        cart, unfinished = self._find_with_clock(self.ada)
        message = unfinished.message_ids
        self.env.flush_all()
        self.env.cr.execute(  # nobody has heard of it
            "UPDATE sale_order SET partner_id = %s, cart_tz = NULL WHERE id = %s",
            [self.ben.id, cart.id],
        )
        self.env.invalidate_all()
        with freeze_time("2026-03-02 23:30:00"):
            self._run_cron("send")
        self.assertEqual((message.state, message.due_at), ("waiting", datetime(2026, 3, 3, 7, 0)))
        with freeze_time("2026-03-03 07:00:00"):
            self._run_cron("send")
        self.assertEqual((message.state, message.address), ("sending", "ben@example.com"))

    def test_a_mail_in_the_queue_is_made_anew_in_the_language_that_was_corrected(self):
        cart = self._make_cart(self.ada)
        message = self._remind(cart)
        self.assertEqual((message.state, message.lang), ("sending", "en_US"))
        day = message.local_day
        self.ada.lang = "fr_FR"
        refs = [message.provider_ref]
        self.assertEqual(message._drop_unwanted(refs), set(refs))
        self.assertEqual((message.state, message.lang), ("waiting", "fr_FR"))
        self._queued_mails(message).unlink()
        self._run_cron("send")
        self.assertEqual((message.state, message.local_day), ("sending", day))

    def test_what_a_batch_is_told_of_its_buyers_costs_one_query(self):
        _cart, unfinished = self._find_with_clock(self.ada)
        unfinished.mapped("customer_key")  # read with everything else, before
        self.assertEqual(queries_of(self.env, unfinished._follow_buyers, fresh=False), 1)
