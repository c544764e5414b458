"""One cart through the whole sequence, to the address of who asks for it."""

import re
from html import unescape

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..common_engine import smtp_server
from .test_trial_mail import SELLER, TrialCase


@tagged("post_install", "-at_install")
class TestTestDrive(TrialCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls.step.campaign_id

    def kept(self):
        names = ("recovery.message", "recovery.event", "sale.order", "unfinished.order")
        return [self.env[name].search_count([]) for name in names]

    def drive(self, unfinished=None, user=None):
        """Press the buttons, and return what is said and what has arrived."""
        campaign = self.campaign.with_user(user or self.seller)
        action = campaign.action_test_drive()
        drive = self.env[action["res_model"]].with_user(user or self.seller)
        drive = drive.browse(action["res_id"])
        drive.unfinished_id = unfinished
        answer = drive.action_drive()["params"]
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        return answer, inbox

    def leave(self, product, hours_ago):
        name = f"zoe{hours_ago}"
        buyer = self._make_customer(name, f"{name}@example.com")
        cart = self._make_cart(buyer, [product], website=self.shop, hours_ago=hours_ago)
        return self._make_unfinished(cart)

    def test_the_whole_sequence_comes_to_me_at_once_and_counts_nowhere(self):
        self.leave(self.chair, 5)
        before = self.kept()
        answer, inbox = self.drive()
        self.assertEqual(answer["type"], "success")
        self.assertIn("seller@example.com: 3", answer["message"])
        self.assertEqual(inbox.recipients, ["seller@example.com"] * 3)
        subjects = [mail["Subject"] for mail in inbox.messages]
        self.assertEqual(
            [subject.split(":")[0] for subject in subjects],
            ["Test 1 of 3", "Test 2 of 3", "Test 3 of 3"],
        )
        for mail, step in zip(inbox.messages, self.campaign.step_ids, strict=True):
            text = mail.get_body(("html",)).get_content()
            self.assertIn("Chair", text)
            self.assertIn(f"test of the reminder “{step.display_name}”", text)
            self.assertFalse(mail["List-Unsubscribe"])
        self.assertEqual(self.kept(), before)
        self.assertEqual(self.campaign.step_ids.mapped("sent_count"), [0, 0, 0])

    def test_apart_from_the_mark_it_is_the_mail_that_buyers_get(self):
        left = self.leave(self.chair, 5)
        _answer, inbox = self.drive()
        self._start_reminders(self.shop)
        left._plan_next_reminders()
        self._run_cron("send")
        real = left.message_ids.filtered("text").text
        trial = inbox.messages[0].get_body(("html",)).get_content()

        def words(html):
            text = re.sub(r"<style.*?</style>|<[^>]+>", " ", str(html), flags=re.DOTALL)
            return " ".join(unescape(text).split())

        note = re.search(r"This is a test of the reminder.*?shop's own cart\. ", words(trial))
        self.assertEqual(words(trial).replace(note.group(), ""), words(real))

    def test_the_cart_can_be_chosen(self):
        chosen = self.leave(self.lamp, 30)
        self.leave(self.chair, 5)
        _answer, inbox = self.drive(chosen)
        for mail in inbox.messages:
            self.assertIn("Lamp", mail.get_body(("html",)).get_content())

    def test_a_shop_without_carts_drives_a_sample_that_is_gone_afterwards(self):
        before = self.kept()
        _answer, inbox = self.drive()
        self.assertEqual(len(inbox.messages), 3)
        self.assertEqual(self.kept(), before)

    def test_a_step_that_breaks_is_named_and_the_others_leave(self):
        self.campaign.step_ids[1].mail_template_id = False
        answer, inbox = self.drive()
        self.assertEqual(answer["type"], "warning")
        self.assertIn("After 24 h", answer["message"])
        self.assertIn("no e-mail template", answer["message"])
        self.assertEqual(len(inbox.messages), 2)

    def test_nothing_that_could_be_sent_is_said_in_words(self):
        self.campaign.step_ids.mail_template_id = False
        with self.assertRaisesRegex(UserError, "no e-mail template"):
            self.drive()
        self.campaign.step_ids.active = False
        with self.assertRaisesRegex(UserError, "No step is switched on"):
            self.drive()
        self.seller.email = False
        with self.assertRaisesRegex(UserError, "enter one in your preferences"):
            self.drive()

    def test_a_colleagues_cart_is_not_shown(self):
        colleague = new_test_user(self.env, "colleague", groups=SELLER)
        left = self.leave(self.chair, 5)
        left.user_id = colleague
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.drive(left)
