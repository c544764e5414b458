"""What is in use: it is refused to go, in words, or goes with what follows from it."""

import re
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ..common_engine import EngineCase


class InUseCase(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.steps = cls.campaign.step_ids
        cls.channel = cls.steps[0].channel_id
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
        cls.manager = new_test_user(cls.env, "boss", groups="sales_team.group_sale_manager")

    def setUp(self):
        super().setUp()
        # Whatever is refused here is refused before the database does.
        silent = self.assertNoLogs("odoo.sql_db", "ERROR")
        self.enterContext(silent)

    def assertRefused(self, words, method, *args):
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            method(*args)
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestInUse(InUseCase):
    def test_a_template_that_a_step_sends_is_not_deleted_and_the_step_is_named(self):
        template = self.steps[1].mail_template_id.copy()
        self.steps[1].mail_template_id = template
        words = f"{re.escape(template.name)}.*After 24 h.*{self.campaign.name}.*Choose another"
        self.assertRefused(words, template.unlink)
        self.steps[1].active = False
        self.assertRefused(words, template.unlink)
        self.steps[1].mail_template_id = self.steps[0].mail_template_id
        template.unlink()
        self.assertFalse(template.exists())

    def test_a_template_with_which_a_message_by_hand_waits_is_not_deleted(self):
        template = self.steps[1].mail_template_id.copy()
        unfinished = self._make_unfinished(self._make_cart())
        messages, _plans = unfinished._send_by_hand(self.channel, template)
        self.assertEqual(messages.state, "waiting")
        words = f"{re.escape(template.name)}.*{unfinished.name}.*when it has left"
        self.assertRefused(words, template.unlink)
        self._run_cron("send")
        template.unlink()
        self.assertFalse(template.exists())

    def test_the_words_about_exports_are_not_deleted(self):
        for name in ("done", "failed"):
            template = self.env.ref(f"website_sale_order_handling.mail_template_export_{name}")
            self.assertRefused("exports unfinished orders", template.unlink)

    def test_a_job_of_ours_is_switched_off_and_not_deleted(self):
        cron = self.env.ref("website_sale_order_handling.ir_cron_send")
        self.assertRefused(f"{cron.name}.*Switch it off", cron.unlink)

    def test_the_campaign_of_the_settings_screen_is_not_deleted(self):
        words = f"Settings screen of “{self.website.name}”. Archive it instead"
        self.assertRefused(words, self.campaign.with_user(self.manager).unlink)

    def test_a_campaign_that_has_written_is_not_deleted_one_that_has_not_is(self):
        other, unused = self.campaign.copy({"is_running": True}), self.campaign.copy()
        other.active_since = self.campaign.active_since
        self._find(self._make_cart())
        self.assertRefused("messages belong to it .1..*Archive it", other.unlink)
        unused.unlink()
        self.assertFalse(unused.exists())

    def test_a_campaign_whose_messages_were_erased_since_is_not_deleted(self):
        other = self.campaign.copy({"is_running": True})
        other.active_since = self.campaign.active_since
        self._find(self._make_cart()).unlink()
        self.assertFalse(other.message_ids)
        self.assertRefused("messages belong to it .1.", other.unlink)

    def test_a_step_that_has_written_is_not_deleted_in_the_form_either(self):
        self._find(self._make_cart())
        form = Form(self.campaign)
        form.step_ids.remove(0)
        self.assertRefused("Switch it off instead", form.save)
        with Form(self.campaign) as form:
            form.step_ids.remove(2)
        self.assertEqual(len(self.campaign.step_ids), 2)

    def test_a_channel_through_which_a_running_campaign_sends_is_not_archived(self):
        words = f"{self.channel.name}.*After 1 h.*{self.campaign.name}.*off first"
        self.assertRefused(words, self.channel.action_archive)
        self.campaign.is_running = False
        self.env["recovery.campaign"].search([]).is_running = False
        self.channel.action_archive()
        self.assertFalse(self.channel.active)

    def test_what_waits_to_leave_through_an_archived_channel_is_taken_back(self):
        self.campaign.is_running = False
        channel = self.channel.copy()
        carts = [self._make_cart(self._make_customer(email=f"w{n}@x.com")) for n in range(2)]
        waiting, queued = (self._make_unfinished(cart) for cart in carts)
        template = self.steps[0].mail_template_id
        queued._send_by_hand(channel, template)
        self._run_cron("send")
        waiting._send_by_hand(channel, template)
        self.env.invalidate_all()
        messages = (waiting | queued).message_ids.filtered("by_hand")
        mails = self._queued_mails(messages)
        self.assertEqual(set(messages.mapped("state")), {"waiting", "sending"})
        channel.action_archive()
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self.assertEqual(set(messages.mapped("reason")), {"reminders_off"})
        self.assertFalse(mails.exists())

    def test_a_channel_in_use_is_not_deleted_an_unused_one_is(self):
        self.assertRefused("these steps use it.*After 1 h", self.channel.unlink)
        channel = self.channel.copy()
        unfinished = self._make_unfinished(self._make_cart())
        unfinished._send_by_hand(channel, self.steps[0].mail_template_id)
        self.assertRefused("messages belong to it .1.", channel.unlink)
        unfinished.unlink()
        self.assertRefused("messages belong to it .1.", channel.unlink)
        unused = self.channel.copy()
        unused.unlink()
        self.assertFalse(unused.exists())

    def test_a_calendar_that_a_channel_follows_is_not_deleted(self):
        calendar = self.env["resource.calendar"].create({"name": "Shop days"})
        self.channel.calendar_id = calendar
        self.assertRefused(f"Shop days.*{self.channel.name}", calendar.unlink)

    def test_a_website_takes_its_campaigns_along_whatever_they_have_sent(self):
        website = self.env["website"].create({"name": "Second", "domain": "https://two.example"})
        campaign = self._start_reminders(website)
        self._find(self._make_cart(website=website))
        website.unlink()
        self.assertFalse(campaign.exists())


@tagged("post_install", "-at_install")
class TestArchivedCampaigns(InUseCase):
    def test_it_stops_takes_back_what_waits_and_keeps_its_figures(self):
        messages = self._remind(self._make_cart())
        sent = messages.filtered(lambda message: message.state == "sending")
        sent._move_to("sent", sent_at=fields.Datetime.now())
        waiting = messages.filtered(lambda message: message.state == "waiting")
        self.assertEqual((self.campaign.sent_count, self.campaign.waiting_count), (1, 1))
        opened = self.campaign.with_user(self.manager).action_open_waiting()
        self.assertEqual(self.env[opened["res_model"]].search(opened["domain"]), waiting)
        self.campaign.with_user(self.manager).action_archive()
        self.assertRecordValues(waiting, [{"state": "skipped", "reason": "reminders_off"}])
        self.assertFalse(self.campaign.active or self.campaign.is_running)
        self.assertEqual((self.campaign.sent_count, self.campaign.waiting_count), (1, 0))
        self.assertEqual(sent.campaign_id, self.campaign)
        later = self._find(self._make_cart(self._make_customer(email="later@example.com")))
        self.assertFalse(later.message_ids)

    def test_what_lies_in_the_mail_queue_is_taken_back_too(self):
        messages = self._remind(self._make_cart())
        mails = self._queued_mails(messages)
        self.assertTrue(mails)
        self.campaign.action_archive()
        self.assertFalse(mails.exists())

    def test_a_restored_one_does_not_run_until_somebody_switches_it_on(self):
        self.campaign.action_archive()
        self.campaign.action_unarchive()
        self.assertTrue(self.campaign.active)
        self.assertFalse(self.campaign.is_running)

    def test_settings_and_an_archived_default_campaign_say_the_same(self):
        self.steps[0].delay_hours = 5
        self.campaign.action_archive()
        self.assertFalse(self.website.send_abandoned_cart_email)
        self.assertEqual(self.website.cart_abandoned_delay, 5.0)
        self.website.cart_abandoned_delay = 6.0
        self.assertEqual(self.steps[0].delay_hours, 6.0)
        self.assertFalse(self.campaign.active)

    def test_settings_that_switch_reminders_on_restore_the_campaign_that_was(self):
        self.campaign.action_archive()
        self.website.send_abandoned_cart_email = True
        self.assertTrue(self.campaign.active and self.campaign.is_running)
        everything = self.env["recovery.campaign"].with_context(active_test=False)
        of_website = [("website_id", "=", self.website.id), ("is_default", "=", True)]
        self.assertEqual(everything.search(of_website), self.campaign)

    def test_an_archived_campaign_hinders_no_shorter_retention(self):
        self.steps[-1].delay_hours = 20 * 24
        self.campaign.action_archive()
        self.website.cart_retention = "7"
        self.assertEqual(self.website.cart_retention, "7")


@tagged("post_install", "-at_install")
class TestRefusedValues(InUseCase):
    """A value that is refused is no error of the database."""

    def test_impossible_values_are_refused_in_words_and_not_logged_as_errors(self):
        step, campaign, website = self.steps[0], self.campaign, self.website
        website.cart_retention = "never"  # or the steps would come too late for it
        for record, values, words in (
            (step, {"delay_hours": -1}, "enter 0 hours"),
            (step, {"days_later": -1}, "enter 0 days"),
            (step, {"days_later": 10**12}, "at most 366 days"),
            (self.steps[-1], {"delay_hours": 10**9}, "at most 366 days"),
            (step, {"at_hour": 24}, "from 00:00 to 23:59"),
            (step, {"cutoff_hour": 0}, "from 00:00 to 23:59"),
            (campaign, {"min_amount": -1}, "enter 0 for none"),
            (campaign, {"restart_days": -1}, "0 for never"),
            (campaign, {"restart_days": 10**12}, "at most 366 days"),
            (campaign, {"credit_days": 0}, "at least 1 day"),
            (campaign, {"credit_days": 10**12}, "at most 366"),
            (website, {"cart_idle_hours": 0}, "more than 0 hours"),
            (website, {"cart_link_days": 0}, "at least 1 day"),
            (website, {"cart_link_days": 10**12}, "at most 3660 days"),
            (website, {"followup_amount": -1}, "open no activities"),
            (
                website,
                {"cart_retention": "other", "cart_retention_days": 10**12},
                "at most 3660 days",
            ),
            (self.channel, {"sender": "My Shop"}, "has no e-mail address"),
        ):
            with self.subTest(values=values):
                self.assertRefused(words, record.write, values)

    def test_a_new_campaign_and_its_steps_are_refused_in_words_as_well(self):
        for values in ({"min_amount": -1}, {"step_ids": [Command.create({"delay_hours": -1})]}):
            with self.subTest(values=values):
                self.assertRefused(
                    "enter 0",
                    self.env["recovery.campaign"].create,
                    {"name": "New", "website_id": self.website.id, **values},
                )

    def test_a_step_alone_cannot_be_due_before_the_one_above_it(self):
        self.assertRefused(
            "Change its time, or move it up", self.steps[1].write, {"delay_hours": 0}
        )
        self.assertRefused("move it up", self.steps[2].write, {"sequence": -1})
        self.steps[1].delay_hours = 30
        self.assertEqual(self.steps[1].delay_hours, 30)

    def test_two_steps_at_one_time_are_refused_however_they_are_written(self):
        same = {"delay_hours": self.steps[0].delay_hours}
        self.assertRefused("due at the same time", self.steps[1].write, same)
        update = {"step_ids": [Command.update(self.steps[1].id, same)]}
        self.assertRefused("due at the same time", self.campaign.write, update)
        self.assertRefused("due at the same time", self.steps[0].copy)
        morning = {"timing": "time", "days_later": 4, "at_hour": 8.0}
        new = {**morning, "campaign_id": self.campaign.id, "sequence": 50}
        step = self.env["recovery.step"].create(new)
        self.assertRefused("due at the same time", step.copy)
        self.steps[1].active = False
        self.steps[1].write(same)
        self.assertRefused("due at the same time", self.steps[1].write, {"active": True})

    def test_steps_that_change_places_in_one_go_are_not_in_each_others_way(self):
        first, second, _third = self.steps
        self.campaign.step_ids = [
            Command.update(first.id, {"sequence": 1, "delay_hours": 24}),
            Command.update(second.id, {"sequence": 0, "delay_hours": 1}),
        ]
        self.assertEqual(self.campaign._steps_in_order()[:2], second | first)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            first.delay_hours = 0.5

    def test_a_shop_whose_own_reminder_was_late_keeps_it_with_the_steps_after_it(self):
        campaigns = self.env["recovery.campaign"]
        for delay, expected in ((24.0, [24.0, 48.0, 96.0]), (100.0, [100.0, 124.0, 172.0])):
            website = self.env["website"].create({"name": "Late", "domain": "https://l.example"})
            website.recovery_campaign_ids._unlink_with_steps()
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE website SET send_abandoned_cart_email = true, cart_abandoned_delay = %s"
                " WHERE id = %s",
                [delay, website.id],
            )
            self.env.invalidate_all()
            campaign = campaigns._adopt_core_settings(website)
            everything = campaign.with_context(active_test=False).step_ids
            self.assertEqual(everything.mapped("delay_hours"), expected)
            self.assertLess(campaign.active_since - fields.Datetime.now(), timedelta(1))
            website.unlink()

    def test_a_website_that_is_made_with_a_late_reminder_has_steps_after_it(self):
        website = self.env["website"].create(
            {"name": "Late", "domain": "https://late.example", "cart_abandoned_delay": 48}
        )
        delays = website.recovery_campaign_ids.filtered("is_default").step_ids.mapped("delay_hours")
        self.assertEqual(delays, [48.0, 72.0, 120.0])
