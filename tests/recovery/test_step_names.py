"""What a message is called: in words that people use, and as it was when it was sent."""

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

from ..common_engine import EngineCase


@tagged("post_install", "-at_install")
class TestStepNames(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steps = cls._start_reminders().step_ids

    def remind(self, email, hours_ago=2):
        """Return the messages about the cart of a new buyer: one that was sent, one that waits."""
        cart = self._make_cart(self._make_customer(email, email), hours_ago=hours_ago)
        messages = self._remind(cart)
        sent = messages.filtered(lambda message: message.state == "sending")
        waiting = messages.filtered(lambda message: message.state == "waiting")
        self.assertEqual((sent.step_id, waiting.step_id), (self.steps[0], self.steps[1]))
        return sent, waiting

    def test_a_step_is_named_as_people_say_it(self):
        (self.steps - self.steps[2]).active = False  # it must come after them
        for hours, name in (
            (1 / 60, "After 1 min"),
            (0.5, "After 30 min"),
            (0.0, "After 0 min"),
            (2.5, "After 2 h 30 min"),
            (24.0, "After 24 h"),
            (72.0, "After 3 days"),
        ):
            self.steps[2].delay_hours = hours
            with self.subTest(hours=hours):
                self.assertEqual(self.steps[2].display_name, f"{name}: E-mail")

    def test_a_changed_step_does_not_rename_what_was_sent(self):
        first, _waiting = self.remind("first@example.com")
        self.steps[0].delay_hours = 0.5
        second, _waiting = self.remind("second@example.com")
        self.steps[0].write({"timing": "time", "at_hour": 0.0, "days_later": 0})
        self.env.invalidate_all()
        self.assertEqual(self.steps[0].display_name, "00:00 the same day: E-mail")
        self.assertEqual(first.occasion, "After 1 h: E-mail")
        self.assertEqual(second.occasion, "After 30 min: E-mail")

    def test_a_message_that_waits_follows_its_step_by_name_and_time(self):
        _sent, waiting = self.remind("ada@example.com")
        due_at = waiting.due_at
        self.steps[1].delay_hours = 30.0
        self.assertEqual(waiting.occasion, "After 30 h: E-mail")
        self.assertEqual((waiting.due_at - due_at).total_seconds(), 6 * 3600)

    def test_what_names_no_step_makes_no_new_name(self):
        self.steps[0].write({"delay_hours": 1.0, "sequence": -1, "cutoff_hour": 20.0})
        self.assertFalse(self.steps[0].earlier_times)

    def test_a_copied_campaign_has_no_past(self):
        self.steps[0].delay_hours = 0.5
        self.assertFalse(self.steps[0].campaign_id.copy().step_ids[0].earlier_times)

    def test_the_language_is_told_by_its_name(self):
        sent, _waiting = self.remind("ada@example.com")
        self.assertEqual(sent.lang_name, self.env.ref("base.lang_en").name)
        sent.lang = "fr_FR"  # not installed, but known
        self.assertEqual(sent.lang_name, self.env.ref("base.lang_fr").name)

    def test_the_messages_open_on_what_was_and_will_be_sent_newest_first(self):
        sent, waiting = self.remind("ada@example.com")
        skipped, _coming = self.remind("eve@example.com")
        skipped._move_to("skipped", reason="bought")
        failed = skipped.copy({"step_id": False, "state": "failed", "reason": False})
        action = self.env.ref("website_sale_order_handling.action_recovery_message")
        self.assertEqual(safe_eval(action.context), {"search_default_sent_or_coming": 1})
        search = self.env["recovery.message"].get_view(view_type="search")["arch"]
        (domain,) = self.domains(search, "sent_or_coming")
        shown = self.env["recovery.message"].search(domain)
        self.assertFalse((skipped | failed) & shown)
        self.assertEqual((waiting | sent) & shown, waiting | sent)
        self.assertEqual(shown.mapped("due_at"), sorted(shown.mapped("due_at"), reverse=True))

    def domains(self, arch, name):
        return [
            safe_eval(node.get("domain"))
            for node in etree.fromstring(arch).iter("filter")
            if node.get("name") == name
        ]
