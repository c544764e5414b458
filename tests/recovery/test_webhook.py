"""Reports of providers, through the route to which they come."""

from itertools import permutations
from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged

from ...controllers.webhook import MAX_SIZE
from ...drivers.calls import make_calls
from ...models.recovery import remote
from ..fakes import esms
from .test_esms import EsmsCase

WAITING, DELIVERED, FAILED, REJECTED = (
    {"SendStatus": "2", "SendSuccess": "0", "SendFailed": "0", "TotalPrice": "0"},
    {"SendStatus": "5", "SendSuccess": "1", "SendFailed": "0", "TotalPrice": "850"},
    {"SendStatus": "5", "SendSuccess": "0", "SendFailed": "1", "TotalPrice": "0"},
    {"SendStatus": "4", "SendSuccess": "0", "SendFailed": "0", "TotalPrice": "0"},
)


@tagged("post_install", "-at_install")
class TestWebhook(EsmsCase, HttpCase):
    def _message(self, phone="+84912345678"):
        """Return a message that is due at once, whatever the hour of the test."""
        self.env["recovery.country.rule"].search([]).active = False
        message = self._remind_by_phone(phone)
        self.assertEqual(message.state, "sent")
        return message

    def _report(self, message, values, **others):
        key = message.attempt_ids[0].key
        query = {"SMSID": f"sms-{key}", "RequestId": key, "TypeId": "2", **values, **others}
        return self._get(f"{self._path()}?{urlencode(query)}")

    def _path(self):
        return f"/recovery/webhook/{self.channel.webhook_token}"

    def _get(self, path, **arguments):
        self.env.flush_all()
        response = self.url_open(path, **arguments)
        self.env.invalidate_all()
        return response.status_code

    def test_the_provider_is_told_where_to_report(self):
        self._message()
        [sent] = self.fake.accepted.values()
        self.assertTrue(sent["CallbackUrl"].endswith(self._path()))

    def test_a_delivery_and_its_price_are_noted(self):
        message = self._message()
        self.assertEqual(self._report(message, DELIVERED), 200)
        self.assertRecordValues(message, [{"state": "delivered", "cost": 850.0}])

    def test_fault_32_a_report_that_is_repeated_counts_once(self):
        message = self._message()
        for _time in range(3):
            self.assertEqual(self._report(message, DELIVERED), 200)
        self.assertEqual(len(message.event_ids), 1)
        self.assertEqual(message.cost, 850.0)

    def test_reports_in_any_order_end_alike(self):
        for number, order in enumerate(permutations((WAITING, DELIVERED, FAILED))):
            message = self._message(f"+8491234561{number}")
            with self.subTest(order=order):
                for values in order:
                    self.assertEqual(self._report(message, values), 200)
                self.assertEqual(message.state, "delivered")

    def test_a_late_failure_goes_another_way(self):
        self._add_way(self.wire)
        message = self._message()
        self.assertEqual(self._report(message, FAILED), 200)
        self._run_cron("send")
        self.assertRecordValues(message, [{"state": "sent", "channel_id": self.wire.id}])

    def test_what_is_rejected_has_failed(self):
        message = self._message()
        self._report(message, REJECTED)
        self.assertRecordValues(
            message, [{"state": "failed", "reason": "refused", "detail": "eSMS SendStatus 4"}]
        )

    def test_fault_18_a_report_before_the_answer_is_noted_is_not_lost(self):
        self.env["recovery.country.rule"].search([]).active = False
        partner = self._make_customer(phone="+84912345678")
        message = self._find(self._make_cart(partner)).message_ids
        outbox = remote.Outbox()
        message._send(outbox)
        receipts = make_calls(outbox.calls, 60)
        self.assertEqual(message.state, "sending")
        self.assertEqual(self._report(message, DELIVERED), 200)
        self.env["recovery.remote"]._note(list(receipts), receipts)
        self._run_cron("send")
        self.assertRecordValues(message, [{"state": "delivered", "cost": 850.0}])
        self.assertEqual(self.fake.balance, 10_000 - esms.PRICE)

    def test_fault_31_who_does_not_know_the_address_changes_nothing(self):
        message = self._message()
        other = self._make_channel("Other", "recovery.driver.esms")
        token = self.channel.webhook_token
        wrong = (
            token[:-1],
            f"{token}x",
            f"{self.channel.id}-",
            f"{self.channel.id}",
            token.replace(f"{self.channel.id}-", f"{other.id}-"),
            f"{self.wire.id}-False",
            f"{'9' * 30}-x",
            "²-x",
        )
        for each in wrong:
            with self.subTest(token=each):
                query = urlencode({"RequestId": message.attempt_id.key, **DELIVERED})
                self.assertEqual(self._get(f"/recovery/webhook/{each}?{query}"), 404)
        self.assertEqual(message.state, "sent")

    def test_what_is_no_report_is_refused(self):
        message = self._message()
        logger = "odoo.addons.website_sale_order_handling.models.recovery.webhook"
        wrong = (
            {"SMSID": "", "RequestId": ""},
            {"RequestId": "a\0b"},
            {"SMSID": "x" * 200},
            {"SendStatus": "nan"},
            {"SendStatus": ""},
        )
        with self.assertLogs(logger, "WARNING"):
            for values in wrong:
                with self.subTest(values=values):
                    self.assertEqual(self._report(message, DELIVERED, **values), 400)
            self.assertEqual(self._get(self._path(), data=b"{}"), 403)
        self.assertEqual(message.state, "sent")

    def test_what_is_too_large_is_not_read(self):
        self.assertEqual(self._get(self._path(), data=b"x" * (MAX_SIZE + 1)), 413)

    def test_another_driver_has_no_address(self):
        self.assertTrue(self.channel.webhook_token)
        self.channel.driver = "recovery.driver.dry_run"
        self.assertFalse(self.channel.webhook_token)
        self.assertFalse(self.wire.webhook_token)
