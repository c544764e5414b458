"""The fault catalogue, part one: mail servers, memory, reports and guesses."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ...models.recovery import message_batch
from ...models.recovery.channel_alarm import ACTIVITY
from ...models.unfinished import unfinished_order_scan
from ...tools.retries import FIRST_RETRY
from ..common import queries_of
from ..common_engine import EngineCase, free_port, mail_server_on, smtp_server

MAIL_LOGS = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
QUEUE = "mail.ir_cron_mail_scheduler_action"


class FaultCase(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.step = cls.campaign.step_ids[0]
        cls.env["mail.mail"].search([("state", "in", ("outgoing", "exception"))]).unlink()
        cls.channel = cls.env.ref("website_sale_order_handling.channel_email")

    def remind_many(self, count):
        carts = [
            self._make_cart(self._make_customer(f"C{n}", f"c{n}@example.com")) for n in range(count)
        ]
        return self._remind(*carts).filtered(lambda message: message.step_id == self.step)

    def deliver(self):
        self.env["mail.mail"].process_email_queue()
        self.env.flush_all()

    def deliver_all(self):
        """Let the queue run as often as something has woken it."""
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.env.ref(QUEUE).id)])
        while triggers:
            triggers.unlink()
            self.deliver()
            triggers = triggers.search([("cron_id", "=", self.env.ref(QUEUE).id)])

    def alarms(self, **kwargs):
        return self.channel.activity_search([ACTIVITY], **kwargs)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestMailServer(FaultCase):
    def send_until_refused(self, times, messages):
        """Let a mail server that is down refuse `messages` so many times."""
        with mute_logger(*MAIL_LOGS), mail_server_on(self.env, free_port()):
            self.deliver()
            for _time in range(times - 1):
                with freeze_time(max(messages.mapped("due_at"))):
                    self._run_cron("send")
                    self.deliver()

    def test_fault_1_nothing_is_lost_when_the_mail_server_is_down(self):
        messages = self.remind_many(60)
        self.send_until_refused(1, messages)
        self.assertEqual(messages.mapped("state"), ["waiting"] * 60)
        self.assertEqual(set(messages.mapped("reason")), {"server"})
        self.assertIn("refused", messages[0].detail)
        self.assertFalse(self._queued_mails(messages), "none is left behind in Odoo's queue")
        self.assertFalse(self.env["mail.mail"].search([("state", "=", "exception")]))
        first = messages[0].due_at
        self.send_until_refused(2, messages)
        self.assertGreater(messages[0].due_at - first, FIRST_RETRY)
        with freeze_time(messages[0].due_at), smtp_server(self.env) as inbox:
            self._run_cron("send")
            self.deliver()
        self.assertEqual(sorted(inbox.recipients), sorted(messages.mapped("address")))
        self.assertEqual(messages.mapped("state"), ["sent"] * 60)

    def test_fault_1_as_many_queries_for_many_refused_mails_as_for_few(self):
        def refuse(mails):
            mails.write({"state": "exception", "failure_reason": "[Errno 111] refused"})
            mails._postprocess_sent_message([], [], failure_type="mail_smtp")

        def refusal_costs(count):
            messages = self.remind_many(count)
            mails = self._queued_mails(messages)
            return queries_of(self.env, lambda: refuse(mails))

        refusal_costs(2)
        few = refusal_costs(5)
        self.assertLessEqual(refusal_costs(50), few + 5)

    def test_fault_1_the_administrator_gets_one_activity_and_it_goes_by_itself(self):
        messages = self.remind_many(50)
        self.send_until_refused(1, messages)
        with freeze_time("2026-03-02 12:02:00"):
            self._run_cron("send")
        self.assertFalse(self.alarms(), "once is a hiccup")
        with freeze_time("2026-03-02 12:06:00"):
            self._run_cron("send")
            with mute_logger(*MAIL_LOGS), mail_server_on(self.env, free_port()):
                self.deliver()
        for minute in (8, 9, 10):
            with freeze_time(f"2026-03-02 12:{minute:02}:00"):
                self._run_cron("send")
        alarm = self.alarms()
        self.assertEqual(len(alarm), 1)
        self.assertEqual(alarm.user_id, self.env.ref("base.user_admin"))
        for words in ("refused twice or more: 50.", "refused", "Outgoing Mail Servers"):
            self.assertIn(words, alarm.note)
        with freeze_time("2026-03-02 12:30:00"):
            self._run_cron("send")
            self.assertEqual(self.alarms(), alarm, "nothing has left so far")
            with smtp_server(self.env):
                self.deliver()
        with freeze_time("2026-03-02 12:35:00"):
            self._run_cron("send")
        self.assertFalse(self.alarms())

    def test_fault_1_an_activity_marked_as_done_does_not_come_back_for_the_same_trouble(self):
        messages = self.remind_many(2)
        self.send_until_refused(2, messages)
        with freeze_time("2026-03-02 12:08:00"):
            self._run_cron("send")
            self.alarms().action_feedback(feedback="I am at it.")
            self._run_cron("send")
        self.assertFalse(self.alarms())

    def test_fault_1_one_address_that_is_refused_raises_no_alarm(self):
        messages = self.remind_many(3)
        bad, good = messages[0], messages[1:]
        good._move_to("sent", sent_at=fields.Datetime.now())
        bad.tries = 1
        bad._retry_later("450 mailbox busy")
        self.assertEqual(bad.tries, 2)
        self._run_cron("send")
        self.assertFalse(self.alarms())

    def test_fault_1_a_person_who_set_the_channel_up_is_told_in_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        owner = new_test_user(self.env, "owner", groups="base.group_system", lang="fr_FR")
        channels = self.env["recovery.channel"].with_user(owner)
        channel = channels.create({"name": "Letters", "driver": "recovery.driver.email"})
        self.channel = channel.with_env(self.env)
        self.step.channel_id = self.channel
        messages = self.remind_many(1)
        self.send_until_refused(2, messages)
        with freeze_time("2026-03-02 12:08:00"):
            self._run_cron("send")
        self.assertEqual(self.alarms().user_id, owner)
        owner.group_ids = self.env.ref("base.group_user")
        self.assertEqual(self.channel.sudo()._administrator(), self.env.ref("base.user_admin"))

    def test_fault_2_a_connection_that_breaks_off_after_mail_37_costs_nobody_a_mail(self):
        messages = self.remind_many(100)
        with smtp_server(self.env) as inbox, mute_logger(*MAIL_LOGS):
            inbox.breaks_off_after = 37
            self.deliver()
            self.assertEqual(len(inbox.messages), 37)
            self.assertEqual(messages.mapped("state").count("sent"), 37)
            broken = messages.filtered(lambda message: message.state == "waiting")
            self.assertEqual(len(broken), 1, "the one that the server was about to get")
            self.deliver_all()
            self.assertEqual(len(inbox.messages), 99, "the others need not wait")
            with freeze_time(broken.due_at):
                self._run_cron("send")
                self.deliver_all()
        self.assertEqual(messages.mapped("state"), ["sent"] * 100)
        self.assertEqual(sorted(inbox.recipients), sorted(messages.mapped("address")))
        ids = [mail["Message-Id"] for mail in inbox.messages]
        self.assertEqual(len(set(ids)), 100)

    def test_fault_10_a_mail_that_does_not_fit_into_memory_fails_alone(self):
        def explode_for_one(model, template, orders, *args):
            if any(order.partner_id.name == "C3" for order in orders):
                raise MemoryError
            return render(model, template, orders, *args)

        renderer = type(self.env["recovery.renderer"])
        render = renderer._render_bodies
        with patch.object(renderer, "_render_bodies", explode_for_one):
            messages = self.remind_many(8)
        states = messages.mapped("state")
        self.assertEqual((states.count("sending"), states.count("failed")), (7, 1))
        failed = messages.filtered(lambda message: message.state == "failed")
        self.assertRecordValues(failed, [{"address": "c3@example.com", "reason": "error"}])
        self.assertTrue(failed.detail)

    def test_fault_10_a_mail_that_breaks_the_memory_of_the_queue_fails_alone(self):
        messages = self.remind_many(4)
        mail_class = type(self.env["mail.mail"])
        prepare = mail_class._prepare_outgoing_list

        def explode_for_one(mail, *args, **kwargs):
            if "c1@" in mail.email_to:
                raise MemoryError
            return prepare(mail, *args, **kwargs)

        with (
            patch.object(mail_class, "_prepare_outgoing_list", explode_for_one),
            smtp_server(self.env) as inbox,
            mute_logger(*MAIL_LOGS),
        ):
            self.deliver_all()
        self.assertEqual(len(inbox.messages), 3)
        failed = messages.filtered(lambda message: message.state == "failed")
        self.assertEqual(failed.address, "c1@example.com")
        self.assertIn("too large", failed.detail)
        self.assertFalse(self._queued_mails(messages))

    def test_fault_10_an_attachment_too_large_for_the_mail_server_is_said_at_once(self):
        attachment = self.env["ir.attachment"].create({"name": "big.bin", "raw": b"x" * 300_000})
        template = self.step.mail_template_id.copy({"attachment_ids": attachment.ids})
        messages = self.remind_many(3)
        self.step.mail_template_id = template
        large = self._remind(self._make_cart(self._make_customer("L", "large@example.com")))
        large = large.filtered(lambda message: message.step_id == self.step)
        with smtp_server(self.env, size_limit=200_000) as inbox, mute_logger(*MAIL_LOGS):
            self.deliver_all()
        self.assertEqual(len(inbox.messages), 3)
        self.assertEqual(messages.mapped("state"), ["sent"] * 3)
        self.assertRecordValues(large, [{"state": "failed", "reason": "server", "tries": 0}])
        self.assertIn("smaller attachments", large.detail)

    def test_fault_5_a_run_whose_time_is_over_keeps_its_progress(self):
        carts = [self._make_cart(self._make_customer(f"T{n}", f"t{n}@e.eu")) for n in range(12)]
        messages = self._find(*carts).message_ids
        progress = IrCron._commit_progress

        def no_time_left(cron, *args, **kwargs):
            progress(cron, *args, **kwargs)
            return 0

        runs = []
        send_batch = type(messages)._send_due_batch
        with (
            patch.object(message_batch, "BATCH", 5),
            patch.object(IrCron, "_commit_progress", no_time_left),
            patch.object(
                type(messages),
                "_send_due_batch",
                lambda model, limit: runs.append(1) or send_batch(model, limit),
            ),
        ):
            self._run_cron("send")
        self.assertEqual(messages.mapped("state"), ["sending"] * 12)
        self.assertEqual(len(self._queued_mails(messages)), 12)
        self.assertGreaterEqual(len(runs), 3, "each run did one batch, the next went on")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestReports(FaultCase):
    def bounce(self, message):
        values = {
            "bounced_email": message.address,
            "bounced_partner": self.env["res.partner"],
            "bounced_msg_ids": [message.provider_ref],
            "bounced_message": self.env["mail.message"],
            "email_from": "mailer-daemon@example.com",
            "to": "shop@example.com",
            "message_id": "<1@example.com>",
            "body": "",
        }
        self.env["mail.thread"]._routing_handle_bounce(None, values)

    def test_fault_18_a_bounce_before_the_queue_has_reported_is_kept(self):
        message = self.remind_many(1)
        self.bounce(message)
        self.assertRecordValues(message, [{"state": "bounced", "sent_at": fields.Datetime.now()}])
        with smtp_server(self.env):
            self.deliver()
        self.assertEqual(message.state, "bounced", "a late report moves nothing backwards")

    def test_fault_18_a_refusal_after_a_bounce_sends_nothing_again(self):
        message = self.remind_many(1)
        self.bounce(message)
        self.env["recovery.message"]._on_mail_result([message.provider_ref], "mail_smtp", "451")
        self.assertRecordValues(message, [{"state": "bounced", "tries": 0}])
        with freeze_time("2026-03-02 12:30:00"):
            self._run_cron("send")
        self.assertEqual(message.state, "bounced")

    def test_fault_18_a_delivered_mail_costs_no_query_more_than_its_own_report(self):
        messages = self.remind_many(20)
        asked = []
        lock = type(messages)._lock_until_left
        with (
            smtp_server(self.env) as inbox,
            patch.object(
                type(messages), "_lock_until_left", lambda m, r: asked.append(r) or lock(m, r)
            ),
            patch.object(type(messages), "_on_mail_dropped", lambda *_args: self.fail("asked")),
        ):
            self.deliver()
        self.assertEqual(len(inbox.messages), 20)
        self.assertEqual(
            [len(refs) for refs in asked], [20], "locked together, just before they leave"
        )

    def test_more_reminders_than_one_run_of_the_queue_takes_do_not_wait_an_hour(self):
        self.env["ir.config_parameter"].set_param("mail.mail.queue.batch.size", 5)
        self.remind_many(12)
        with smtp_server(self.env) as inbox:
            self.deliver_all()
        self.assertEqual(len(inbox.messages), 12)

    def test_fault_17_what_may_have_left_is_not_sent_again(self):
        message = self.remind_many(1)
        message._move_to("uncertain")
        self.env["recovery.message"]._on_mail_result([message.provider_ref], "mail_smtp", "451")
        for hours in (1, 7, 30):
            with freeze_time(fields.Datetime.now() + timedelta(hours=hours)):
                self._run_cron("find")
                self._run_cron("send")
        self.assertRecordValues(message, [{"state": "uncertain", "tries": 0}])
        again = message.unfinished_id.message_ids.filtered(lambda m: m.step_id == self.step)
        self.assertEqual(again, message, "its step is used up")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestManyCarts(FaultCase):
    def test_fault_54_an_address_typed_into_many_carts_gets_one_mail_and_they_are_a_robots(self):
        carts = self.env["sale.order"]
        for hour in range(10):
            with freeze_time(f"2026-03-02 {12 + hour // 2}:{hour % 2 * 30:02}:00"):
                new = [self._make_anonymous_cart(cart_email="victim@example.com") for _ in range(5)]
                carts = carts.concat(carts, *new)
                self._remind(*new)
        with freeze_time("2026-03-02 20:00:00"):
            messages = self._remind(*carts)
        sent = messages.filtered(lambda m: m.state in ("sending", "sent"))
        self.assertLessEqual(len(sent), 1)
        unfinished = messages.unfinished_id
        self.assertEqual(len(unfinished), 50)
        self.assertEqual(set(unfinished.mapped("made_by")), {"robot"})
        with freeze_time("2026-03-04 12:00:00"):
            self._run_cron("send")
        self.assertEqual(
            len(messages.filtered(lambda m: m.state in ("sending", "sent"))), len(sent)
        )

    def test_fault_69_many_old_orders_are_closed_in_batches_that_can_be_interrupted(self):
        carts = [self._make_cart(self._make_customer(f"O{n}", f"o{n}@e.eu")) for n in range(25)]
        unfinished = self._find(*carts)
        self.env.cr.execute(
            "UPDATE unfinished_order SET activity_at = '2025-01-01' WHERE id IN %s",
            [tuple(unfinished.ids)],
        )
        self.env.invalidate_all()
        expired = []
        model = self.registry["unfinished.order.scan"]
        expire = model._expire_old

        def expire_and_break(orders, website, limit=10):
            if len(expired) == 2:
                raise ConnectionError("the worker was stopped")
            expired.append(expire(orders, website, 10))
            return expired[-1]

        with (
            patch.object(unfinished_order_scan, "BATCH", 10),
            patch.object(model, "_expire_old", expire_and_break),
            mute_logger("odoo.addons.base.models.ir_cron"),
            self.enter_registry_test_mode(),
        ):
            cron = self.env.ref("website_sale_order_handling.ir_cron_find")
            cron.method_direct_trigger()
        self.env.invalidate_all()
        states = unfinished.mapped("state")
        self.assertEqual((states.count("expired"), states.count("open")), (20, 5))
        self._run_cron("find")
        self.assertEqual(set(unfinished.mapped("state")), {"expired"})
