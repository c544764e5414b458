"""One message per customer and day, also when the one of today is not there any more."""

import hashlib

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged

from ..common import queries_of
from ..common_engine import EngineCase

NOW, TOMORROW = "2026-03-02 12:00:00", "2026-03-03 12:00:00"
PHONE = "+359888123456"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestDayTaken(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.campaign.step_ids[1:].unlink()
        cls.website.tz = "UTC"
        cls.ada = cls._make_customer(phone=PHONE)
        cls.manager = new_test_user(cls.env, "day_boss", groups="sales_team.group_sale_manager")
        cls.env["recovery.taken.day"].search([]).unlink()

    def _had_one(self, *buyers):
        """Let a message to each of these buyers have left today."""
        messages = self._remind(*map(self._make_cart, buyers))
        self.assertEqual(messages.mapped("state"), ["sending"] * len(buyers))
        messages._move_to("sent", sent_at=fields.Datetime.now())
        self._queued_mails(messages).unlink()
        return messages.unfinished_id

    def _outcome_of(self, buyer):
        message = self._remind(self._make_cart(buyer, hours_ago=1))
        return message.state, message.reason

    def test_a_customer_whose_unfinished_order_was_deleted_gets_no_second_one_today(self):
        self._had_one(self.ada).with_user(self.manager).unlink()
        later = self._make_cart(self.ada, hours_ago=1)
        message = self._remind(later)
        self.assertEqual((message.state, message.reason), ("waiting", "daily_limit"))
        with freeze_time(TOMORROW):
            message.due_at = fields.Datetime.now()
            message.planned_at = fields.Datetime.now()
            self._run_cron("send")
        self.assertEqual(message.state, "sending")

    def test_nor_does_the_same_person_who_gives_only_the_phone(self):
        self._had_one(self.ada).unlink()
        guest = self._make_customer("Guest", False, phone=PHONE)
        unfinished = self._find(self._make_cart(guest))
        facts = self.env["recovery.facts"]._about(
            [unfinished._candidate_by_hand(self.campaign.step_ids.channel_id, NOW)],
            fields.Datetime.now(),
        )
        self.assertTrue(facts[unfinished.id].reminded_today)

    def test_another_e_mail_with_the_same_phone_is_another_customer(self):
        self._had_one(self.ada).unlink()
        eve = self._make_customer("Eve", "eve@example.com", phone=PHONE)
        self.assertEqual(self._outcome_of(eve), ("sending", False))

    def test_a_colleague_is_told_so_before_sending_by_hand(self):
        self._had_one(self.ada).unlink()
        unfinished = self._find(self._make_cart(self.ada))
        plan = unfinished._plan_by_hand(self.campaign.step_ids.channel_id)[unfinished]
        self.assertEqual(plan.reason, "daily_limit")
        self.assertEqual(plan.text, "The customer has got a message today")

    def test_a_person_who_was_erased_and_comes_back_gets_no_second_one_today(self):
        self._had_one(self.ada).with_user(self.manager)._erase_person()
        again = self._make_customer("Ada again", "ada@example.com")
        self.assertEqual(self._outcome_of(again), ("waiting", "daily_limit"))

    def test_what_had_not_left_takes_nobodys_day(self):
        messages = self._remind(self._make_cart(self.ada))
        messages.unfinished_id.unlink()
        self.assertFalse(self.env["recovery.taken.day"].search([]))
        self.assertEqual(self._outcome_of(self.ada), ("sending", False))

    def test_what_is_kept_tells_nobody_who_it_was_and_goes_when_the_day_is_over(self):
        self._had_one(self.ada).unlink()
        kept = self.env["recovery.taken.day"].search([])
        self.assertEqual(len(kept), 2, "by e-mail and by phone")
        for row in kept:
            self.assertRegex(row.digest, r"^[0-9a-f]{64}$")
        plain = hashlib.sha256(b"e:ada@example.com").hexdigest()
        self.assertNotIn(plain, kept.mapped("digest"), "nobody can try out addresses")
        kept._gc_days()
        self.assertTrue(kept.exists())
        with freeze_time("2026-03-05 12:00:00"):
            kept._gc_days()
        self.assertFalse(kept.exists())

    def test_keeping_the_days_of_many_costs_one_statement(self):
        def cost(count):
            buyers = [self._make_customer(f"K{n}", f"k{count}-{n}@e.eu") for n in range(count)]
            messages = self._had_one(*buyers).message_ids
            return queries_of(self.env, lambda: self.env["recovery.taken.day"]._keep_days(messages))

        self.assertEqual((cost(2), cost(12)), (1, 1))
