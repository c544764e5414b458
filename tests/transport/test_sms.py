"""Reminders by SMS through Odoo's own queue: several companies, reports, and nothing twice."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from requests.exceptions import ConnectTimeout, ReadTimeout

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, freeze_time, tagged

from odoo.addons.sms.controllers.main import SmsController
from odoo.addons.sms.tools.sms_api import SmsApi

from ...drivers.base import LATER, REFUSED, SENT, STOP, UNREACHABLE
from ...drivers.sms.gateway import has_surely_not_left, kind_of
from ..common_engine import EngineCase

PHONE = "+84912345678"
CRON = "sms.ir_cron_sms_scheduler_action"


class Gateway:
    """What Odoo's gateway has got, and what it answers; by default, that all went well."""

    def __init__(self):
        self.batches = []  # (company, {number: text}) in the order in which they came
        self.answers = {}  # by number
        self.error = None

    @property
    def texts(self):
        return [pair for _company, texts in self.batches for pair in texts.items()]

    @contextmanager
    def connected(self):
        def contact(api, _endpoint, params, timeout=15):
            numbers = [
                (each, message["content"])
                for message in params["messages"]
                for each in message["numbers"]
            ]
            texts = {each["number"]: text for each, text in numbers}
            self.batches.append((api.env.company, texts))
            if self.error:
                raise self.error
            return [
                {"uuid": e["uuid"], "state": "success", **self.answers.get(e["number"], {})}
                for e, _text in numbers
            ]

        with patch.object(SmsApi, "_contact_iap", contact):
            yield self


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestSms(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.step = cls.campaign.step_ids[0]
        cls.campaign.step_ids[1:].active = False
        cls.channel = cls.env.ref("website_sale_order_handling.channel_sms")
        cls.step.write({"channel_id": cls.channel.id, "text": "{shop}: {product} {link}"})

    def setUp(self):
        super().setUp()
        self.gateway = Gateway()
        self.enterContext(self.gateway.connected())

    def _queue_one(self, phone=PHONE, **vals):
        partner = self._make_customer(email=False, phone=phone)
        return self._remind(self._make_cart(partner, **vals))

    def _run_queue(self):
        with self.enter_registry_test_mode():
            self.assertIs(self.env.ref(CRON).method_direct_trigger(), True)
        self.env.invalidate_all()

    def _sms(self, messages):
        return self.env["sms.sms"].search([("uuid", "in", messages.mapped("provider_ref"))])

    def _report(self, message, status):
        """Let the gateway report, as its call of our server does."""
        trackers = self.env["sms.tracker"].search([("sms_uuid", "=", message.provider_ref)])
        if state := self.env["sms.sms"].IAP_TO_SMS_STATE_SUCCESS.get(status):
            trackers._action_update_from_sms_state(state)
        else:
            trackers._action_update_from_provider_error(status)
        self.env.invalidate_all()

    def test_a_text_waits_in_odoos_queue_and_leaves_to_the_gateway(self):
        message = self._queue_one()
        self.assertEqual(message.state, "sending")
        self.assertEqual(self._sms(message).state, "outgoing")
        self._run_queue()
        self.assertEqual(message.state, "sent")
        [(number, text)] = self.gateway.texts
        self.assertEqual(number, PHONE)
        self.assertIn("Lamp http", text)
        self.assertIn("/stop/", text)
        self.assertIn("Lamp", message.text)

    def test_a_text_stands_in_no_chatter(self):
        message = self._find(self._make_cart(self._make_customer(phone=PHONE))).message_ids
        before = self.env["mail.message"].search([])
        self._run_cron("send")
        self._run_queue()
        self.assertEqual(message.state, "sent")
        self.assertFalse(self._sms(message).mail_message_id)
        made = self.env["mail.message"].search([("id", "not in", before.ids)])
        self.assertFalse(made.filtered(lambda one: one.model in ("sale.order", "res.partner")))
        self.assertNotIn("Lamp", "".join(made.mapped("body")))

    def test_fault_61_several_companies_share_one_queue(self):
        """Odoo's own queue raises when it finds the texts of two companies."""
        company = self.env["res.company"].create({"name": "Other Company"})
        shop = self.env["website"].create({"name": "Other Shop", "company_id": company.id})
        steps = self._start_reminders(shop).step_ids
        steps[1:].active, step = False, steps[0]
        step.write({"channel_id": self.channel.id, "text": "{shop}: {link}"})
        messages = self._queue_one()
        messages |= self._queue_one("+359881234567", website=shop)
        self._run_queue()
        self.assertEqual(messages.mapped("state"), ["sent", "sent"])
        companies = [batch_company for batch_company, _texts in self.gateway.batches]
        self.assertEqual(companies, [self.website.company_id, company])

    def test_another_apps_texts_leave_in_the_same_run(self):
        other = self.env["sms.sms"].create({"number": "+3225550000", "body": "Your parcel"})
        message = self._queue_one()
        self._run_queue()
        self.assertEqual(message.state, "sent")
        self.assertIn(("+3225550000", "Your parcel"), self.gateway.texts)
        self.assertEqual(other.state, "pending")

    def test_what_the_gateway_reports_decides_what_becomes_of_a_message(self):
        message = self._queue_one()
        self._run_queue()
        self._report(message, "delivered")
        self._report(message, "sent")
        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.attempt_id.state, "delivered")

    def test_a_number_that_is_none_is_not_reached(self):
        self.gateway.answers[PHONE] = {"state": "wrong_number_format"}
        message = self._queue_one()
        self._run_queue()
        self.assertEqual((message.state, message.reason), ("failed", "unreachable"))
        self.assertFalse(self._sms(message).body, "nothing is left that could leave")

    def test_a_text_that_does_not_arrive_goes_on_as_a_mail(self):
        email = self.env.ref("website_sale_order_handling.channel_email")
        template = self.step.mail_template_id
        self.env["recovery.way"].create(
            {
                "step_id": self.step.id,
                "channel_id": email.id,
                "mail_template_id": template.id,
            }
        )
        message = self._remind(self._make_cart(self._make_customer(phone=PHONE)))
        self._run_queue()
        self._report(message, "not_delivered")
        self._run_cron("send")
        self.assertRecordValues(message, [{"state": "sending", "channel_id": email.id}])
        self.assertEqual(self._queued_mails(message).email_to, "ada@example.com")
        self.assertEqual(message.attempt_ids.mapped("state"), ["failed", "sending"])

    def test_an_account_without_credit_stops_the_channel(self):
        self.gateway.answers[PHONE] = {"state": "insufficient_credit"}
        message = self._queue_one()
        self._run_queue()
        self.assertEqual((message.state, message.reason), ("waiting", "channel_stopped"))
        self.assertTrue(self.channel.stopped_at)

    def test_credits_cost_what_the_channel_says(self):
        self.channel.write({"unit_cost": 0.05, "unit_currency_id": self.env.ref("base.EUR").id})
        self.gateway.answers[PHONE] = {"credit": 2.0}
        message = self._queue_one()
        self._run_queue()
        self.assertEqual((message.cost, message.cost_currency_id.name), (0.1, "EUR"))

    def test_fault_17_a_time_out_of_the_gateway_is_uncertain_and_sends_nothing_again(self):
        self.gateway.error = AccessError("timed out")
        self.gateway.error.__context__ = ReadTimeout()
        message = self._queue_one()
        self._run_queue()
        self.gateway.error = None
        self._run_queue()
        self._run_cron("send")
        self.assertEqual(message.state, "uncertain")
        self.assertEqual(len(self.gateway.batches), 1)

    def test_a_gateway_that_cannot_be_reached_is_tried_again(self):
        self.gateway.error = AccessError("no network")
        self.gateway.error.__context__ = ConnectTimeout()
        message = self._queue_one()
        self._run_queue()
        self.assertEqual((message.state, message.reason), ("waiting", "server"))
        self.gateway.error = None
        with freeze_time(message.due_at):
            self._run_cron("send")
            self._run_queue()
        self.assertEqual(message.state, "sent")

    def test_what_a_dead_process_had_in_its_hands_is_uncertain(self):
        message = self._queue_one()
        self._sms(message).state = "process"
        self.env.flush_all()
        before = fields.Datetime.now() - timedelta(minutes=16)
        self.env.cr.execute("UPDATE sms_sms SET write_date = %s", [before])
        self.env.invalidate_all()
        self._run_queue()
        self.assertEqual(message.state, "uncertain")
        self.assertFalse(self.gateway.batches)

    def test_fault_13_who_opts_out_while_it_waits_gets_nothing(self):
        message = self._queue_one()
        self.env["phone.blacklist"]._add([PHONE])
        self._run_queue()
        self.assertEqual((message.state, message.reason), ("skipped", "opted_out"))
        self.assertFalse(self.gateway.batches)

    def test_who_orders_while_it_waits_gets_nothing_and_nothing_is_kept(self):
        message = self._queue_one()
        sms = self._sms(message)
        message.unfinished_id.order_id.action_confirm()
        self.assertEqual((message.state, message.reason), ("skipped", "bought"))
        self.assertFalse(sms.body or sms.number)
        self._run_queue()
        self.assertFalse(self.gateway.batches)

    def test_quiet_hours_put_a_text_off_that_waits_in_the_queue(self):
        message = self._queue_one()
        self.channel.write({"quiet_from": 11.0, "quiet_to": 18.0})
        self._run_queue()
        self.assertEqual((message.state, message.reason), ("waiting", "quiet_hours"))
        self.assertFalse(self.gateway.batches)

    def test_a_text_that_somebody_deletes_from_the_queue_has_failed(self):
        message = self._queue_one()
        self._sms(message).unlink()
        self.assertEqual(message.state, "failed")
        self.assertIn("removed", message.detail)

    def test_a_person_who_presses_send_sends_no_reminder_twice(self):
        message = self._queue_one()
        self._sms(message).send()
        self.assertFalse(self.gateway.batches, "it leaves by the queue")
        self._run_queue()
        self.assertEqual(len(self.gateway.texts), 1)

    def test_reports_of_others_texts_are_none_of_ours(self):
        sms = self.env["sms.sms"].create({"number": PHONE, "body": "Other"})
        tracker = self.env["sms.tracker"].create({"sms_uuid": sms.uuid})
        tracker._action_update_from_sms_state("sent")
        self.assertFalse(self.env["recovery.report"].search([]))

    def test_old_trackers_of_ours_go_and_others_stay(self):
        message = self._queue_one()
        other = self.env["sms.tracker"].create({"sms_uuid": "0" * 32})
        self.env.cr.execute("UPDATE sms_tracker SET create_date = '2026-01-01'")
        self.env.invalidate_all()
        self.env["sms.tracker"]._gc_reminders()
        mine = self.env["sms.tracker"].search([("sms_uuid", "=", message.provider_ref)])
        self.assertFalse(mine)
        self.assertTrue(other.exists())

    def test_the_route_of_the_gateway_is_still_odoos_own(self):
        self.assertTrue(hasattr(SmsController, "update_sms_status"))

    def test_what_gateways_say_means_the_same_for_every_way_to_send(self):
        self.assertEqual(kind_of("pending", False), SENT)
        self.assertEqual(kind_of("error", "sms_credit"), STOP)
        self.assertEqual(kind_of("error", "sms_server"), LATER)
        self.assertEqual(kind_of("error", "sms_number_format"), UNREACHABLE)
        self.assertEqual(kind_of("error", "something new"), REFUSED)
        self.assertEqual(kind_of("canceled", False), "")
        self.assertFalse(has_surely_not_left(ReadTimeout()))
        self.assertTrue(has_surely_not_left(ConnectTimeout()))
