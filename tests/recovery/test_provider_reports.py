"""Reports of providers: late, early, repeated, in any order; each counts once."""

from itertools import permutations

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, tagged

from ...drivers.base import DELIVERED, REFUSED, SEEN, SENT, UNCERTAIN, UNREACHABLE, Report
from ...models.recovery import remote
from ..common_drivers import WireCase
from ..common_engine import EngineCase


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestProviderReports(WireCase, EngineCase, TransactionCase):
    def _report(self, *reports, channel=None):
        done = self.env["recovery.report"]._apply(list(reports), channel or self.wire)
        self.env.invalidate_all()
        return done

    def _about(self, attempt, status, event="", **values):
        return Report(event or status, status, ref=attempt.provider_ref, **values)

    def test_a_delivery_is_noted_on_the_attempt_and_on_the_message(self):
        message = self._remind_one()
        self._report(self._about(message.attempt_id, DELIVERED))
        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.attempt_id.state, "delivered")
        self.assertEqual(message.event_ids.mapped("kind"), ["delivered"])

    def test_a_report_finds_its_attempt_by_our_own_key_too(self):
        message = self._remind_one()
        self._report(Report("e1", DELIVERED, key=message.attempt_id.key))
        self.assertEqual(message.state, "delivered")

    def test_fault_32_an_event_counts_once_however_often_it_comes(self):
        message = self._remind_one()
        event = self._about(message.attempt_id, DELIVERED)
        self.assertEqual(self._report(event, event), 1)
        with freeze_time("2026-03-03 12:00:00"):
            self.assertEqual(self._report(event), 0)
        self.assertEqual(len(message.event_ids), 1)

    def test_the_same_id_of_another_channel_is_another_event(self):
        message = self._remind_one()
        other = self._make_channel("Other")
        self.assertEqual(self._report(Report("7", DELIVERED, ref="strange"), channel=other), 1)
        self.assertEqual(self._report(self._about(message.attempt_id, DELIVERED, "7")), 1)
        self.assertEqual(message.state, "delivered")

    def test_in_whatever_order_reports_come_they_end_alike(self):
        for number, order in enumerate(permutations((SENT, DELIVERED, SEEN, REFUSED))):
            with self.subTest(order=order):
                message = self._remind_one(f"buyer{number}@example.com")
                for status in order:
                    event = f"{number}-{status}"
                    self._report(self._about(message.attempt_id, status, event))
                attempt = message.attempt_ids
                self.assertEqual((message.state, attempt.state), ("delivered", "seen"))

    def test_in_one_parcel_the_order_matters_neither(self):
        message = self._remind_one()
        kinds = (DELIVERED, SENT, UNCERTAIN)
        self._report(*(self._about(message.attempt_id, kind) for kind in kinds))
        self.assertEqual(message.state, "delivered")

    def test_fault_18_a_report_that_comes_before_our_own_commit_is_not_lost(self):
        """The provider knows its own reference before we do."""
        key_of = {}

        def report_at_once(envelope):
            key_of["ref"] = f"wire-{envelope.key}"

        self.provider.meanwhile = report_at_once
        message = self._find(self._make_cart()).message_ids
        outbox = remote.Outbox()
        message._send(outbox)
        receipts = remote.make_calls(outbox.calls, 60)
        self._report(Report("e1", DELIVERED, ref=key_of["ref"]))
        self.assertEqual(message.state, "sending", "nobody knows yet what that is about")
        self.env["recovery.remote"]._note(list(receipts), receipts)
        self._run_cron("send")
        self.assertEqual(message.state, "delivered")
        self.assertEqual(len(self.provider.calls), 1)

    def test_a_late_failure_sends_it_by_the_next_way(self):
        other = self._make_channel("Other")
        self._add_way(other)
        message = self._remind_one()
        first = message.attempt_id
        self._report(self._about(first, UNREACHABLE, detail="131026"))
        self.assertEqual(message.state, "waiting")
        self._run_cron("send")
        self.assertRecordValues(message, [{"state": "sent", "channel_id": other.id}])
        self.assertRecordValues(first, [{"state": "failed", "detail": "131026"}])

    def test_a_failure_that_comes_days_late_sends_nothing_any_more(self):
        self._add_way(self._make_channel("Other"))
        message = self._remind_one()
        with freeze_time("2026-03-05 12:00:00"):
            self._report(self._about(message.attempt_id, UNREACHABLE))
            self._run_cron("send")
        self.assertEqual((message.state, message.reason), ("failed", "unreachable"))
        self.assertEqual(len(self.provider.calls), 1)

    def test_a_late_report_finds_the_attempt_that_it_is_about(self):
        self._add_way(self._make_channel("Other"))
        self._answer("ada@example.com", {"status": UNREACHABLE, "ref": "wire-first"})
        message = self._remind_one()
        first, second = message.attempt_ids
        self._report(Report("late", REFUSED, ref="wire-first"))
        self.assertEqual((message.state, second.state), ("sent", "sent"))
        self.assertEqual(first.state, "failed")

    def test_what_arrives_after_all_is_not_sent_again(self):
        self._add_way(self._make_channel("Other"))
        message = self._remind_one()
        first = message.attempt_id
        self._report(self._about(first, UNREACHABLE))
        self.assertEqual(message.state, "waiting")
        self._report(self._about(first, DELIVERED))
        self._run_cron("send")
        self.assertRecordValues(
            message, [{"state": "delivered", "channel_id": self.wire.id, "attempt_id": first.id}]
        )
        self.assertEqual(len(self.provider.calls), 1)

    def test_what_is_uncertain_is_known_by_a_report(self):
        self._answer("ada@example.com", {"status": UNCERTAIN, "ref": ""})
        message = self._remind_one()
        self._report(Report("e1", DELIVERED, key=message.attempt_id.key))
        self.assertEqual(message.state, "delivered")

    def test_a_click_is_not_undone_by_a_report(self):
        message = self._remind_one()
        message._on_event("clicked", fields.Datetime.now())
        self._report(self._about(message.attempt_id, DELIVERED))
        self._report(self._about(message.attempt_id, UNREACHABLE))
        self.assertEqual(message.state, "clicked")

    def test_a_report_says_what_it_has_cost(self):
        message = self._remind_one()
        self._report(self._about(message.attempt_id, DELIVERED, cost=850.0, currency="VND"))
        self.assertEqual((message.cost, message.cost_currency_id.name), (850.0, "VND"))

    def test_what_is_about_nothing_of_ours_is_forgotten_after_a_week(self):
        self._report(Report("strange", DELIVERED, ref="of somebody else"))
        reports = self.env["recovery.report"].search([("event", "=", "strange")])
        self.env.cr.execute("UPDATE recovery_report SET create_date = '2026-02-01'")
        reports.invalidate_recordset()
        reports._gc_strange()
        self.assertFalse(reports.exists())

    def test_erasing_a_person_forgets_where_attempts_went_and_what_was_said(self):
        message = self._remind_one()
        self._report(self._about(message.attempt_id, DELIVERED, detail="to ada@example.com"))
        message._erase()
        self.assertFalse(message.attempt_id.address)
        self.assertFalse(self.env["recovery.report"].search([("detail", "ilike", "ada@")]))
