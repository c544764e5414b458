from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo import Command, fields, models
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_attachment import IrAttachment

from ...models.recovery.remote import Outbox
from ...orm.memory import remembering
from ...orm.rows import insert_rows
from ...tools.retries import MAX_TRIES
from ..common import queries_of
from ..common_engine import EngineCase, smtp_server

NOW = "2026-03-02 12:00:00"
HANDOVER = "odoo.addons.website_sale_order_handling.models.transport.mail_mail_handover"
BATCH_LOG = "odoo.addons.website_sale_order_handling.models.recovery.message_batch"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestSend(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.steps = cls.campaign.step_ids
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def test_a_due_reminder_is_queued_once(self):
        cart = self._make_cart()
        message = self._remind(cart).filtered(lambda m: m.step_id == self.steps[0])
        self._run_cron("send")
        self.assertRecordValues(
            message, [{"state": "sending", "reason": False, "address": "ada@example.com"}]
        )
        self.assertEqual(len(self._queued_mails(message)), 1)
        self.assertEqual(self._queued_mails(message).email_to, "ada@example.com")

    def test_the_next_step_is_planned_when_one_has_been_handed_over(self):
        cart = self._make_cart(hours_ago=2)
        messages = self._remind(cart)
        following = messages.filtered(lambda m: m.state == "waiting")
        self.assertEqual(following.step_id, self.steps[1])
        self.assertEqual(following.due_at, cart.cart_activity_at + timedelta(hours=24))
        unfinished = messages.unfinished_id
        self.assertEqual(unfinished.next_reminder_at, following.due_at)

    def test_nothing_leaves_before_it_is_due(self):
        self.steps[0].delay_hours = 3
        messages = self._remind(self._make_cart(hours_ago=2))
        self.assertEqual(messages.mapped("state"), ["waiting"])
        with freeze_time("2026-03-02 13:00:01"):
            self._run_cron("send")
        self.assertIn("sending", messages.unfinished_id.message_ids.mapped("state"))

    def test_a_changed_delay_moves_what_is_waiting(self):
        self.steps[0].delay_hours = 3
        message = self._remind(cart := self._make_cart(hours_ago=2))
        self.steps[0].delay_hours = 8
        self.assertEqual(message.due_at, cart.cart_activity_at + timedelta(hours=8))

    def test_no_cart_older_than_the_switch_is_reminded(self):
        self.campaign.active_since = fields.Datetime.now() - timedelta(hours=1)
        unfinished = self._find(self._make_cart(hours_ago=2))
        self.assertFalse(unfinished.message_ids)
        self.assertEqual(unfinished.reminder_note, "Left before reminders were switched on")

    def test_switching_reminders_off_stops_what_is_queued(self):
        self.steps[0].delay_hours = 3
        message = self._remind(self._make_cart(hours_ago=2))
        self.website.send_abandoned_cart_email = False
        with freeze_time("2026-03-02 14:00:00"):
            self._run_cron("send")
        self.assertRecordValues(message, [{"state": "skipped", "reason": "reminders_off"}])

    def test_after_a_long_silence_one_reminder_leaves_and_not_three(self):
        messages = self._remind(self._make_cart(hours_ago=80))
        self.assertEqual(messages.filtered(lambda m: m.state == "sending").step_id, self.steps[2])
        superseded = messages.filtered(lambda m: m.state == "skipped")
        self.assertEqual(superseded.step_id, self.steps[:2])
        self.assertEqual(set(superseded.mapped("reason")), {"superseded"})

    def test_a_dry_run_sends_nothing(self):
        dry_run = self.env.ref("website_sale_order_handling.channel_dry_run")
        self.steps.channel_id = dry_run
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sent")
        self.assertTrue(message.sent_at)
        self.assertTrue(message.text)
        self.assertFalse(self._queued_mails(message))

    # === Reasons (R6) ===#

    def skipped_reason(self, cart):
        """Return why the first reminder of `cart`, already planned, was not sent."""
        message = self.env["recovery.message"].search(
            [("unfinished_id.order_id", "=", cart.id), ("step_id", "=", self.steps[0].id)]
        )
        self.assertTrue(message)
        self._run_cron("send")
        return message.state, message.reason

    def test_fault_11_a_customer_who_has_bought_since_is_left_alone(self):
        guest = {"email": "eve@example.com", "phone": "+359888123456"}
        cart = self._make_cart(self._make_customer("Eve", **guest))
        self._find(cart)
        self._make_cart(
            self._make_customer("Eve", email="EVE@example.com"), hours_ago=0
        ).action_confirm()
        self.assertEqual(self.skipped_reason(cart), ("skipped", "bought"))

    def test_a_purchase_by_the_same_phone_without_an_address_counts(self):
        cart = self._make_cart(
            self._make_customer("Eve", "eve@example.com", phone="+359 888 123 456")
        )
        self._find(cart)
        other = self._make_customer("E.", False, phone="00359888123456")
        self._make_cart(other, hours_ago=0).action_confirm()
        self.assertEqual(self.skipped_reason(cart), ("skipped", "bought"))

    def test_a_bank_transfer_and_cash_on_delivery_count_as_bought(self):
        for reached in ("action_quotation_sent", "action_confirm"):
            with self.subTest(reached):
                email = f"{reached}@example.com"
                cart = self._make_cart(self._make_customer("Eve", email))
                self._find(cart)
                bought = self._make_cart(self._make_customer("Eve", email), hours_ago=0)
                getattr(bought, reached)()
                self.assertEqual(self.skipped_reason(cart), ("skipped", "bought"))

    def test_a_purchase_before_the_cart_was_left_changes_nothing(self):
        buyer = self._make_customer()
        with freeze_time("2026-03-02 08:00:00"):
            self._make_cart(buyer).action_confirm()
        cart = self._make_cart(buyer, hours_ago=2)
        self._find(cart)
        self.assertEqual(self.skipped_reason(cart)[0], "sending")

    def test_fault_12_a_payment_on_its_way_holds_the_reminder(self):
        cart = self._make_cart()
        self._find(cart)
        payment = self._make_transaction(cart, "pending")
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        state, reason = self.skipped_reason(cart)
        self.assertEqual((state, reason), ("waiting", "payment_in_progress"))
        payment.state = "cancel"
        with freeze_time("2026-03-02 13:05:00"):
            self.assertEqual(self.skipped_reason(cart)[0], "sending")

    def test_a_buyer_who_may_be_at_the_bank_is_not_disturbed(self):
        cart = self._make_cart()
        self._find(cart)
        payment = self._make_transaction(cart, "draft")
        self.env.cr.execute(
            "UPDATE payment_transaction SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(minutes=20), payment.id],
        )
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        self.assertEqual(self.skipped_reason(cart), ("waiting", "payment_in_progress"))

    def test_a_cart_changed_since_waits_for_its_delay_again(self):
        cart = self._make_cart(hours_ago=2)
        unfinished = self._find(cart)
        message = unfinished.message_ids
        with freeze_time("2026-03-02 11:50:00"):
            cart._cart_add(self.chair.id)
        self.assertEqual(self.skipped_reason(cart), ("skipped", "cart_changed"))
        self.assertIn("changed the cart", unfinished.reminder_note)
        with freeze_time("2026-03-02 12:51:00"):
            again = self._remind(cart).filtered(lambda m: m.state == "sending")
        self.assertEqual(again.step_id, message.step_id)
        self.assertIn("Chair", again.text)

    def test_a_corrected_address_is_the_one_that_is_used(self):
        buyer = self._make_customer(email="typo@exmaple.com")
        self.steps[0].delay_hours = 3
        cart = self._make_cart(buyer, hours_ago=2)
        planned = self._find(cart).message_ids
        self.assertEqual(planned.address, "typo@exmaple.com")
        buyer.email = "right@example.com"
        cart._cart_add(self.chair.id)
        with freeze_time("2026-03-02 15:01:00"):
            sent = self._remind(cart).filtered(lambda m: m.state == "sending")
        self.assertEqual(sent.address, "right@example.com")
        self.assertRecordValues(planned, [{"state": "skipped", "reason": "cart_changed"}])

    def test_an_abandoned_payment_does_not_shorten_the_delay(self):
        self.steps[1:].active = False
        self.steps[0].delay_hours = 24
        cart = self._make_cart(hours_ago=23)
        message = self._find(cart).message_ids
        with freeze_time("2026-03-02 12:55:00"):
            payment = self._make_transaction(cart, "draft")
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE payment_transaction SET create_date = %s WHERE id = %s",
                [fields.Datetime.now(), payment.id],
            )
        with freeze_time("2026-03-02 13:01:00"):
            self._run_cron("send")
            self.assertEqual(message.reason, "payment_in_progress")
        with freeze_time("2026-03-02 14:05:00"):
            messages = self._remind(cart)
        self.assertNotIn("sending", messages.mapped("state"))
        following = messages.filtered(lambda m: m.state == "waiting")
        self.assertEqual(following.due_at, datetime(2026, 3, 3, 12, 55))

    def test_an_emptied_cart_is_not_reminded(self):
        cart = self._make_cart()
        self._find(cart)
        cart.order_line.unlink()
        self.assertEqual(self.skipped_reason(cart), ("skipped", "emptied"))

    def test_a_cart_whose_products_are_all_archived_is_not_reminded(self):
        product = self._make_product("Old")
        cart = self._make_cart(products=[product])
        self._find(cart)
        # Not through the ORM: there, core takes the product out of all carts.
        self.env.cr.execute("UPDATE product_product SET active = false WHERE id = %s", product.ids)
        self.env.invalidate_all()
        self.assertEqual(self.skipped_reason(cart), ("skipped", "archived_products"))

    def test_a_cart_without_an_address_for_the_channel_says_so(self):
        cart = self._make_cart(self._make_customer("Eve", email=False, phone="+359888123456"))
        unfinished = self._find(cart)
        self.assertEqual(set(unfinished.message_ids.mapped("reason")), {"no_address"})
        self.assertEqual(set(unfinished.message_ids.mapped("state")), {"skipped"})
        self.assertIn("No address", unfinished.reminder_note)

    def test_a_cancelled_or_deleted_cart_is_not_reminded(self):
        cancelled, deleted = (
            self._make_cart(),
            self._make_cart(self._make_customer("Eve", "e@e.eu")),
        )
        unfinished = self._find(cancelled, deleted)
        cancelled.action_cancel()
        deleted.unlink()
        self._run_cron("send")
        self.assertEqual(set(unfinished.message_ids.mapped("state")), {"skipped"})
        self.assertEqual(set(unfinished.message_ids.mapped("reason")), {"cart_gone"})
        self.assertEqual(set(unfinished.mapped("state")), {"expired"})

    def test_fault_11_a_mail_still_in_the_queue_is_taken_back_when_the_order_is_placed(self):
        cart = self._make_cart()
        messages = self._remind(cart)
        mail = self._queued_mails(messages)
        cart.action_confirm()
        self.assertFalse(mail.exists())
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self.assertEqual(messages.unfinished_id.state, "own_accord")

    def test_fault_11_a_person_who_bought_elsewhere_is_dropped_at_the_last_moment(self):
        message = self._remind(self._make_cart())[-1:]
        mail = self._queued_mails(message)
        self._make_cart(self._make_customer("Ada"), hours_ago=0).action_confirm()
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)
        self.assertFalse(mail.exists())
        self.assertIn("bought", message.unfinished_id.message_ids.mapped("reason"))

    # === Faults of the machine ===#

    def test_fault_9_a_poisoned_cart_does_not_stop_the_others(self):
        self.steps[
            0
        ].mail_template_id.body_html = (
            "<p t-out=\"1 / (object.partner_id.name != 'Poison' and 1 or 0)\"/>"
        )
        poison = self._make_cart(self._make_customer("Poison", "p@example.com"), hours_ago=3)
        fine = [self._make_cart(self._make_customer(f"C{i}", f"c{i}@e.eu")) for i in range(5)]
        with mute_logger(
            "odoo.addons.mail.models.mail_render_mixin", "odoo.addons.base.models.ir_qweb"
        ):
            messages = self._remind(poison, *fine)
        first = messages.filtered(lambda m: m.step_id == self.steps[0])
        bad = first.filtered(lambda m: m.unfinished_id.order_id == poison)
        self.assertRecordValues(bad, [{"state": "failed", "reason": "rendering"}])
        self.assertIn("division by zero", bad.detail)
        self.assertEqual(set((first - bad).mapped("state")), {"sending"})

    def test_fault_9_the_cron_stays_alive_after_fifty_poisoned_runs(self):
        self.steps[
            0
        ].mail_template_id.body_html = (
            "<p t-out=\"1 / (object.partner_id.name != 'Poison' and 1 or 0)\"/>"
        )
        for run in range(50):
            poison = self._make_customer("Poison", f"p{run}@example.com")
            failed = self._remind(self._make_cart(poison)).filtered(lambda m: m.state == "failed")
            self.assertEqual(len(failed), 1)
        cron = self.env.ref("website_sale_order_handling.ir_cron_send")
        self.assertTrue(cron.active)
        self.assertEqual(cron.failure_count, 0)

    def test_fault_9_a_name_with_line_breaks_makes_one_clean_mail(self):
        evil = self._make_customer("x\r\nBcc: a@b.example", "evil@example.com")
        self.steps[0].mail_template_id.subject = "{{ object.partner_id.name }} left\na cart"
        self._remind(self._make_cart(evil))
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(inbox.recipients, ["evil@example.com"])
        self.assertEqual(inbox.messages[0]["Subject"], "x Bcc: a@b.example left a cart")
        self.assertIsNone(inbox.messages[0]["Bcc"])

    def test_fault_9_a_bad_address_fails_with_a_text_and_the_rest_leaves(self):
        bad = self._make_cart(self._make_customer("Bad", "bad@example.com"), hours_ago=3)
        messages = self._find(bad, self._make_cart()).message_ids
        message = messages.filtered(lambda m: m.unfinished_id.order_id == bad)
        self._run_cron("send")
        self._queued_mails(message).email_to = "nobody at nowhere"
        with smtp_server(self.env) as inbox, mute_logger("odoo.addons.mail.models.mail_mail"):
            self.env["mail.mail"].process_email_queue()
        self.assertRecordValues(message, [{"state": "failed", "reason": "bad_address"}])
        self.assertTrue(message.detail)
        self.assertEqual(inbox.recipients, ["ada@example.com"])

    def test_fault_20_a_full_disk_fails_visibly_and_leaves_no_half_record(self):
        report = self.env.ref("sale.action_report_saleorder")
        self.steps[0].mail_template_id.report_template_ids = report
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "file")
        full_disk = OSError(28, "No space left on device")
        attachments = self.env["ir.attachment"].search_count([])
        with patch.object(IrAttachment, "_file_write", side_effect=full_disk):
            messages = self._remind(self._make_cart())
        failed = messages.filtered(lambda m: m.state == "failed")
        self.assertIn("No space left", failed.detail)
        self.assertFalse(self._queued_mails(messages))
        self.assertEqual(self.env["ir.attachment"].search_count([]), attachments)

    def test_fault_7_a_conflict_after_queueing_leaves_one_mail(self):
        message = self._find(self._make_cart()).message_ids
        batch = type(message)
        send, conflicts = batch._send_due_batch, [0]

        def send_and_conflict(model, *args):
            done = send(model, *args)
            if conflicts[0] < 5:
                conflicts[0] += 1
                model.env.flush_all()
                raise psycopg2.errors.SerializationFailure("could not serialize access")
            return done

        with patch.object(batch, "_send_due_batch", send_and_conflict):
            self._run_cron("send")
        self.assertEqual(conflicts, [5])
        self.assertEqual(message.state, "sending")
        self.assertEqual(len(self._queued_mails(message)), 1)

    def test_fault_8_a_business_transaction_that_is_rolled_back_leaves_nothing(self):
        message = self._find(self._make_cart()).message_ids
        mails = self.env["mail.mail"].search_count([])
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            message._send(Outbox())
            1 / 0  # noqa: B018
        self.env.invalidate_all()
        self.assertEqual(message.state, "waiting")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_fault_74_a_deleted_template_fails_with_a_text(self):
        self.steps[0].mail_template_id = False
        message = self._remind(self._make_cart()).filtered(lambda m: m.step_id == self.steps[0])
        self.assertRecordValues(message, [{"state": "failed", "reason": "rendering"}])
        self.assertIn("template", message.detail)

    def test_fault_74_a_missing_language_falls_back_to_the_websites(self):
        cart = self._make_cart(self._make_customer(lang=False))
        cart.cart_lang = "tlh_KL"
        messages = self._remind(cart)
        self.assertIn("sending", messages.mapped("state"))

    def test_fault_74_a_deleted_website_is_a_stated_reason(self):
        website = self.env["website"].create({"name": "Second", "domain": "https://two.example"})
        self._start_reminders(website)
        cart = self._make_cart(website=website)
        message = self._find(cart).message_ids
        self.assertTrue(message)
        website.unlink()
        self._run_cron("send")
        self.assertRecordValues(message, [{"state": "skipped", "reason": "reminders_off"}])

    def test_fault_70_a_batch_asks_the_same_queries_however_many_messages(self):
        def queries(count):
            carts = [
                self._make_cart(self._make_customer("C", f"q{count}-{i}@example.com"))
                for i in range(count)
            ]
            self._find(*carts)
            return queries_of(self.env, lambda: self.env["recovery.message"]._send_due_batch(500))

        queries(3)  # fills the caches of the registry
        self.assertLessEqual(queries(60), queries(10) + 2)

    def test_a_step_that_fails_does_not_end_the_sequence(self):
        self.steps[0].mail_template_id = False
        messages = self._remind(self._make_cart())
        self.assertEqual(messages.filtered(lambda m: m.state == "failed").step_id, self.steps[0])
        self.assertEqual(messages.filtered(lambda m: m.state == "waiting").step_id, self.steps[1])

    def test_what_is_archived_or_deleted_sends_nothing_any_more(self):
        for obstacle in ("archived step", "deleted step", "archived channel"):
            with self.subTest(obstacle):
                channel = self.steps[0].channel_id.copy()
                step = self.steps[0].copy({"delay_hours": 1.5, "channel_id": channel.id})
                buyer = self._make_customer(email=f"{obstacle.replace(' ', '-')}@example.com")
                unfinished = self._find(self._make_cart(buyer, hours_ago=1.4))
                message = unfinished.message_ids
                message.step_id = step
                message.channel_id = channel
                message.due_at = fields.Datetime.now()
                if obstacle == "deleted step":
                    step._unlink_unasked()
                elif obstacle == "archived step":
                    step.active = False
                else:  # refused in Odoo, as the step needs it
                    self.env.flush_all()
                    self.env.cr.execute(
                        "UPDATE recovery_channel SET active = false WHERE id = %s", [channel.id]
                    )
                    self.env.invalidate_all()
                self._run_cron("send")
                self.assertRecordValues(message, [{"state": "skipped", "reason": "reminders_off"}])
                step.exists().active = False

    def test_two_campaigns_about_one_cart_keep_their_words_and_links_apart(self):
        template = self.steps[0].mail_template_id.copy({"subject": "The second campaign"})
        other = self.campaign.copy({"is_running": True})
        other.active_since = self.campaign.active_since
        other.step_ids[1:].active = False
        other.step_ids.mail_template_id = template
        self.steps[1:].active = False
        messages = self._remind(self._make_cart())
        self.assertEqual(messages.filtered("reason").mapped("reason"), ["daily_limit"])
        with freeze_time("2026-03-03 10:00:01"):  # within a day of its time
            self._run_cron("send")
        sent = messages.filtered(lambda m: m.state == "sending")
        subjects = {message.campaign_id: message.subject for message in sent}
        self.assertEqual(subjects[other], "The second campaign")
        self.assertNotEqual(subjects[self.campaign], "The second campaign")
        links = {message.text.split("/shop/recover/")[1].split('"')[0] for message in sent}
        self.assertEqual(len(links), 2)

    def test_a_planning_that_somebody_else_has_done_already_breaks_nothing(self):
        unfinished = self._find(self._make_cart())
        plans = list(self.steps._plans().values())
        rows = unfinished._prepare_next_reminders(plans, fields.Datetime.now(), None)
        self.assertTrue(rows)
        insert_rows(self.env["recovery.message"], rows, unless_known=True)
        self.assertEqual(len(unfinished.message_ids), 1)

    def test_fault_12_a_payment_begun_while_the_mail_is_queued_holds_it(self):
        cart = self._make_cart()
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        self._make_transaction(cart, "pending")
        cart.cart_activity_at = message.planned_for
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)
        self.assertRecordValues(message, [{"state": "waiting", "reason": "payment_in_progress"}])

    def test_a_mail_removed_by_hand_shows_in_the_log(self):
        for removal in ("unlink", "cancel"):
            buyer = self._make_customer(email=f"{removal}@example.com")
            message = self._remind(self._make_cart(buyer)).filtered(lambda m: m.state == "sending")
            getattr(self._queued_mails(message), removal)()
            self.assertEqual(message.state, "failed")
            self.assertIn("removed from the queue", message.detail)

    def test_the_next_reminder_is_the_nearest(self):
        unfinished = self._remind(self._make_cart()).unfinished_id
        first = unfinished.message_ids.filtered(lambda m: m.state == "sending")
        first._retry_later("451 later")
        self.assertEqual(unfinished.next_reminder_at, first.due_at)

    def test_the_senders_name_of_the_channel_wins(self):
        self.steps[0].channel_id.sender = '"Chosen" <chosen@example.com>'
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        self.assertEqual(self._queued_mails(message).email_from, '"Chosen" <chosen@example.com>')

    def test_a_sales_manager_may_change_a_delay_while_a_reminder_waits(self):
        self.steps[0].delay_hours = 3
        message = self._find(cart := self._make_cart(hours_ago=2)).message_ids
        manager = new_test_user(self.env, "boss", groups="sales_team.group_sale_manager")
        self.steps[0].with_user(manager).delay_hours = 5
        self.assertEqual(message.due_at, cart.cart_activity_at + timedelta(hours=5))

    # === What the mail server says ===#

    def test_the_mail_servers_acceptance_is_noted(self):
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(inbox.recipients, ["ada@example.com"])
        self.assertEqual(inbox.messages[0]["Message-Id"], message.provider_ref)
        self.assertEqual(message.state, "sent")
        self.assertTrue(message.sent_at)
        self.assertFalse(self._queued_mails(message), "Odoo's copy goes, the log stays")
        self.assertIn("Return to my cart", message.body)

    def test_what_a_slow_server_leaves_no_time_for_is_hardly_looked_at_again(self):
        buyers = [self._make_customer(email=f"b{number}@example.com") for number in range(20)]
        messages = self._remind(*map(self._make_cart, buyers))
        due = messages.filtered(lambda message: message.state == "sending")
        looked_at = []
        drop_unwanted = type(messages)._drop_unwanted

        def look(self, refs):
            looked_at.append(len(refs))
            return drop_unwanted(self, refs)

        with (
            smtp_server(self.env) as inbox,
            patch.object(type(messages), "_drop_unwanted", look),
            patch(f"{HANDOVER}.PART_SECONDS", -1),
        ):
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(len(inbox.messages), 20)
        self.assertEqual(set(due.mapped("state")), {"sent"})
        self.assertEqual(looked_at, [20, *[2] * 18, 1], "one was sent each time")

    def test_parts_grow_again_when_a_server_has_been_slow_for_a_moment(self):
        buyers = [self._make_customer(email=f"b{number}@example.com") for number in range(20)]
        self._remind(*map(self._make_cart, buyers))
        sizes = []
        send_part = type(self.env["mail.mail"])._send_part

        def send(mails, *args):
            sizes.append(len(mails))
            with patch(f"{HANDOVER}.PART_SECONDS", 1 if sizes[1:] else -1):
                return send_part(mails, *args)

        with smtp_server(self.env), patch.object(type(self.env["mail.mail"]), "_send_part", send):
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(sizes, [20, 2, 4, 8, 5])

    def test_a_text_is_read_in_the_queue_until_it_has_left_and_in_the_log_from_then_on(self):
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        self.assertFalse(message.body)
        queued = self._queued_mails(message).body_html
        seller = new_test_user(self.env, "s", groups="sales_team.group_sale_salesman_all_leads")
        self.assertEqual(message.with_user(seller).text, queued)
        self.env["recovery.message"]._on_mail_result([message.provider_ref], None, None)
        self.assertEqual(message.body, queued)
        self.assertEqual(message.with_user(seller).text, queued)

    def test_mails_that_are_made_together_are_like_mails_that_are_made_one_by_one(self):
        vals = {"subject": "A", "body_html": "<p>A</p>", "email_from": "a@example.com"}
        vals |= {"reply_to": "a@example.com", "author_id": False, "message_id": "<a@example.com>"}
        alone = self.env["mail.mail"].create(dict(vals))
        with remembering(self.env):
            together = self.env["mail.mail"].create([dict(vals), dict(vals)])
        for model, records in (("mail.mail", together), ("mail.message", together.mail_message_id)):
            one = alone if model == "mail.mail" else alone.mail_message_id
            stored = [n for n, f in records._fields.items() if f.store and f.type != "one2many"]
            for name in sorted(set(stored) - {"mail_message_id", "date", *models.MAGIC_COLUMNS}):
                self.assertEqual([record[name] for record in records], [one[name]] * 2, name)

    def test_what_a_killed_sender_could_not_delete_is_deleted_later(self):
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        mail = self._queued_mails(message)
        other = mail.create({"state": "sent", "auto_delete": True, "subject": "Not a reminder"})
        mail._gc_reminders()
        self.assertTrue(mail.exists(), "it has not left yet")
        mail.write({"state": "sent"})
        mail._gc_reminders()
        self.assertFalse(mail.exists())
        self.assertTrue(other.exists())

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_a_mail_server_that_is_down_is_tried_again_later_and_later(self):
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        waits = []
        with smtp_server(self.env) as inbox:
            inbox.refusal = "451 4.3.0 Try again later"
            for _attempt in range(MAX_TRIES):
                self.env["mail.mail"].process_email_queue()
                if message.state != "waiting":
                    break
                waits.append(message.due_at - fields.Datetime.now())
                self.assertEqual(message.reason, "server")
                self.assertFalse(self._queued_mails(message))
                with freeze_time(message.due_at):
                    self._run_cron("send")
        self.assertEqual(sorted(waits), waits)
        self.assertEqual(len(set(waits)), len(waits))
        self.assertRecordValues(message, [{"state": "failed", "reason": "server"}])
        self.assertIn("451", message.detail)

    def test_a_click_before_the_queue_has_reported_counts_as_sent_too(self):
        message = self._remind(cart := self._make_cart()).filtered(lambda m: m.state == "sending")
        self.env["recovery.message"]._on_link_followed(message.id, cart)
        self.assertRecordValues(
            message, [{"state": "clicked", "sent_at": datetime(2026, 3, 2, 12, 0)}]
        )
        with smtp_server(self.env):
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(message.state, "clicked")

    def test_a_bounce_is_noted(self):
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        message._move_to("sent", sent_at=fields.Datetime.now())
        self.env["mail.thread"]._routing_handle_bounce(
            None,
            {
                "bounced_email": "ada@example.com",
                "bounced_partner": self.env["res.partner"],
                "bounced_msg_ids": [message.provider_ref],
                "bounced_message": self.env["mail.message"],
                "email_from": "mailer-daemon@example.com",
                "to": "shop@example.com",
                "message_id": "<1@example.com>",
                "body": "",
            },
        )
        self.assertEqual(message.state, "bounced")
        self.assertEqual(message.event_ids.kind, "bounced")

    def test_two_carts_in_one_batch_do_not_see_each_other(self):
        self.steps[0].mail_template_id.body_html = (
            "<div><t t-if=\"object.partner_id.name == 'Ada'\">"
            '<t t-set="secret" t-value="\'only for Ada\'"/></t>'
            '[<t t-out="secret or \'\'"/>] <t t-out="object.partner_id.name"/></div>'
        )
        ada = self._make_cart(self._make_customer("Ada"), hours_ago=4)
        bob = self._make_cart(self._make_customer("Bob", "bob@example.com"))
        messages = self._remind(ada, bob).filtered(lambda m: m.state == "sending")
        body = {m.unfinished_id.order_id: m.text for m in messages}
        self.assertIn("only for Ada", body[ada])
        self.assertNotIn("only for Ada", body[bob])

    def test_every_buyer_is_written_to_in_their_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.steps[0].mail_template_id
        template.subject = "Your cart"
        template.with_context(lang="fr_FR").subject = "Votre panier"
        anonymous = self._make_anonymous_cart(cart_email="guest@example.com", cart_lang="fr_FR")
        french = self._make_cart(self._make_customer("Amélie", "a@example.com", lang="fr_FR"))
        english = self._make_cart(self._make_customer("Bob", "b@example.com"))
        messages = self._remind(anonymous, french, english)
        subjects = {m.address: m.subject for m in messages if m.state == "sending"}
        self.assertEqual(
            subjects,
            {
                "guest@example.com": "Votre panier",
                "a@example.com": "Votre panier",
                "b@example.com": "Your cart",
            },
        )

    def test_an_old_template_of_core_gets_the_safe_link(self):
        core_template = self.env.ref("website_sale.mail_template_sale_cart_recovery")
        self.website.cart_recovery_mail_template_id = core_template
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        self.assertIn("/shop/recover/", message.text)
        self.assertNotIn("access_token", message.text)

    def test_the_delivery_line_is_not_in_the_mail(self):
        cart = self._make_cart()
        carrier = self.env["delivery.carrier"].search([], limit=1)
        cart.set_delivery_line(carrier, 10)
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        self.assertNotIn(carrier.name, message.text)

    def test_a_staff_product_line_added_by_hand_is_in_the_mail(self):
        cart = self._make_cart()
        cart.order_line = [Command.create({"product_id": self.chair.id})]
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        self.assertIn("Chair", message.text)

    def test_fault_74_an_archived_user_holds_nothing_up(self):
        buyer = self._make_portal_user("gone")
        cart = self._make_cart(buyer.partner_id)
        self._find(cart)
        buyer.active = False
        messages = self._remind(cart)
        self.assertIn("sending", messages.mapped("state"))
