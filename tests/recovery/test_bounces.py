"""Addresses that mails come back from."""

import hashlib
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..common_engine import EngineCase

NOW = "2026-03-02 12:00:00"
REPORT = """\
From: Mail Delivery Subsystem <mailer-daemon@mx.example.com>
To: bounce@shop.example
Subject: Undelivered Mail
Message-ID: <report-{number}@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}

--b
Content-Type: message/rfc822

From: shop@shop.example
To: {address}
Subject: Your cart
Message-ID: {ref}

Words.
--b--
"""


class BounceCase(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.steps = cls.campaign.step_ids
        cls.reports = 0

    def send(self, cart):
        """Remind of a cart; return the message that has left."""
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        self.assertEqual(len(message), 1)
        message._move_to("sent", sent_at=fields.Datetime.now())
        return message

    def report(self, ref, address="ada@example.com", action="failed", status="5.1.1"):
        """Let the report of a mail server come in, as the mail gateway takes it."""
        type(self).reports += 1
        text = REPORT.format(
            ref=ref, address=address, action=action, status=status, number=self.reports
        )
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process("res.partner", text)
        self.env.invalidate_all()

    def mail_from(self, address):
        text = f"From: {address}\nTo: shop@shop.example\nMessage-ID: <m@x.example>\n\nHello"
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process("res.partner", text)
        self.env.invalidate_all()

    def outcome(self, cart, moment=None):
        """Find and send at a moment; return state and reason of the cart's newest message."""
        with freeze_time(moment or fields.Datetime.now()):
            messages = self._remind(cart).filtered(lambda m: m.state != "waiting")
        newest = max(messages, key=lambda message: message.id)
        return newest.state, newest.reason


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBouncingAddresses(BounceCase):
    def test_after_a_bounce_no_further_step_leaves_and_each_says_why(self):
        cart = self._make_cart()
        message = self.send(cart)
        self.report(message.provider_ref)
        self.assertEqual(message.state, "bounced")
        for moment in ("2026-03-03 10:30:00", "2026-03-05 10:30:00"):
            self.assertEqual(self.outcome(cart, moment), ("skipped", "bounced"))
        skipped = message.unfinished_id.message_ids.filtered(lambda m: m.state == "skipped")
        self.assertEqual(skipped.step_id, self.steps[1:])
        self.assertEqual(skipped[0]._reason_label(), "A message to this address came back")

    def test_a_later_cart_of_the_same_address_is_left_alone_also_by_others(self):
        self.report(self.send(self._make_cart()).provider_ref)
        guest = self._make_customer("Somebody Else", "ADA@example.com")
        with freeze_time("2026-03-04 12:00:00"):
            self.assertEqual(self.outcome(self._make_cart(guest)), ("skipped", "bounced"))

    def test_bounces_of_other_people_do_not_matter(self):
        for number in range(5):
            buyer = self._make_customer(f"B{number}", f"b{number}@example.com")
            sent = self.send(self._make_cart(buyer))
            self.report(sent.provider_ref, f"b{number}@example.com")
        self.assertEqual(self.outcome(self._make_cart()), ("sending", False))

    def test_what_waits_in_the_mail_queue_does_not_leave(self):
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        first = self.send(self._make_cart())
        first.unfinished_id.message_ids._withdraw("stopped")
        with freeze_time("2026-03-03 12:00:00"):
            queued = self._remind(self._make_cart(website=other))
            queued = queued.filtered(lambda m: m.state == "sending")
            self.report(first.provider_ref)
            dropped = self.env["recovery.message"]._drop_unwanted(queued.mapped("provider_ref"))
            self.assertEqual(dropped, set(queued.mapped("provider_ref")))
            self.assertEqual(queued.reason, "bounced")

    def test_another_address_is_written_to_again(self):
        ada = self._make_customer()
        cart = self._make_cart(ada)
        self.report(self.send(cart).provider_ref)
        ada.email = "ada@new.example"
        with freeze_time("2026-03-04 12:00:00"):
            self.assertEqual(self.outcome(self._make_cart(ada)), ("sending", False))
            typed = self._make_anonymous_cart(cart_email="typed@example.com")
            self.assertEqual(self.outcome(typed), ("sending", False))

    def test_an_address_that_a_mail_comes_from_is_in_use(self):
        message = self.send(self._make_cart())
        self.report(message.provider_ref)
        self.mail_from("Ada <ADA@example.com>")
        self.assertFalse(message.address_bounces)
        self.assertEqual(message.state, "bounced", "states never move backwards")
        with freeze_time("2026-03-04 12:00:00"):
            self.assertEqual(self.outcome(self._make_cart()), ("sending", False))

    def test_a_full_mailbox_is_no_address_of_no_use(self):
        message = self.send(self._make_cart())
        self.report(message.provider_ref, status="4.2.2")
        self.assertEqual((message.state, message.address_bounces), ("bounced", False))
        with freeze_time("2026-03-04 12:00:00"):
            self.assertEqual(self.outcome(self._make_cart()), ("sending", False))

    def test_a_delayed_mail_has_not_come_back(self):
        message = self.send(self._make_cart())
        self.report(message.provider_ref, action="delayed", status="4.4.1")
        self.assertEqual((message.state, message.address_bounces), ("sent", False))

    def test_what_the_buyer_has_clicked_has_arrived(self):
        cart = self._make_cart()
        message = self.send(cart)
        self.env["recovery.message"]._on_link_followed(message.id, cart)
        self.report(message.provider_ref)
        self.assertEqual((message.state, message.address_bounces), ("clicked", False))

    def test_reports_that_come_twice_too_late_or_about_nothing_break_nothing(self):
        message = self.send(self._make_cart())
        ref = message.provider_ref
        for _time in range(2):
            self.report(ref)
        self.assertEqual(len(message.event_ids), 1)
        message._erase()
        self.report(ref)
        self.assertFalse(message.address)
        message.unlink()
        self.report(ref)
        self.report(ref.replace("<", "<x"))

    def test_one_definition_answers_as_sql_and_as_predicate(self):
        message = self.send(self._make_cart())
        messages = self.env["recovery.message"]
        candidates = {"ada@example.com", "other@example.com", "", False}

        def answers():
            facts = self.env["recovery.facts"]
            base = message._candidate()
            found = {}
            for address in candidates:
                candidate = base._replace(address=address or "")
                (fact,) = facts._about([candidate], fields.Datetime.now()).values()
                found[address] = fact.address_bounces
            return found

        for bounces in (False, True):
            message.address_bounces = bounces
            self.assertEqual(answers(), {a: messages._address_bounces(a) for a in candidates})
            self.assertEqual(messages._address_bounces("ada@example.com"), bounces)
        self.env["recovery.bounce"]._keep_digests(message)
        message.address_bounces = False
        self.assertEqual(answers(), {a: messages._address_bounces(a) for a in candidates})
        self.assertTrue(messages._address_bounces("ada@example.com"))

    # === When the message is gone ===#

    def come_back(self):
        """Return a message that has come back."""
        message = self.send(self._make_cart())
        self.report(message.provider_ref)
        return message

    def outcome_of_a_later_cart(self):
        with freeze_time("2026-03-04 12:00:00"):
            return self.outcome(self._make_cart(self._make_customer("Later")))

    def test_a_bounce_is_remembered_when_somebody_deletes_its_message(self):
        message = self.come_back()
        message.unfinished_id.unlink()
        self.assertFalse(message.exists())
        self.assertEqual(self.outcome_of_a_later_cart(), ("skipped", "bounced"))

    def test_a_bounce_is_remembered_when_its_buyer_is_forgotten(self):
        message = self.come_back()
        message.unfinished_id._forget_buyers()
        self.assertFalse(message.address)
        self.assertEqual(self.outcome_of_a_later_cart(), ("skipped", "bounced"))

    def test_what_is_remembered_tells_nobody_the_address_and_is_there_once(self):
        known = self.env["recovery.bounce"].search([])
        self.come_back().unfinished_id._forget_buyers()
        kept = self.env["recovery.bounce"].search([]) - known
        self.assertRegex(kept.digest, r"^[0-9a-f]{64}$")
        plain = hashlib.sha256(b"ada@example.com").hexdigest()
        self.assertNotEqual(kept.digest, plain, "nobody can try out addresses")
        message = self.send(self._make_cart(self._make_customer("Ben", "ben@example.com")))
        message.write({"address": "ada@example.com", "address_bounces": True})
        message.unfinished_id.unlink()
        self.assertEqual(self.env["recovery.bounce"].search([]) - known, kept)

    def test_a_deleted_message_that_had_arrived_says_nothing_about_its_address(self):
        self.send(self._make_cart()).unfinished_id.unlink()
        self.assertEqual(self.outcome_of_a_later_cart(), ("sending", False))

    def test_a_mail_from_the_address_ends_what_is_remembered(self):
        self.come_back().unfinished_id.unlink()
        self.mail_from("Ada <ADA@example.com>")
        self.assertEqual(self.outcome_of_a_later_cart(), ("sending", False))

    def test_who_is_erased_is_not_remembered(self):
        known = self.env["recovery.bounce"].search([])
        self.come_back().unfinished_id.unlink()
        self.assertNotEqual(self.env["recovery.bounce"].search([]), known)
        with freeze_time("2026-03-04 12:00:00"):
            self._find(self._make_cart())._erase_person()
        self.assertEqual(self.env["recovery.bounce"].search([]), known)

    # === By hand, and in Health ===#

    def test_a_colleague_is_told_why_and_what_to_do(self):
        self.report(self.send(self._make_cart()).provider_ref)
        with freeze_time("2026-03-04 12:00:00"):
            unfinished = self._find(self._make_cart(self._make_customer("Again")))
            channel = self.steps[0].channel_id
            plan = unfinished._plan_by_hand(channel)[unfinished]
            self.assertEqual(plan.reason, "bounced")
            refusal = unfinished._refusal(plan)
            self.assertIn("a message to this address came back", refusal)
            self.assertIn("another address", refusal)
            with self.assertRaisesRegex(UserError, "came back"):
                unfinished.action_send_by_hand()
            messages, _plans = unfinished._send_by_hand(channel, self.steps[0].mail_template_id)
            self.assertFalse(messages)

    def test_health_counts_them_and_shows_exactly_those(self):
        message = self.send(self._make_cart())
        other = self.send(self._make_cart(self._make_customer("B", "b@example.com")))
        health = self.env["recovery.health"]
        self.report(message.provider_ref)
        found = health.browse(health.action_open()["res_id"])
        self.assertEqual(found.bounced_count, 1)
        action = found.action_show_bounced()
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(rows, message)
        self.assertNotIn(other, rows)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recovery_message SET write_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=31), message.id],
        )
        self.assertFalse(health.browse(health.action_open()["res_id"]).bounced_count)
