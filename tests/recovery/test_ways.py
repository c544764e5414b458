"""A step with several ways: the first that reaches a buyer, and one message in all."""

from odoo import models
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged

from ...drivers.base import REFUSED, SENT, TEXT, UNREACHABLE, Receipt
from ..common_drivers import WireCase, installed
from ..common_engine import EngineCase

PHONE = "+84912345678"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestWays(WireCase, EngineCase, TransactionCase):
    def test_a_step_with_one_way_by_mail_keeps_no_attempts(self):
        self.step.channel_id = self.env.ref("website_sale_order_handling.channel_email")
        message = self._remind_one()
        self.assertEqual(message.state, "sending")
        self.assertFalse(message.attempt_ids)
        self.assertFalse(message.way_id)

    def test_a_text_names_the_buyer_the_product_and_the_way_back(self):
        message = self._remind_one()
        [envelope] = self.provider.accepted.values()
        self.assertEqual(envelope.kind, TEXT)
        self.assertRegex(envelope.text, r"^Ada, your Lamp: http\S+/shop/recover/\S+\n")
        self.assertFalse(envelope.html)
        self.assertIn("your Lamp", message.text)

    def test_who_has_no_address_for_the_first_way_gets_it_by_the_second(self):
        sms = self.env.ref("website_sale_order_handling.channel_sms")
        way = self._add_way(self.wire)
        self.step.channel_id = sms
        message = self._find(
            self._make_cart(self._make_customer(email="a@example.com"))
        ).message_ids
        self.assertEqual(message.mapped("way_id"), way)
        self.assertEqual(message.channel_id, self.wire)
        self._run_cron("send")
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(message.unfinished_id.message_ids), 1)

    def test_who_is_not_reached_by_one_way_gets_it_by_the_next_at_once(self):
        other = self._make_channel("Other")
        way = self._add_way(other)
        self._answer("ada@example.com", {"status": UNREACHABLE, "ref": "", "detail": "No account"})
        message = self._remind_one()
        self.assertRecordValues(
            message, [{"state": "sent", "channel_id": other.id, "way_id": way.id, "reason": False}]
        )
        self.assertRecordValues(
            message.attempt_ids,
            [
                {"state": "failed", "channel_id": self.wire.id, "detail": "No account"},
                {"state": "sent", "channel_id": other.id, "detail": False},
            ],
        )
        self.assertEqual(message.attempt_id, message.attempt_ids[1])
        keys = message.attempt_ids.mapped("key")
        self.assertEqual([envelope.key for envelope in self.provider.calls], keys)
        self.assertEqual(len(set(keys)), 2)

    def test_several_ways_are_one_message_for_the_day_and_the_step(self):
        self._add_way(self._make_channel("Other"))
        self._answer("ada@example.com", {"status": UNREACHABLE})
        message = self._remind_one()
        self.assertEqual(len(message), 1)
        self.assertTrue(message.local_day)
        self._run_cron("send")
        self.assertEqual(len(self.provider.calls), 2)

    def test_words_that_are_refused_go_another_way_and_fail_where_there_is_none(self):
        self._answer("ada@example.com", {"status": REFUSED, "detail": "Unknown template"})
        message = self._remind_one()
        self.assertRecordValues(
            message, [{"state": "failed", "reason": "refused", "detail": "Unknown template"}]
        )
        self.assertFalse(message.local_day)

    def test_all_ways_are_tried_once_each(self):
        for name in ("Second", "Third"):
            self._add_way(self._make_channel(name))
        self._answer("ada@example.com", *[{"status": UNREACHABLE} for _way in range(3)])
        message = self._remind_one()
        self.assertEqual((message.state, message.reason), ("failed", "unreachable"))
        self.assertEqual(len(self.provider.calls), 3)

    def test_a_mail_that_is_refused_goes_on_as_a_text(self):
        email = self.env.ref("website_sale_order_handling.channel_email")
        self.step.channel_id = email
        sms = self.env.ref("website_sale_order_handling.channel_sms")
        self._add_way(sms)
        message = self._remind(self._make_cart(self._make_customer(phone=PHONE)))
        message._on_mail_result(message._refs(), "bad_address", "550 5.1.1 unknown")
        self._run_cron("send")
        self.assertRecordValues(
            message, [{"state": "sending", "channel_id": sms.id, "address": PHONE}]
        )
        first, second = message.attempt_ids
        self.assertRecordValues(first, [{"state": "failed", "channel_id": email.id}])
        self.assertIn("550", first.detail)
        self.assertEqual(second.state, "sending")
        self.assertTrue(self.env["recovery.message"]._address_bounces("ada@example.com"))

    def test_an_address_that_bounces_is_not_tried_by_mail_again(self):
        sms = self.env.ref("website_sale_order_handling.channel_sms")
        self.step.channel_id = self.env.ref("website_sale_order_handling.channel_email")
        self._add_way(sms)
        partner = self._make_customer(phone=PHONE)
        cart = self._make_cart(partner)
        message = self._find(cart).message_ids
        message.sudo().copy({"unfinished_id": False, "step_id": False}).write(
            {"address": "ada@example.com", "address_bounces": True}
        )
        self._run_cron("send")
        self.assertEqual(message.channel_id, sms)
        self.assertEqual(message.address, PHONE)

    def test_who_wants_no_more_is_not_written_to_by_another_way(self):
        self.env["mail.blacklist"]._add("ada@example.com")
        self._add_way(self._make_channel("Other"))
        message = self._remind_one()
        self.assertEqual((message.state, message.reason), ("skipped", "opted_out"))
        self.assertFalse(self.provider.calls)

    def test_the_next_way_waits_for_its_own_quiet_hours(self):
        quiet = {"has_quiet_hours": True, "quiet_from": 11.0, "quiet_to": 18.0}
        other = self._make_channel("Other", **quiet)
        self._add_way(other)
        self._answer("ada@example.com", {"status": UNREACHABLE})
        message = self._remind_one()
        self.assertRecordValues(
            message,
            [{"state": "waiting", "reason": "quiet_hours", "channel_id": other.id}],
        )
        with freeze_time(message.due_at):
            self._run_cron("send")
        self.assertEqual(message.state, "sent")

    def test_a_buyer_who_orders_meanwhile_gets_it_by_no_way(self):
        self._add_way(self._make_channel("Other"))
        cart = self._make_cart()
        message = self._find(cart).message_ids
        message._move_to("sending")
        receipts = {message: Receipt(message.key, UNREACHABLE)}
        self.env["recovery.outcome"]._apply(receipts, message.due_at)
        cart.action_confirm()
        self._run_cron("send")
        self.assertEqual((message.state, message.reason), ("skipped", "bought"))
        self.assertFalse(self.provider.calls)

    def test_a_way_that_goes_leaves_its_messages_to_the_first_one(self):
        way = self._add_way(self.wire)
        self.step.channel_id = self.env.ref("website_sale_order_handling.channel_sms")
        message = self._find(
            self._make_cart(self._make_customer(phone=PHONE, email=False))
        ).message_ids
        self.assertEqual(message.channel_id, self.step.channel_id)
        other = self._find(self._make_cart(self._make_customer(email="b@example.com"))).message_ids
        self.assertEqual(other.way_id, way)
        way.unlink()
        self.assertFalse(other.way_id)
        self.assertEqual(other.channel_id, self.step.channel_id)

    def test_a_channel_is_needed_as_long_as_a_way_uses_it(self):
        other = self._make_channel("Other")
        self._add_way(other)
        with self.assertRaisesRegex(UserError, "Other"):
            other.action_archive()
        with self.assertRaisesRegex(UserError, "Other"):
            other.unlink()

    def test_braces_that_nothing_stands_for_are_refused_at_once(self):
        with self.assertRaisesRegex(ValidationError, "{nmae}"):
            self.step.text = "Hello {nmae}"

    def test_fault_56_what_a_buyer_is_called_stays_what_it_is(self):
        self.step.text = "{name} {product}"
        self.lamp.name = "<script>{link} {{ 7*7 }}"
        self._remind_one()
        [envelope] = self.provider.accepted.values()
        self.assertIn("<script>{link} {{ 7*7 }}", envelope.text)

    def test_what_would_fail_is_said_of_each_way(self):
        self._add_way(self.wire, text=False)
        self.assertIn("no text", self.campaign.trouble)

    def test_fault_61_ways_and_attempts_are_their_companys(self):
        self._add_way(self.wire)
        message = self._remind_one()
        company = self.env["res.company"].create({"name": "Other"})
        manager = new_test_user(
            self.env,
            "elsewhere",
            groups="sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertTrue(message.attempt_ids)
        for records in (self.step.way_ids, message.attempt_ids):
            self.assertFalse(records.with_user(manager).search([("id", "in", records.ids)]))


class PostcardDriver(models.AbstractModel):
    """All that an addon needs to bring a channel along."""

    _module = None
    _name = "recovery.driver.postcard"
    _inherit = ["recovery.driver"]
    _description = "Postcards"
    _title = "Postcard"
    _contents = (TEXT,)

    def _send(self, account, envelopes):
        return [
            Receipt(each.key, SENT, ref=each.to, cost=0.0053, currency="USD") for each in envelopes
        ]


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestAnotherAddonsChannel(EngineCase, TransactionCase):
    def test_a_driver_of_ten_lines_is_a_channel(self):
        with installed(self.env, PostcardDriver):
            campaign = self._start_reminders()
            channel = self.env["recovery.channel"].create(
                {"name": "Postcards", "driver": PostcardDriver._name}
            )
            campaign.step_ids[0].write({"channel_id": channel.id, "text": "{shop}: {link}"})
            message = self._remind(self._make_cart()).filtered("sent_at")
            self.assertRecordValues(
                message, [{"state": "sent", "channel_id": channel.id, "cost": 0.0053}]
            )
            self.assertEqual(message.cost_currency_id.name, "USD")
            self.assertEqual(message.attempt_ids.provider_ref, "ada@example.com")
