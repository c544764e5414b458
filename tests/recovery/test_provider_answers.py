"""What providers answer, and what becomes of messages, channels and costs by that."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, tagged

from ...drivers.base import LATER, REFRESH, SENT, STOP, UNCERTAIN
from ...drivers.calls import make_calls
from ...models.recovery import remote
from ...tools.retries import FIRST_RETRY, MAX_TRIES
from ..common_drivers import WireCase
from ..common_engine import EngineCase

NOW = "2026-03-02 12:00:00"
ADDRESS = "ada@example.com"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestProviderAnswers(WireCase, EngineCase, TransactionCase):
    def test_what_is_accepted_is_sent_with_the_providers_reference(self):
        message = self._remind_one()
        [key] = self.provider.accepted
        self.assertRecordValues(message, [{"state": "sent", "provider_ref": f"wire-{key}"}])
        self.assertRecordValues(
            message.attempt_ids,
            [{"state": "sent", "key": key, "provider_ref": f"wire-{key}", "lease_until": False}],
        )
        self.assertTrue(message.sent_at)

    def test_fault_15_a_busy_provider_is_not_asked_again_before_the_moment_it_names(self):
        until = datetime(2026, 3, 2, 12, 7)
        self._answer(ADDRESS, {"status": LATER, "until": until, "detail": "429"})
        message = self._remind_one()
        self.assertRecordValues(
            message,
            [{"state": "waiting", "reason": "provider_busy", "due_at": until, "detail": "429"}],
        )
        with freeze_time("2026-03-02 12:06:00"):
            self._run_cron("send")
            self.assertEqual(len(self.provider.calls), 1)
        with freeze_time("2026-03-02 12:08:00"):
            self._run_cron("send")
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.attempt_ids.mapped("state"), ["failed", "sent"])

    def test_fault_15_a_busy_account_holds_the_whole_channel(self):
        until = datetime(2026, 3, 2, 12, 7)
        self.step.channel_id.rate = 1000.0
        busy = {"status": LATER, "until": until, "whole_channel": True}
        self._answer(ADDRESS, busy)
        with patch.object(type(self.env["recovery.driver.wire"]), "_at_once", 1):
            first = self._make_cart(self._make_customer())
            second = self._make_cart(self._make_customer("Bea", "bea@example.com"))
            messages = self._remind(first, second)
        self.assertEqual(set(messages.mapped("state")), {"waiting"})
        self.assertEqual(self.wire.held_until, until)
        self.assertLessEqual(len(self.provider.calls), 2)
        with freeze_time("2026-03-02 12:08:00"):
            self._run_cron("send")
        self.assertEqual(set(messages.mapped("state")), {"sent"})

    def test_fault_16_an_error_of_the_provider_is_tried_again_later_and_later_and_then_fails(self):
        self._answer(ADDRESS, *[{"status": LATER, "detail": "500"} for _try in range(MAX_TRIES)])
        message = self._remind_one()
        waits = []
        while message.state == "waiting" and len(waits) < MAX_TRIES:
            waits.append(message.due_at - fields.Datetime.now())
            message.planned_at = message.due_at  # else it would come too late in the end
            with freeze_time(message.due_at):
                self._run_cron("send")
        self.assertEqual((message.state, message.reason), ("failed", "server"))
        self.assertEqual(message.detail, "500")
        self.assertEqual(len(self.provider.calls), MAX_TRIES)
        self.assertEqual(len(message.attempt_ids), MAX_TRIES)
        self.assertGreaterEqual(waits[0], FIRST_RETRY)
        self.assertLessEqual(waits[0], FIRST_RETRY * 1.2)

    def test_fault_17_a_time_out_after_acceptance_is_uncertain_and_is_never_sent_again(self):
        self._answer(ADDRESS, TimeoutError("secret token in here"))
        with self.assertLogs(
            "odoo.addons.website_sale_order_handling.drivers.calls", "ERROR"
        ) as log:
            message = self._remind_one()
        self.assertEqual(message.state, "uncertain")
        self.assertEqual(message.detail, "TimeoutError")
        self.assertNotIn("secret", "".join(log.output))
        for hours in (1, 2, 30):
            with freeze_time(datetime(2026, 3, 2, 12) + timedelta(hours=hours)):
                self._run_cron("send")
        self.assertEqual(len(self.provider.calls), 1)
        self.assertEqual(message.state, "uncertain")
        self.assertGreaterEqual(len(self.provider.asked), 2)

    def test_fault_17_what_is_uncertain_is_asked_and_then_known(self):
        self._answer(ADDRESS, {"status": UNCERTAIN})
        message = self._remind_one()
        self.provider.known[message.attempt_id.key] = SENT
        self._run_cron("send")
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.attempt_id.ask_at)
        self.assertEqual(len(self.provider.calls), 1)

    def test_an_account_that_must_prove_itself_anew_sends_at_once_when_it_can(self):
        self._answer(ADDRESS, {"status": REFRESH, "detail": "expired"})
        channels = type(self.wire)
        with patch.object(channels, "_renew_account", lambda _channel: True):
            message = self._remind_one()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.provider.calls), 2)

    def test_an_account_that_cannot_prove_itself_waits_longer_each_time(self):
        self._answer(ADDRESS, {"status": REFRESH, "detail": "expired"})
        message = self._remind_one()
        self.assertEqual((message.state, message.detail), ("waiting", "expired"))
        self.assertEqual(len(self.provider.calls), 1)

    def test_an_account_without_money_stops_its_channel_and_calls_for_somebody(self):
        self._answer(ADDRESS, {"status": STOP, "detail": "Balance is 0"})
        message = self._remind_one()
        self.assertEqual((message.state, message.reason), ("waiting", "channel_stopped"))
        self.assertRecordValues(self.wire, [{"stop_detail": "Balance is 0"}])
        self.assertIn("Balance is 0", self.wire.activity_ids.note)
        with freeze_time("2026-03-02 14:00:00"):
            self._run_cron("send")
            self.assertEqual(len(self.provider.calls), 1)
            self.wire.action_go_on()
            self._run_cron("send")
        self.assertEqual(message.state, "sent")
        self.assertFalse(self.wire.activity_ids)

    def test_what_has_another_way_does_not_wait_for_a_stopped_channel(self):
        other = self._make_channel("Other")
        self._add_way(other)
        self._answer(ADDRESS, {"status": STOP, "detail": "Balance is 0"})
        message = self._remind_one()
        self.assertRecordValues(message, [{"state": "sent", "channel_id": other.id}])

    def test_a_poisoned_envelope_does_not_keep_the_others_from_leaving(self):
        self._answer("bad@example.com", ValueError("no"))
        carts = [
            self._make_cart(self._make_customer(name, f"{name}@example.com"))
            for name in ("one", "bad", "two")
        ]
        with self.assertLogs("odoo.addons.website_sale_order_handling.drivers.calls", "ERROR"):
            messages = self._remind(*carts)
        by_address = {message.address: message.state for message in messages}
        self.assertEqual(
            by_address,
            {"one@example.com": "sent", "bad@example.com": "uncertain", "two@example.com": "sent"},
        )

    def test_what_there_is_no_time_for_waits_again_and_was_no_attempt(self):
        with patch.object(remote, "SECONDS", -1):
            message = self._find(self._make_cart()).message_ids
            outbox = remote.Outbox()
            message._send(outbox)
            self.env["recovery.remote"]._note([c.envelope.key for c in outbox.calls], {})
        self.assertEqual(message.state, "waiting")
        self.assertFalse(message.attempt_ids)
        self.assertFalse(make_calls(outbox.calls, -1))

    def test_calls_keep_to_the_rate_of_their_channel(self):
        self.wire.rate = 50.0
        carts = [
            self._make_cart(self._make_customer(f"C{n}", f"c{n}@example.com")) for n in range(4)
        ]
        outbox = remote.Outbox()
        self._find(*carts).message_ids._send(outbox)
        with patch("time.sleep") as sleep:
            make_calls(outbox.calls, 60)
        longest = max(call.args[0] for call in sleep.call_args_list)
        self.assertEqual(len(self.provider.calls), 4)
        self.assertAlmostEqual(longest, 0.06, delta=0.02)

    # === Cost ===#

    def test_small_costs_are_kept_to_the_last_digit(self):
        self._answer(ADDRESS, {"cost": 0.0053, "currency": "USD"})
        message = self._remind_one()
        self.assertEqual(message.cost, 0.0053)
        self.assertEqual(message.cost_currency_id.name, "USD")
        self.assertEqual(message.attempt_id.cost, 0.0053)

    def test_a_message_costs_what_all_its_attempts_cost(self):
        self._add_way(self._make_channel("Other"))
        self._answer(
            ADDRESS,
            {"status": "unreachable", "cost": 300.0, "currency": "VND"},
            {"cost": 850.0, "currency": "VND"},
        )
        self.env.ref("base.VND").active = True
        message = self._remind_one()
        self.assertEqual(message.attempt_ids.mapped("cost"), [300.0, 850.0])
        self.assertEqual((message.cost, message.cost_currency_id.name), (1150.0, "VND"))

    def test_where_a_provider_names_no_price_that_of_the_channel_counts(self):
        self.wire.write({"unit_cost": 0.04, "unit_currency_id": self.env.ref("base.EUR").id})
        message = self._remind_one()
        self.assertEqual((message.cost, message.cost_currency_id.name), (0.04, "EUR"))

    # === What a dead process leaves ===#

    def test_what_was_sending_when_its_process_died_is_uncertain_and_stays_so(self):
        message = self._find(self._make_cart()).message_ids
        message._send(remote.Outbox())  # and nobody ever calls
        self.assertEqual(message.state, "sending")
        self._run_cron("send")
        self.assertEqual(message.state, "sending", "somebody may be calling")
        with freeze_time("2026-03-02 12:11:00"):
            self._run_cron("send")
        self.assertEqual(message.state, "uncertain")
        self.assertIn("ended", message.detail)
        self.assertFalse(self.provider.calls)

    def test_an_answer_that_comes_after_its_lease_still_counts(self):
        message = self._find(self._make_cart()).message_ids
        outbox = remote.Outbox()
        message._send(outbox)
        receipts = make_calls(outbox.calls, 60)
        with freeze_time("2026-03-02 12:11:00"):
            self._run_cron("send")
        self.assertEqual(message.state, "uncertain")
        self.env["recovery.remote"]._note(list(receipts), receipts)
        self.assertEqual(message.state, "sent")

    def test_fault_22_a_lease_of_a_clock_that_was_wrong_ends(self):
        message = self._find(self._make_cart()).message_ids
        message._send(remote.Outbox())
        message.attempt_id.lease_until = "2026-03-03 12:00:00"
        self._run_cron("send")
        self.assertEqual(message.state, "uncertain")

    def test_fault_72_a_copy_of_the_database_calls_nobody(self):
        cart = self._make_cart()
        self._find(cart)
        self.env["recovery.channel"].search([]).driver = "recovery.driver.dry_run"
        self._run_cron("send")
        self.assertFalse(self.provider.calls)
