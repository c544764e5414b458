"""The Settings screen and the default campaign's first step are one truth with two doors."""

from datetime import timedelta

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common_engine import EngineCase


@tagged("post_install", "-at_install")
class TestSettings(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["website"].create({"name": "Second Shop"})
        cls.template = cls.env["mail.template"].create(
            {"name": "Own words", "model_id": cls.env.ref("sale.model_sale_order").id}
        )

    def save(self, website, user=None, **values):
        """Save the Settings screen of `website` as the browser does: with all of its values."""
        settings = self.env["res.config.settings"].with_user(user or self.env.user)
        names = ["send_abandoned_cart_email", "cart_abandoned_delay", "cart_recovery_mail_template"]
        names += ["cart_idle_hours", "cart_link_days", "cart_capture_contact"]
        names += ["cart_retention", "cart_retention_days", "reminder_restart_days"]
        shown = settings.new({"website_id": website.id})
        everything = shown._convert_to_write({name: shown[name] for name in names})
        settings.create({"website_id": website.id, **everything, **values}).execute()

    def campaign(self, website):
        return website.recovery_campaign_ids.filtered("is_default")

    def test_the_settings_change_the_first_step_of_their_own_website_only(self):
        before = self.campaign(self.second).step_ids.mapped("delay_hours")
        self.save(
            self.website,
            send_abandoned_cart_email=True,
            cart_abandoned_delay=3.5,
            cart_recovery_mail_template=self.template.id,
        )
        campaign = self.campaign(self.website)
        self.assertTrue(campaign.is_running)
        self.assertEqual(campaign.step_ids.mapped("delay_hours"), [3.5, 24.0, 72.0])
        self.assertEqual(campaign.step_ids[0].mail_template_id, self.template)
        self.assertNotEqual(campaign.step_ids[1].mail_template_id, self.template)
        self.assertFalse(self.campaign(self.second).is_running)
        self.assertEqual(self.campaign(self.second).step_ids.mapped("delay_hours"), before)

    def test_the_first_step_changes_the_settings_of_its_own_website_only(self):
        campaign = self.campaign(self.second)
        campaign.is_running = True
        campaign.step_ids[0].write({"delay_hours": 5.0, "mail_template_id": self.template.id})
        shown = self.env["res.config.settings"].new({"website_id": self.second.id})
        self.assertTrue(shown.send_abandoned_cart_email)
        self.assertEqual(shown.cart_abandoned_delay, 5.0)
        self.assertEqual(shown.cart_recovery_mail_template._origin, self.template)
        self.assertFalse(self.website.send_abandoned_cart_email)
        self.assertEqual(self.website.cart_abandoned_delay, 1.0)

    def test_starting_anew_is_one_setting_with_two_doors(self):
        self.save(self.website, reminder_restart_days=30)
        self.assertEqual(self.campaign(self.website).restart_days, 30)
        self.assertEqual(self.campaign(self.second).restart_days, 14)
        self.campaign(self.second).restart_days = 0
        shown = self.env["res.config.settings"].new({"website_id": self.second.id})
        self.assertEqual(shown.reminder_restart_days, 0)

    def test_another_step_at_the_front_changes_the_settings(self):
        steps = self.campaign(self.second).step_ids
        steps[0].active = False
        self.assertEqual(self.second.cart_abandoned_delay, 24.0)
        steps[0].active = True
        self.assertEqual(self.second.cart_abandoned_delay, 1.0)
        self.second.cart_abandoned_delay = 2.0
        self.assertEqual(steps.mapped("delay_hours"), [2.0, 24.0, 72.0])

    def test_saving_without_a_change_changes_nothing(self):
        campaign = self._start_reminders(days_ago=10)
        since = campaign.active_since
        cart = self._make_cart(hours_ago=2)
        message = self._find(cart).message_ids
        postponed = fields.Datetime.now() + timedelta(hours=7)
        message._move_to("waiting", reason="server", due_at=postponed)
        self.save(self.website)
        self.website.write({"send_abandoned_cart_email": True, "cart_abandoned_delay": 1.0})
        self.assertEqual(campaign.active_since, since)
        self.assertEqual(message.due_at, postponed)

    def test_switching_on_again_counts_from_then_on(self):
        campaign = self._start_reminders(days_ago=10)
        self.save(self.website, send_abandoned_cart_email=False)
        self.assertFalse(campaign.is_running)
        with freeze_time("2027-01-01 12:00:00"):
            self.save(self.website, send_abandoned_cart_email=True)
        self.assertEqual(campaign.active_since, fields.Datetime.to_datetime("2027-01-01 12:00:00"))

    def test_the_other_settings_belong_to_one_website(self):
        self.save(self.website, cart_idle_hours=0.5, cart_link_days=7, cart_capture_contact=False)
        self.assertRecordValues(
            self.website + self.second,
            [
                {"cart_idle_hours": 0.5, "cart_link_days": 7, "cart_capture_contact": False},
                {"cart_idle_hours": 1.0, "cart_link_days": 30, "cart_capture_contact": True},
            ],
        )

    def test_the_button_opens_the_template_of_this_website(self):
        self.second.cart_recovery_mail_template_id = self.template
        for website, template in (
            (self.second, self.template),
            (self.website, self.website.cart_recovery_mail_template_id),
        ):
            settings = self.env["res.config.settings"].create({"website_id": website.id})
            action = settings.action_open_abandoned_cart_mail_template()
            self.assertEqual(action["res_model"], "mail.template")
            self.assertEqual(action["res_id"], template.id)

    def test_all_steps_opens_the_campaign_of_this_website(self):
        settings = self.env["res.config.settings"].create({"website_id": self.second.id})
        action = settings.action_open_recovery_campaign()
        self.assertEqual(action["res_id"], self.campaign(self.second).id)

    def test_a_template_for_another_kind_of_record_is_refused(self):
        wrong = self.env["mail.template"].create(
            {"name": "Birthday", "model_id": self.env.ref("base.model_res_partner").id}
        )
        with self.assertRaisesRegex(ValidationError, "Birthday.*another kind of record"):
            self.save(self.website, cart_recovery_mail_template=wrong.id)

    def test_an_administrator_without_sales_rights_can_save(self):
        administrator = new_test_user(self.env, "only_admin", groups="base.group_system")
        self.assertFalse(self.env["recovery.step"].with_user(administrator).has_access("write"))
        self.save(
            self.website, administrator, send_abandoned_cart_email=True, cart_abandoned_delay=9.0
        )
        self.assertTrue(self.campaign(self.website).is_running)
        self.assertEqual(self.campaign(self.website).step_ids[0].delay_hours, 9.0)


@tagged("post_install", "-at_install")
class TestSettingsInBrowser(EngineCase, HttpCase):
    def test_the_settings_screen_in_a_browser(self):
        self.start_tour("/odoo/settings", "backend_recovery_settings", login="admin")
        campaign = self.website.recovery_campaign_ids.filtered("is_default")
        self.assertTrue(campaign.is_running)
        self.assertEqual(campaign.step_ids[0].delay_hours, 2.5)
        self.assertEqual(self.website.cart_idle_hours, 0.5)
        self.assertEqual(self.website.cart_link_days, 14)
        self.assertEqual(self.website.cart_retention, "7")

    def test_the_search_of_the_settings_screen_finds_abandoned_carts(self):
        view = self.env["res.config.settings"].get_view()["arch"]
        (setting,) = etree.fromstring(view).xpath("//setting[@id='abandoned_carts_setting']")
        self.assertIn("abandoned cart", setting.get("help"))

    def test_impossible_settings_are_refused_in_words(self):
        self.authenticate("admin", "admin")
        for name, value, words in (
            ("cart_idle_hours", 0, "enter more than 0 hours"),
            ("cart_link_days", -1, "valid for at least 1 day"),
            ("cart_abandoned_delay", -2, "enter 0 hours or more"),
            ("cart_retention", "tomorrow", "tomorrow"),
        ):
            params = {
                "model": "website",
                "method": "write",
                "args": [self.website.ids, {name: value}],
                "kwargs": {},
            }
            with (
                self.subTest(setting=name),
                mute_logger("odoo.http"),
                self.assertNoLogs("odoo.sql_db", "ERROR"),
            ):
                answer = self.url_open("/web/dataset/call_kw", json={"params": params}).json()
                self.assertIn(words, answer["error"]["data"]["message"])
