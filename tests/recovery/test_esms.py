"""Reminders by eSMS, over real HTTP, to a provider that behaves as its documentation says."""

from datetime import datetime
from unittest.mock import patch

from odoo.tests import TransactionCase, freeze_time, tagged

from ...tools import http
from ...tools.retries import MAX_TRIES
from ..common_drivers import WireCase
from ..common_engine import EngineCase
from ..fakes import esms
from ..fakes.server import serving

NOW = "2026-03-02 12:00:00"


class EsmsCase(WireCase, EngineCase):
    """A running campaign whose first step leaves by eSMS; before TransactionCase or HttpCase."""

    def setUp(self):
        super().setUp()
        self.fake = esms.FakeEsms()
        base = self.enterContext(serving(self.fake))
        self.channel = self._make_channel("eSMS", "recovery.driver.esms")
        self._enter(
            api_key=esms.API_KEY,
            secret_key=esms.SECRET_KEY,
            brand=esms.BRAND,
            base=f"{base}/MainService.svc/json",
        )
        self.step.write({"channel_id": self.channel.id, "text": "{name}: {link}"})

    def _enter(self, **values):
        for line in self.channel.setting_ids.filtered(lambda line: line.name in values):
            line["secret" if line.is_hidden else "value"] = values[line.name]

    def _remind_by_phone(self, *phones):
        carts = [
            self._make_cart(
                self._make_customer(f"Ada{phone[-2:]}", f"a{phone[-2:]}@example.com", phone=phone)
            )
            for phone in phones or ("+84912345678",)
        ]
        return self._remind(*carts)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestEsms(EsmsCase, TransactionCase):
    def test_a_reminder_leaves_with_our_key_in_the_name_of_the_brand(self):
        message = self._remind_by_phone()
        [(key, sent)] = self.fake.accepted.items()
        self.assertEqual(key, message.attempt_id.key)
        self.assertEqual(
            (sent["Phone"], sent["Brandname"], sent["SmsType"]), ("0912345678", esms.BRAND, "2")
        )
        self.assertIn("/shop/recover/", sent["Content"])
        self.assertRecordValues(message, [{"state": "sent", "provider_ref": f"sms-{key}"}])

    def test_accents_are_announced(self):
        for text, flag in (("{link}", "0"), ("Giỏ hàng: {link}", "1")):
            self.step.text = text
            phone = f"+8491234567{flag}"
            self._remind_by_phone(phone)
            self.assertEqual(self.fake.calls[-1]["IsUnicode"], flag)

    def test_a_number_of_no_use_goes_another_way_and_costs_nothing(self):
        self._add_way(self.wire)
        self.fake.codes["0912345678"] = "108"
        message = self._remind_by_phone()
        self.assertRecordValues(message, [{"state": "sent", "channel_id": self.wire.id}])
        self.assertEqual(message.attempt_ids.mapped("state"), ["failed", "sent"])
        self.assertEqual(message.attempt_ids[0].detail, "eSMS 108 Code 108")
        self.assertEqual(self.fake.balance, 10_000)

    def test_words_that_no_template_fits_have_failed_with_the_words_of_the_provider(self):
        self.fake.codes["0912345678"] = "146"
        message = self._remind_by_phone()
        self.assertRecordValues(
            message, [{"state": "failed", "reason": "refused", "detail": "eSMS 146 Code 146"}]
        )

    def test_one_that_is_refused_does_not_keep_the_others_from_leaving(self):
        self.fake.codes["0912345602"] = "146"
        messages = self._remind_by_phone("+84912345601", "+84912345602", "+84912345603")
        by_phone = {message.address: message.state for message in messages}
        self.assertEqual(
            by_phone,
            {"+84912345601": "sent", "+84912345602": "failed", "+84912345603": "sent"},
        )

    def test_fault_15_a_busy_provider_is_not_called_before_the_moment_it_names(self):
        self.fake.troubles = ["busy"]
        message = self._remind_by_phone()
        self.assertRecordValues(message, [{"state": "waiting", "reason": "provider_busy"}])
        self.assertEqual(self.channel.held_until, datetime(2026, 3, 2, 12, 2))
        with freeze_time("2026-03-02 12:01:00"):
            self._run_cron("send")
        self.assertEqual(len(self.fake.calls), 1)
        with freeze_time("2026-03-02 12:03:00"):
            self._run_cron("send")
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.fake.accepted), 1)

    def test_fault_16_an_error_of_its_server_is_tried_again_and_then_fails(self):
        self.fake.troubles = ["broken"] * MAX_TRIES
        message = self._remind_by_phone()
        while message.state == "waiting" and len(self.fake.calls) < MAX_TRIES:
            message.planned_at = message.due_at  # else it would come too late in the end
            with freeze_time(message.due_at):
                self._run_cron("send")
        self.assertRecordValues(
            message, [{"state": "failed", "reason": "server", "detail": "HTTP 500"}]
        )
        self.assertFalse(self.fake.accepted)

    def test_fault_17_what_may_have_been_taken_is_uncertain_and_is_not_paid_twice(self):
        with patch.object(
            http.call, "__kwdefaults__", {**http.call.__kwdefaults__, "timeout": 0.2}
        ):
            self.fake.troubles = ["time-out"]
            message = self._remind_by_phone()
        self.assertRecordValues(message, [{"state": "uncertain", "detail": "TimeoutError"}])
        for hours in (1, 5, 30):
            with freeze_time(datetime(2026, 3, 2 + hours // 24, 12 + hours % 24)):
                self._run_cron("send")
        self.assertEqual(message.state, "uncertain")
        self.assertEqual((len(self.fake.calls), self.fake.balance), (1, 10_000 - esms.PRICE))

    def test_a_page_or_nothing_in_place_of_an_answer_is_uncertain(self):
        for number, trouble in enumerate(("page", "nothing", "hang up")):
            with self.subTest(trouble=trouble):
                self.fake.troubles = [trouble]
                message = self._remind_by_phone(f"+8491234561{number}")
                self.assertEqual(message.state, "uncertain")

    def test_who_is_not_there_is_called_later(self):
        self._enter(base="http://127.0.0.1:9/json")
        message = self._remind_by_phone()
        self.assertRecordValues(
            message,
            [{"state": "waiting", "reason": "server", "detail": "ConnectionRefusedError"}],
        )

    def test_its_night_ends_by_its_own_clock(self):
        self.fake.hour = 23
        message = self._remind_by_phone()
        self.assertEqual(message.state, "waiting")
        self.fake.hour = 8
        with freeze_time("2026-03-02 12:05:00"):
            self._run_cron("send")
        self.assertEqual(message.state, "sent")

    def test_an_account_without_money_stops_its_channel_until_somebody_goes_on(self):
        self.fake.balance = 100
        message = self._remind_by_phone()
        self.assertRecordValues(message, [{"state": "waiting", "reason": "channel_stopped"}])
        self.assertIn("Balance is not enough", self.channel.stop_detail)
        self.assertIn("Balance is not enough", self.channel.account_trouble)
        self.assertIn("Balance is not enough", self.step._troubles()[0].text)
        self.fake.balance = 1000
        self.channel.action_go_on()
        self._run_cron("send")
        self.assertEqual(message.state, "sent")
        self.assertFalse(self.channel.account_trouble)
        self.assertEqual(self.fake.balance, 1000 - esms.PRICE)

    def test_wrong_keys_stop_the_channel_and_are_written_nowhere(self):
        self._enter(secret_key="wrong-and-secret")
        with self.assertNoLogs("odoo", "ERROR"):
            message = self._remind_by_phone()
        self.assertEqual(message.reason, "channel_stopped")
        said = f"{self.channel.stop_detail} {message.detail} {message.attempt_ids.mapped('detail')}"
        self.assertIn("eSMS 101", said)
        self.assertNotIn("wrong-and-secret", said)

    def test_what_is_uncertain_is_asked_by_the_id_of_the_provider(self):
        driver, account = self.channel._driver(), self.channel._account()
        message = self._remind_by_phone()
        [receipt] = driver._ask(account, [("k", message.provider_ref), ("unknown", "sms-other")])
        self.assertEqual((receipt.key, receipt.status, receipt.cost), ("k", "sent", 850.0))
        self.assertFalse(driver._ask(account, [("no reference", "")]))
