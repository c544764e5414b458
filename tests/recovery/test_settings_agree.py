"""Settings that would silence reminders, or a campaign that is written to past the screens."""

from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged

from ...tools.schedule import Timing, has_no_turn
from ..common_engine import EngineCase

NOW = "2026-03-02 12:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestSettingsAgree(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.steps = cls.campaign.step_ids
        cls.other = cls.env["website"].create({"name": "Other", "domain": "https://o.example"})

    def troubles(self):
        return {trouble.step: trouble.text for trouble in self.steps._troubles()}

    def make_campaign(self, website, **values):
        return self.env["recovery.campaign"].create(
            {"name": "Mine", "website_id": website.id, **values}
        )

    def assertNothingLogged(self):
        return self.assertNoLogs("odoo.sql_db", "ERROR")

    # === Health ===#

    def test_all_is_well_with_what_is_shipped(self):
        self.assertFalse(self.troubles())

    def test_a_step_that_leaves_when_its_cart_is_closed_is_found_before(self):
        self.website.cart_link_days = 2
        found = self.troubles()
        self.assertEqual(list(found), [self.steps[2]])
        self.assertIn("valid for 2 days", found[self.steps[2]])
        health = self.env["recovery.health"]
        health = health.browse(health.action_open()["res_id"])
        self.assertFalse(health.is_well)
        self.assertIn("valid for 2 days", " ".join(health.warning_ids.mapped("detail")))
        self.website.cart_link_days = 4
        self.assertFalse(self.troubles())

    def test_a_step_that_is_too_late_when_its_cart_is_found_is_found_before(self):
        for hours, silent in ((26, self.steps[0]), (24, self.steps[0]), (73, self.steps[:2])):
            self.website.cart_idle_hours = hours
            found = self.troubles()
            self.assertEqual(self.steps.browse(step.id for step in found), silent, hours)
            self.assertTrue(all(f"after {hours}" in text for text in found.values()))
        self.website.cart_idle_hours = 2
        self.assertFalse(self.troubles())

    def test_what_is_found_is_what_happens(self):
        self.website.cart_idle_hours = 26
        messages = self._remind(self._make_cart(hours_ago=26.1))
        left = messages.filtered(lambda message: message.state == "sending")
        self.assertEqual(left.step_id, self.steps[1])
        skipped = messages.filtered(lambda message: message.state == "skipped")
        self.assertEqual((skipped.step_id, skipped.reason), (self.steps[0], "superseded"))

    def test_only_what_never_has_its_turn_is_said_to_have_none(self):
        hour, day = Timing(delay_hours=1), Timing(delay_hours=24)
        morning = Timing(at_hour=8.0, days_later=1, cutoff_hour=24.0)
        for timing, following, idle_hours, expected in (
            (hour, day, 1, False),
            (hour, day, 23.9, False),
            (hour, day, 24, True),
            (hour, None, 25, False),
            (hour, None, 25.1, True),
            (hour, morning, 26, True),
            (morning, None, 56, False),
            (morning, None, 81, True),
        ):
            with self.subTest(timing=timing, following=following, idle_hours=idle_hours):
                self.assertEqual(has_no_turn(timing, following, idle_hours), expected)

    def test_nothing_is_promised_beyond_the_end_of_its_cart(self):
        self.website.cart_link_days = 2
        unfinished = self._find(self._make_cart())
        self._run_cron("send")
        unfinished.message_ids._move_to("sent", sent_at="2026-03-02 12:00:00")
        for moment in ("2026-03-03 10:30:00", "2026-03-03 12:00:00"):
            with freeze_time(moment):
                self._run_cron("send")
        with freeze_time("2026-03-03 12:30:00"):
            at, note = self.env["recovery.outlook"]._foreseen(unfinished)[0]
        self.assertFalse(at)
        self.assertIn("The cart is closed", note)

    # === Carts outlast their reminders, however a campaign comes to send ===#

    def test_a_campaign_that_comes_back_or_moves_is_asked_whether_its_carts_are_kept(self):
        late = {"step_ids": [(0, 0, {"delay_hours": 24 * 10})]}
        archived = self.make_campaign(self.other, **late)
        archived.active = False
        self.other.write({"cart_retention": "7"})
        for values in ({"active": True}, {"is_running": True}):
            with self.assertRaisesRegex(ValidationError, "too late"), self.env.cr.savepoint():
                archived.write(values)
        moving = self.make_campaign(self.website, **late)
        with self.assertRaisesRegex(ValidationError, "too late"), self.env.cr.savepoint():
            moving.website_id = self.other

    # === Past the screens ===#

    def test_a_campaign_with_messages_stays_with_its_website(self):
        campaign = self.make_campaign(self.website)
        message = self._find(self._make_cart()).message_ids[:1]
        message.campaign_id = campaign
        with self.assertRaisesRegex(UserError, "another website"), self.env.cr.savepoint():
            campaign.website_id = self.other
        message.campaign_id = self.campaign
        campaign.website_id = self.other
        self.assertEqual(campaign.website_id, self.other)

    def test_nobody_makes_chooses_moves_or_drops_the_campaign_of_the_settings_screen(self):
        default = self.other.recovery_campaign_ids.filtered("is_default")
        mine = self.make_campaign(self.other)
        for write in (
            lambda: self.make_campaign(self.other, is_default=True),
            lambda: mine.write({"is_default": True}),
            lambda: default.write({"is_default": False}),
            lambda: default.write({"website_id": self.website.id}),
        ):
            with self.assertRaises(UserError), self.assertNothingLogged(), self.env.cr.savepoint():
                write()
        self.assertEqual((default | mine).mapped("is_default"), [True, False])
        default.write({"is_default": True, "website_id": self.other.id, "name": "The same"})

    def test_the_default_campaign_is_made_by_itself_and_shown_in_settings(self):
        website = self.env["website"].create({"name": "New", "domain": "https://n.example"})
        campaign = website.recovery_campaign_ids.filtered("is_default")
        self.assertTrue(campaign.is_default)
        campaign.step_ids[0].delay_hours = 3
        campaign.is_running = True
        self.assertEqual(website.cart_abandoned_delay, 3)
        self.assertTrue(website.send_abandoned_cart_email)

    def test_who_may_not_archive_a_channel_is_offered_no_button_for_it(self):
        manager = new_test_user(self.env, "manager", "sales_team.group_sale_manager")
        system = new_test_user(
            self.env, "system", "sales_team.group_sale_manager,base.group_system"
        )
        self.steps.channel_id.driver = "recovery.driver.gone"
        for user, count in ((manager, 0), (system, 2)):
            health = self.env["recovery.health"].with_user(user)
            warnings = health.browse(health.action_open()["res_id"]).warning_ids
            told = " ".join(warnings.filtered("detail").mapped("detail"))
            self.assertEqual("Ask an administrator" in told, not count)
            channels = self.env["recovery.channel"].with_user(user)
            arch = etree.fromstring(channels.get_view(view_type="form")["arch"])
            buttons = arch.xpath(
                "//header/button[@name='action_archive' or @name='action_unarchive']"
            )
            self.assertEqual(len(buttons), count)
