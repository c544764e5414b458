"""The Health screen: what waits, is late, has failed, and having it tried again."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..common import queries_of
from ..common_engine import EngineCase, free_port, mail_server_on, smtp_server

MAIL_LOGS = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
NUMBERS = ("waiting", "late", "sending", "failed", "uncertain")


class HealthCase(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.step = cls.campaign.step_ids[0]
        cls.crons = cls.env["recovery.health.line"]._crons()
        cls.crons.write({"nextcall": fields.Datetime.now(), "active": True})
        cls.env["recovery.message"].search([]).unlink()
        cls.env["mail.mail"].search([]).unlink()
        cls.manager = new_test_user(
            cls.env, "health_manager", groups="sales_team.group_sale_manager"
        )

    def setUp(self):
        super().setUp()
        self.customers = 0

    def make_messages(self, count, state="waiting", **vals):
        """Make messages that are due, and bring them into `state` as the engine does."""
        carts = self.env["sale.order"]
        for _cart in range(count):
            self.customers += 1
            name = f"h{self.customers}"
            carts |= self._make_cart(self._make_customer(name, f"{name}@example.com"))
        messages = self._find(*carts).message_ids
        messages.due_at = fields.Datetime.now()
        if state != "waiting":
            messages._move_to("sending")
            messages._move_to(state, **vals)
        return messages

    def look(self, user=None):
        action = self.env["recovery.health"].with_user(user or self.env.user).action_open()
        return self.env["recovery.health"].with_user(user or self.env.user).browse(action["res_id"])

    def rows(self, action):
        return self.env[action["res_model"]].search(action["domain"])

    def deliver(self):
        self.env["mail.mail"].process_email_queue()
        self.env.flush_all()

    def assertSent(self, messages):
        with smtp_server(self.env) as inbox:
            self._run_cron("send")
            self.deliver()
        self.assertEqual(sorted(inbox.recipients), sorted(messages.mapped("address")))
        self.assertEqual(set(messages.mapped("state")), {"sent"})


@tagged("post_install", "-at_install")
class TestHealth(HealthCase):
    def test_a_healthy_shop_says_that_all_is_well(self):
        self.make_messages(1)
        health = self.look()
        self.assertTrue(health.is_well)
        self.assertFalse(health.warning_ids + health.failure_ids)
        self.assertEqual((health.waiting_count, health.late_count), (1, 0))
        self.assertEqual(len(health.job_ids), len(self.crons))
        self.assertEqual(set(health.job_ids.mapped("status")), {"on"})

    def test_each_number_opens_exactly_the_rows_that_it_counts(self):
        self.make_messages(1)
        late = self.make_messages(2)
        late.due_at = fields.Datetime.now() - timedelta(minutes=16)
        self.make_messages(3, "sending")
        self.make_messages(4, "failed", reason="rendering")
        old = self.make_messages(1, "failed", reason="rendering")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recovery_message SET write_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=31), old.id],
        )
        self.make_messages(5, "uncertain")
        health = self.look()
        counts = [health[f"{number}_count"] for number in NUMBERS]
        self.assertEqual(counts, [3, 2, 3, 4, 5])
        for number, count in zip(NUMBERS, counts, strict=True):
            rows = self.rows(getattr(health, f"action_show_{number}")())
            self.assertEqual(len(rows), count, number)
            self.assertNotIn(old, rows)
        for line in health.failure_ids | health.warning_ids:
            self.assertEqual(len(self.rows(line.action_rows())), line.count, line.name)

    def test_it_says_why_messages_failed_in_words(self):
        self.make_messages(2, "failed", reason="rendering", detail="no such field")
        self.make_messages(1, "failed", reason="bad_address", detail="<>")
        self.make_messages(1, "uncertain")
        health = self.look()
        self.assertFalse(health.is_well)
        found = {line.name: (line.state, line.count, line.detail) for line in health.failure_ids}
        self.assertEqual(
            found,
            {
                "The template cannot be rendered": ("failed", 2, "no such field"),
                "The address is not accepted": ("failed", 1, "<>"),
                "The provider did not answer": ("uncertain", 1, False),
            },
        )

    def test_late_messages_are_a_warning_that_shows_them(self):
        self.make_messages(2).due_at = fields.Datetime.now() - timedelta(hours=1)
        warning = self.look().warning_ids
        self.assertEqual(warning.name, "Late messages: 2")
        self.assertEqual(len(self.rows(warning.action_rows())), 2)

    def test_messages_of_which_nothing_is_heard_are_a_warning(self):
        stuck = self.make_messages(2, "sending")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recovery_message SET write_date = %s WHERE id IN %s",
            [fields.Datetime.now() - timedelta(hours=4), tuple(stuck.ids)],
        )
        self.make_messages(1, "sending")
        warning = self.look().warning_ids
        self.assertIn("stuck on their way: 2", warning.name)
        self.assertEqual(self.rows(warning.action_rows()), stuck)
        self.assertEqual(warning.action_target()["res_model"], "mail.mail")

    def test_a_cron_that_is_switched_off_is_a_warning_that_leads_to_it(self):
        cron = self.env.ref("website_sale_order_handling.ir_cron_send")
        cron.active = False
        health = self.look()
        self.assertIn("switched off", health.warning_ids.name)
        target = health.warning_ids.action_target()
        self.assertEqual((target["res_model"], target["res_id"]), ("ir.cron", cron.id))
        self.assertIn("off", health.job_ids.mapped("status"))

    def test_odoos_mail_queue_is_watched_as_well(self):
        self.env.ref("mail.ir_cron_mail_scheduler_action").active = False
        self.assertIn("switched off", self.look().warning_ids.name)

    def test_a_cron_that_fails_is_a_warning(self):
        self.crons[0].write(
            {"failure_count": 3, "first_failure_date": fields.Datetime.now() - timedelta(days=1)}
        )
        warning = self.look().warning_ids
        self.assertIn("fails", warning.name)
        self.assertIn("3 times", warning.detail)

    def test_crons_that_nobody_runs_are_a_warning(self):
        self.crons.nextcall = fields.Datetime.now() - timedelta(hours=2)
        health = self.look()
        self.assertEqual(len(health.warning_ids), len(self.crons))
        self.assertIn("does not run", health.warning_ids[0].name)
        self.assertIn("max_cron_threads", health.warning_ids[0].detail)

    def test_a_cron_that_works_for_hours_without_a_break_does_run(self):
        self.crons.nextcall = fields.Datetime.now() - timedelta(hours=2)
        self.env["ir.cron.progress"].create([{"cron_id": cron.id} for cron in self.crons])
        self.assertFalse(self.look().warning_ids)

    def test_the_last_runs_of_a_job_are_counted_and_shown(self):
        self.make_messages(2)
        self._run_cron("send")
        job = self.look().job_ids.filtered(lambda line: "send due" in line.name)
        self.assertEqual(job.done, 2)
        self.assertGreaterEqual(job.runs, 1)
        runs = self.rows(job.action_rows())
        self.assertEqual((len(runs), sum(runs.mapped("done"))), (job.runs, job.done))

    def test_fault_1_a_mail_server_that_refuses_is_a_warning_with_its_words(self):
        messages = self.make_messages(3)
        self._run_cron("send")
        with mute_logger(*MAIL_LOGS), mail_server_on(self.env, free_port()):
            self.deliver()
        warning = self.look().warning_ids
        self.assertIn("refuses messages: 3", warning.name)
        self.assertIn("refused", warning.detail)
        self.assertEqual(self.rows(warning.action_rows()), messages)
        self.assertEqual(warning.action_target()["res_model"], "ir.mail_server")
        with freeze_time(messages[0].due_at):
            self.assertSent(messages)
        self.assertTrue(self.look().is_well, "it ends by itself")

    def test_as_many_queries_for_many_troubles_as_for_few(self):
        def looking_costs(count):
            self.make_messages(count, "failed", reason="rendering")
            self.make_messages(count, "uncertain")
            self.make_messages(count).write({"reason": "server", "due_at": "2026-01-01"})
            return queries_of(self.env, self.look)

        looking_costs(1)
        few = looking_costs(1)
        self.assertLessEqual(looking_costs(40), few + 1)

    def test_counting_what_failed_reads_a_small_index(self):
        self.make_messages(1, "failed")
        self.env.flush_all()
        health = self.look()
        query = self.env["recovery.message"]._search(health._failed_domain())
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        self.assertIn("recovery_message_not_at_rest", str(plan))


@tagged("post_install", "-at_install")
class TestRetry(HealthCase):
    def retry(self, messages, state="failed", user=None):
        messages = messages.with_user(user or self.manager).browse(messages.ids)
        return getattr(messages, f"action_retry_{state}")()

    def test_a_failed_message_is_sent_when_it_is_tried_again(self):
        messages = self.make_messages(2, "failed", reason="rendering", detail="x")
        answer = self.retry(messages)
        self.assertIn("2 of 2", answer["params"]["message"])
        self.assertEqual(messages.mapped("state"), ["waiting"] * 2)
        self.assertFalse(any(messages.mapped("reason")) or any(messages.mapped("detail")))
        self.assertSent(messages)

    def test_the_sender_is_called_at_once(self):
        cron = self.env.ref("website_sale_order_handling.ir_cron_send")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.retry(self.make_messages(1, "failed"))
        after = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertEqual(after, before + 1)

    def test_all_that_failed_for_one_reason_are_tried_again_together(self):
        wanted = self.make_messages(3, "failed", reason="rendering")
        others = self.make_messages(1, "failed", reason="bad_address")
        line = self.look(self.manager).failure_ids.filtered(lambda line: line.count == 3)
        answer = line.action_retry()
        self.assertEqual(answer["params"]["next"]["res_model"], "recovery.health")
        self.assertEqual(wanted.mapped("state"), ["waiting"] * 3)
        self.assertEqual(others.state, "failed")

    def test_who_has_bought_since_gets_nothing_all_the_same(self):
        message = self.make_messages(1, "failed", reason="rendering")
        self.retry(message)
        message.unfinished_id.order_id.action_confirm()
        self._run_cron("send")
        self.assertEqual((message.state, message.reason), ("skipped", "bought"))

    def test_a_retry_of_a_day_ago_is_not_too_late(self):
        message = self.make_messages(1, "failed", reason="rendering")
        message.due_at = fields.Datetime.now() - timedelta(hours=30)
        self.retry(message)
        self.assertSent(message)

    def test_an_uncertain_message_is_tried_again_only_when_that_is_meant(self):
        message = self.make_messages(1, "uncertain")
        with self.assertRaisesRegex(UserError, "None of these"):
            self.retry(message)
        self.retry(message, "uncertain")
        self.assertEqual(message.state, "waiting")

    def test_an_uncertain_message_keeps_the_customers_day(self):
        message = self.make_messages(1, "uncertain")
        message.local_day = fields.Date.today()
        self.retry(message, "uncertain")
        self.assertEqual(message.local_day, fields.Date.today())
        self.assertSent(message)

    def test_what_has_left_is_never_tried_again(self):
        left = self.make_messages(1, "sent", sent_at=fields.Datetime.now())
        left._move_to("failed", reason="error")
        clicked = self.make_messages(1, "clicked")
        for state in ("failed", "uncertain"):
            with self.assertRaises(UserError):
                self.retry(left | clicked, state)
        self.assertEqual((left | clicked).mapped("state"), ["failed", "clicked"])

    def test_a_message_whose_mail_has_left_is_never_tried_again(self):
        message = self.make_messages(1)
        self._run_cron("send")
        self._queued_mails(message).state = "sent"
        message._move_to("failed", reason="error")
        with self.assertRaises(UserError):
            self.retry(message)

    def test_the_mail_of_the_first_attempt_cannot_leave_beside_the_second(self):
        message = self.make_messages(1)
        self._run_cron("send")
        first = self._queued_mails(message)
        first.state = "exception"
        message._move_to("failed", reason="bad_address")
        self.retry(message)
        self.assertFalse(first.exists())
        self.assertSent(message)

    def test_pressing_twice_tries_once(self):
        message = self.make_messages(1, "failed")
        self.retry(message)
        with self.assertRaises(UserError):
            self.retry(message)

    def test_only_managers_may_try_again_and_see_the_screen(self):
        message = self.make_messages(1, "failed")
        seller = new_test_user(
            self.env, "health_seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaisesRegex(AccessError, "sales manager"):
            self.retry(message, user=seller)
        with self.assertRaises(AccessError):
            self.env["recovery.health"].with_user(seller).action_open()
        self.assertEqual(message.state, "failed")

    def test_a_manager_is_told_about_crons_without_a_way_to_them(self):
        self.crons.active = False
        health = self.look(self.manager)
        self.assertEqual(len(health.warning_ids), len(self.crons))
        self.assertFalse(any(health.warning_ids.mapped("target")))

    def test_another_companys_messages_are_neither_counted_nor_tried_again(self):
        message = self.make_messages(1, "failed", reason="rendering")
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "health_stranger",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        health = self.look(stranger)
        self.assertEqual((health.failed_count, len(health.failure_ids)), (0, 0))
        with self.assertRaises(AccessError):
            self.retry(message, user=stranger)
        with self.assertRaises(AccessError):
            self.look(self.manager).with_user(stranger).check_access("read")

    def test_as_many_queries_to_retry_many_as_to_retry_one(self):
        def retry_costs(count):
            messages = self.make_messages(count, "failed")
            return queries_of(self.env, lambda: self.retry(messages))

        retry_costs(1)
        few = retry_costs(1)
        self.assertLessEqual(retry_costs(40), few + 1)
