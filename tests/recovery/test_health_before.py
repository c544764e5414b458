"""Health says what will fail before it does, and says nothing else."""

from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.extras import Json

from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..common_engine import free_port
from .test_health import HealthCase

BREAKS = '<p t-out="object.no_such_field"/>'
LOGS = ("odoo.addons.mail.models.mail_render_mixin", "odoo.addons.base.models.ir_qweb")


@tagged("post_install", "-at_install")
class TestHealthBefore(HealthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.step.mail_template_id.copy({"name": "Mine"})
        cls.step.mail_template_id = cls.template
        cls.channel = cls.step.channel_id.copy({"name": "Alone"})
        cls.step.channel_id = cls.channel

    def by_sql(self, record, name, value, lang=None):
        """Change what Odoo itself would refuse to change, as when a field goes with its addon."""
        self.env.flush_all()
        if record._fields[name].translate:
            known = {"en_US": record.with_context(lang="en_US")[name]}
            value = Json({**known, lang or "en_US": value})
        self.env.cr.execute(
            f"UPDATE {record._table} SET {name} = %s WHERE id IN %s",  # pylint: disable=E8103
            [value, tuple(record.ids)],
        )
        self.env.invalidate_all()

    def close(self):
        calendar = self.env["resource.calendar"].create({"name": "Closed"})
        self.channel.calendar_id = calendar
        calendar.attendance_ids.unlink()

    def break_the_sender(self):
        self.template.email_from = "nobody"

    def take_all_senders(self):
        self.template.email_from = False
        self.website.company_id.email = False
        self.env.user.email = False
        self.env.ref("base.user_root").email = False
        self.env["mail.alias.domain"].search([]).default_from = False

    # What breaks the first step; each leaves the other two alone unless it says so.
    BREAKS = {
        "no template": lambda self: self.step.write({"mail_template_id": False}),
        "no text": lambda self: self.template.write({"body_html": "<p><br></p>"}),
        "no subject": lambda self: self.template.write({"subject": " "}),
        "an empty subject": lambda self: self.template.write({"subject": "{{ '' }}"}),
        "a subject that breaks": lambda self: self.by_sql(self.template, "subject", "{{ 1 / 0 }}"),
        "a text that breaks": lambda self: self.by_sql(self.template, "body_html", BREAKS),
        "another model": lambda self: (self.by_sql(self.template, "model", "res.partner"),),
        "a sender that is none": break_the_sender,
        "an archived channel": lambda self: self.by_sql(self.channel, "active", False),
        "a channel that is closed for ever": close,
        "a driver that is gone": lambda self: self.by_sql(self.channel, "driver", "gone.driver"),
    }

    def outcome(self):
        """Let a cart become due; tell whether its first reminder leaves."""
        self.customers += 1
        name = f"b{self.customers}"
        cart = self._make_cart(self._make_customer(name, f"{name}@example.com"))
        messages = self._remind(cart)
        return "sending" in messages.filtered(lambda m: m.step_id == self.step).mapped("state")

    @contextmanager
    def undone(self):
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all(flush=False)
            self.env.registry.clear_cache("templates")

    @mute_logger(*LOGS)
    def test_what_it_lists_is_what_fails_and_nothing_else_is(self):
        self.make_messages(1)  # a cart to try with
        self.assertTrue(self.look().is_well)
        self.assertTrue(self.outcome())
        for name, breaks in self.BREAKS.items():
            with self.subTest(name), self.undone():
                breaks(self)
                health = self.look(self.manager)
                self.assertFalse(health.is_well)
                (line,) = health.warning_ids
                self.assertIn(f"“{self.step.display_name}” of “{self.campaign.name}”", line.name)
                self.assertIn("nobody gets this reminder", line.detail)
                self.assertFalse(self.outcome(), "it does fail")

    @mute_logger(*LOGS)
    def test_a_translation_that_breaks_is_found_as_well(self):
        self.make_messages(1)
        self.env["res.lang"]._activate_lang("fr_FR")
        self.by_sql(self.template, "subject", "{{ 1 / 0 }}", lang="fr_FR")
        self.assertIn("will fail", self.look().warning_ids.name)

    def test_it_leads_to_what_has_to_be_changed(self):
        self.make_messages(1)
        for breaks, record in (
            (lambda: self.template.write({"subject": False}), self.template),
            (lambda: self.by_sql(self.channel, "active", False), self.channel),
        ):
            breaks()
            target = self.look(self.manager).warning_ids.action_target()
            self.assertEqual((target["res_model"], target["res_id"]), (record._name, record.id))

    def test_a_step_that_never_has_its_turn_is_listed(self):
        self.by_sql(self.campaign.step_ids[1], "delay_hours", 1.0)
        self.assertIn("at the same time", self.look().warning_ids.detail)

    def test_a_company_without_any_address_is_listed_for_every_step(self):
        self.make_messages(1)
        self.take_all_senders()
        with patch.dict(config.options, {"email_from": False}):
            warnings = self.look().warning_ids
        self.assertEqual(len(warnings), 3)
        self.assertIn("no address to send from", warnings[0].detail)

    def test_a_campaign_that_runs_without_steps_reminds_nobody(self):
        self.campaign.step_ids.active = False
        warning = self.look().warning_ids
        self.assertIn("reminds nobody", warning.name)
        self.assertEqual(warning.action_target()["res_id"], self.campaign.id)

    def test_what_does_not_run_is_not_listed(self):
        self.template.subject = False
        self.campaign.is_running = False
        self.assertTrue(self.look().is_well)

    def test_a_machine_without_a_mail_server_is_listed(self):
        self.env["ir.mail_server"].search([]).active = False
        nowhere = {"smtp_server": "localhost", "smtp_port": free_port()}
        with (
            patch.object(IrMail_Server, "_disable_send", lambda _self: False),
            patch.dict(config.options, nowhere),
        ):
            self.assertIn("no outgoing mail server", self.look().warning_ids.name)
            self.env["ir.mail_server"].create({"name": "Mine", "smtp_host": "mail.example"})
            self.assertTrue(self.look().is_well)

    def test_a_second_look_renders_nothing_and_what_is_mended_is_seen_at_once(self):
        self.make_messages(1)
        self.look()
        with patch.object(
            type(self.env["recovery.renderer"]), "_render", side_effect=AssertionError("slow")
        ):
            self.assertTrue(self.look().is_well)
        text = self.template.body_html
        with mute_logger(*LOGS):
            self.by_sql(self.template, "body_html", BREAKS)
            self.assertFalse(self.look().is_well)
        self.template.body_html = text
        self.assertTrue(self.look().is_well)

    def test_a_trial_leaves_nothing_behind(self):
        self.make_messages(1)
        self.env.registry.clear_cache("templates")
        tables = ("mail.mail", "mail.message", "ir.attachment", "recovery.message", "sale.order")
        before = [self.env[name].search_count([]) for name in tables]
        self.look()
        self.assertEqual([self.env[name].search_count([]) for name in tables], before)

    def test_the_campaign_itself_says_which_of_its_steps_would_fail(self):
        self.make_messages(1)
        self.assertFalse(self.campaign.trouble)
        self.template.subject = False
        trouble = self.campaign.with_user(self.manager).trouble
        self.env.invalidate_all()
        trouble = self.campaign.with_user(self.manager).trouble
        self.assertIn(self.step.display_name, trouble)
        self.assertIn("has no subject", trouble)

    def test_the_first_step_of_a_new_shop_can_be_tried_without_any_cart(self):
        website = self.env["website"].create({"name": "New", "domain": "https://new.example"})
        campaign = self._start_reminders(website)
        self.assertTrue(self.look().is_well)
        campaign.step_ids[0].mail_template_id = False
        self.assertIn("no e-mail template", self.look().warning_ids.detail)
