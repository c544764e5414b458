"""A driver owns its queue: nothing that sends, takes back or forgets knows which one it is."""

import re
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import SQL

from ...drivers.base import BAD_ADDRESS, LATER, TOO_LARGE, Receipt
from ..common_engine import EngineCase

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_QUEUES = ("hooks.py", "models/recovery", "models/retention", "models/words", "wizards")


def remind_one(case):
    """Remind a buyer of their own, and return the message that was handed over."""
    number = case.env["sale.order"].search_count([])
    cart = case._make_cart(case._make_customer(email=f"buyer{number}@example.com"))
    return case._remind(cart).filtered("provider_ref")


class Queue:
    """A queue of our own, with the verbs of a driver; `drivers/email` is another."""

    def __init__(self):
        self.waiting = {}  # the text of each reference
        self.leaving, self.woken = set(), 0

    def send(self, _account, envelopes):
        self.waiting |= {f"own-{envelope.key}": envelope.html for envelope in envelopes}
        return [Receipt(each.key, "queued", ref=f"own-{each.key}") for each in envelopes]

    def wake(self):
        self.woken += 1

    def take_back(self, refs):
        taken = {ref for ref in refs if self.waiting.pop(ref, None)}
        return taken, self.leaving & set(refs)

    def forget(self, refs):
        for ref in refs:
            self.waiting.pop(ref, None)

    def queued_texts(self):
        columns = list(self.waiting), list(self.waiting.values())
        return SQL("SELECT * FROM unnest(%s::text[], %s::text[]) AS own(ref, text)", *columns)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestDriverQueue(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.channel = cls.env.ref("website_sale_order_handling.channel_dry_run")
        cls.campaign.step_ids.channel_id = cls.channel

    @contextmanager
    def own_queue(self):
        """Let the dry run's driver have a queue; no mail may be made meanwhile."""
        driver, queue = type(self.env["recovery.driver.dry_run"]), Queue()
        mails = self.env["mail.mail"].search_count([])
        with (
            patch.object(driver, "_send", queue.send),
            patch.object(driver, "_wake", queue.wake),
            patch.object(driver, "_take_back", queue.take_back),
            patch.object(driver, "_forget", queue.forget),
            patch.object(driver, "_queued_texts", queue.queued_texts),
        ):
            yield queue
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def _remind_one(self):
        return remind_one(self)

    def test_ways_to_send_are_named_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("vi_VN")
        channels = self.env["recovery.channel"]
        self.assertEqual(dict(channels._selection_driver())["recovery.driver.dry_run"], "Dry run")
        named = dict(channels.with_context(lang="vi_VN")._selection_driver())
        self.assertEqual(named["recovery.driver.dry_run"], "Chạy thử")

    def test_a_message_waits_in_the_queue_of_its_driver_and_wakes_it(self):
        with self.own_queue() as queue:
            message = self._remind_one()
            self.assertEqual(message.state, "sending")
            self.assertEqual(list(queue.waiting), [message.provider_ref])
            self.assertEqual(queue.woken, 1)

    def test_a_text_is_read_in_the_queue_and_kept_when_it_has_left(self):
        with self.own_queue() as queue:
            message = self._remind_one()
            self.assertFalse(message.body)
            self.assertEqual(message.text, queue.waiting[message.provider_ref])
            message._on_mail_result(message._refs(), None, None)
            queue.waiting.clear()
            self.env.invalidate_all()
            self.assertEqual(message.state, "sent")
            self.assertIn("Return to my cart", message.text)

    def test_an_order_takes_back_what_waits_and_leaves_what_is_leaving(self):
        with self.own_queue() as queue:
            waiting, leaving = self._remind_one(), self._remind_one()
            queue.leaving = {leaving.provider_ref}
            del queue.waiting[leaving.provider_ref]
            (waiting | leaving)._withdraw("bought")
            self.assertFalse(queue.waiting)
            self.assertRecordValues(waiting, [{"state": "skipped", "reason": "bought"}])
            self.assertEqual(leaving.state, "sending")

    def test_erasing_a_person_clears_the_queue(self):
        with self.own_queue() as queue:
            message = self._remind_one()
            message._erase()
            self.assertFalse(queue.waiting)
            self.assertFalse(message.text)

    def test_deleting_an_old_cart_clears_the_queue(self):
        with self.own_queue() as queue:
            message = self._remind_one()
            message.unfinished_id._erase_lost()
            self.assertFalse(queue.waiting)

    def test_what_is_tried_again_is_not_left_in_the_queue_as_well(self):
        manager = new_test_user(self.env, "boss", groups="sales_team.group_sale_manager")
        with self.own_queue() as queue:
            message, leaving = self._remind_one(), self._remind_one()
            (message | leaving)._move_to("failed", reason="error")
            queue.leaving = {leaving.provider_ref}
            del queue.waiting[leaving.provider_ref]
            again = (message | leaving).with_user(manager)._retry("failed")
            self.assertEqual(again, message)
            self.assertFalse(queue.waiting)

    def test_what_a_queue_reports_decides_what_becomes_of_a_message(self):
        outcomes = {BAD_ADDRESS: "failed", TOO_LARGE: "failed", LATER: "waiting", None: "sent"}
        with self.own_queue():
            for failure, state in outcomes.items():
                message = self._remind_one()
                message._on_mail_result(message._refs(), failure, "its words")
                self.assertEqual(message.state, state, failure)

    def test_what_waits_is_taken_back_though_its_channel_has_another_driver_now(self):
        self.channel.driver = "recovery.driver.email"
        message = self._remind_one()
        mail = self._queued_mails(message)
        self.channel.driver = "recovery.driver.dry_run"
        self.assertTrue(message.text)
        message._withdraw("bought")
        self.assertEqual(message.state, "skipped")
        self.assertFalse(mail.exists())

    def test_a_driver_without_a_queue_needs_no_verb_but_to_send(self):
        manager = new_test_user(self.env, "boss", groups="sales_team.group_sale_manager")
        message, failed = self._remind_one(), self._remind_one()
        mails = self.env["mail.mail"].search_count([])
        self.assertTrue(message.text)
        self.assertFalse(message._withdraw("bought"), "it has left")
        failed._move_to("failed", reason="error")
        failed.sent_at = False
        self.assertEqual(failed.with_user(manager)._retry("failed"), failed)
        message._erase()
        self.assertFalse(message.text)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_health_leads_an_administrator_to_the_queue_that_is_stuck(self):
        with self.own_queue():
            self._remind_one()
        self.env.flush_all()
        self.env.cr.execute("UPDATE recovery_message SET write_date = '2026-02-01'")
        self.env.invalidate_all()
        domain = [("id", ">", 0)]
        driver = type(self.env["recovery.driver.dry_run"])
        for queue, shown in ((("res.partner", domain), "res.partner"), (None, None)):
            with patch.object(driver, "_queue", queue):
                lines = self.env["recovery.health.line"]
                warnings = lines._prepare_delay_warnings(self.env["recovery.health"].create({}))
            [stuck] = [w for w in warnings if "stuck" in w["name"]]
            self.assertEqual((stuck["target"] or {}).get("res_model"), shown)

    def test_nothing_but_the_driver_and_the_transport_names_a_queue(self):
        for name in WITHOUT_QUEUES:
            path = ROOT / name
            sources = [path] if path.is_file() else sorted(path.rglob("*.py"))
            self.assertTrue(sources, name)
            for source in sources:
                found = re.search(r"mail\.mail\b|\bmail_mail\b|smtp", source.read_text())
                self.assertIsNone(found, f"{source} names {found and found.group()}")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestMailQueue(EngineCase, TransactionCase):
    """The same verbs of the driver for e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders()
        cls.driver = cls.env["recovery.driver.email"]

    def _queue_one(self):
        message = remind_one(self)
        return message, self._queued_mails(message)

    def test_what_is_taken_back_is_told_from_what_has_left(self):
        (waiting, mail), (sent, left) = self._queue_one(), self._queue_one()
        left.state, head = "sent", mail.mail_message_id
        refs = [waiting.provider_ref, sent.provider_ref, "<unknown@example.com>"]
        taken = self.driver._take_back(refs)
        self.assertEqual(taken, ({waiting.provider_ref}, {sent.provider_ref}))
        self.assertFalse(mail.exists() or head.exists())
        self.assertTrue(left.exists())
        self.assertEqual(waiting.state, "sending", "the caller that takes it back knows why")

    def test_a_mail_is_taken_back_with_its_attachments(self):
        message, mail = self._queue_one()
        attachment = self.env["ir.attachment"].create(
            {"name": "a", "res_model": "mail.message", "res_id": mail.mail_message_id.id}
        )
        mail.attachment_ids = attachment
        self.driver._take_back([message.provider_ref])
        self.assertFalse(attachment.exists())

    def test_everything_of_a_reference_is_forgotten(self):
        for state in ("outgoing", "exception", "cancel", "sent"):
            message, mail = self._queue_one()
            mail.state = state
            self.driver._forget([message.provider_ref])
            self.assertFalse(mail.exists(), state)

    def test_references_of_other_drivers_cost_no_query(self):
        with self.assertQueryCount(0):
            self.assertEqual(self.driver._take_back(["dry-1", "other-2"]), (set(), set()))
            self.driver._forget(["dry-1"])

    def test_a_waking_lets_the_queue_run_now(self):
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.driver._wake()
        made = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers
        self.assertEqual(made.call_at, fields.Datetime.now())
