"""What a channel knows of its account, whom it tells, and what it does without one."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import file_open

from ..fakes import esms
from .test_esms import EsmsCase


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestAccounts(EsmsCase, TransactionCase):
    def test_a_channel_asks_for_what_its_driver_must_know(self):
        channel = self._make_channel("New", "recovery.driver.esms")
        self.assertEqual(
            channel.setting_ids.mapped("label"),
            ["API key", "Secret key", "Brand name", "SMS type", "Address"],
        )
        self.assertTrue(channel.needs_account)
        self.assertEqual(channel._settings()["sms_type"], "2")

    def test_another_driver_forgets_what_was_entered_for_the_last(self):
        self.channel.driver = "recovery.driver.dry_run"
        self.assertFalse(self.channel.setting_ids)
        self.channel.driver = "recovery.driver.esms"
        self.assertFalse(any(self.channel.setting_ids.mapped("secret")))

    def test_a_copy_of_a_channel_has_no_account(self):
        copied = self.channel.copy()
        self.assertEqual(len(copied.setting_ids), 5)
        self.assertFalse(copied._is_usable())

    def test_a_channel_without_an_account_is_not_used_and_says_what_is_missing(self):
        self._enter(api_key=False, brand=" ")
        self.assertFalse(self.channel._is_usable())
        for text in (self.channel.account_trouble, self.step._troubles()[0].text):
            self.assertIn("API key, Brand name", text)
        message = self._remind_by_phone()
        self.assertFalse(self.fake.calls)
        self.assertFalse(message.filtered(lambda one: one.state == "sent"))

    def test_who_sets_up_a_campaign_is_led_to_the_channel(self):
        self._enter(api_key=False)
        lines = self.env["recovery.setup.channel"]
        values = lines._prepare_line(self.channel, self.step)
        self.assertIn("API key", values["trouble"])
        self.assertEqual(values["target"]["res_id"], self.channel.id)

    def test_what_is_no_address_is_refused_at_once(self):
        for wrong in ("ftp://esms.vn", "esms.vn/json", "https://a:b@esms.vn", "https://esms.vn/?a"):
            with self.subTest(address=wrong), self.assertRaises(ValidationError):
                self._enter(base=wrong)

    def test_a_test_says_how_much_money_there_is_and_sends_nothing(self):
        action = self.channel.action_test_account()
        self.assertIn("10000 VND", action["params"]["message"])
        self.assertFalse(self.fake.calls)

    def test_a_test_says_what_the_provider_does_not_take(self):
        self._enter(api_key="wrong-and-secret")
        with self.assertRaisesRegex(UserError, "eSMS 101 Authorize Failed") as caught:
            self.channel.action_test_account()
        self.assertNotIn("wrong-and-secret", str(caught.exception))

    def test_secrets_are_in_no_export_and_in_no_representation(self):
        line = self.channel.setting_ids.filtered("is_hidden")[0]
        self.assertFalse(line._fields["secret"].exportable)
        self.assertNotIn(esms.API_KEY, repr(self.channel._account()))
        self.assertFalse(line.value)

    def test_fault_72_a_copy_of_the_database_has_no_secrets(self):
        self.env.flush_all()
        with file_open("website_sale_order_handling/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        settings = self.env["recovery.account.setting"].search([])
        self.assertTrue(settings)
        self.assertFalse(any(settings.mapped("secret")))
        self.assertFalse(any(settings.mapped("value")))
        self.assertEqual(self.channel.driver, "recovery.driver.dry_run")
