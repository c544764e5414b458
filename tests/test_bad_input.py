"""What nobody should type, and what happens when it is there all the same."""

from collections import OrderedDict
from urllib.parse import quote_plus

from markupsafe import escape

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, HttpCase, TransactionCase, freeze_time, tagged

from ..controllers import guesses
from .common_engine import EngineCase, smtp_server


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestBadInput(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.steps = cls.campaign.step_ids
        cls.channel = cls.steps[0].channel_id
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def write_by_sql(self, record, **values):
        """Write past all checks, as a migration or another program does."""
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(
                f"UPDATE {record._table} SET {name} = %s WHERE id IN %s",  # pylint: disable=E8103
                [value, tuple(record.ids)],
            )
        self.env.invalidate_all()

    def remind_with_a_good_one(self, bad):
        """Remind of `bad` and of a cart with which nothing is wrong; return what became of both."""
        good = self._make_cart(self._make_customer("Good", "good@example.com"))
        messages = self._remind(bad, good)
        first = messages.filtered(lambda m: m.step_id == self.steps[0])
        fine = first.filtered(lambda m: m.unfinished_id.order_id == good)
        self.assertEqual(fine.state, "sending", "the batch goes on")
        return first - fine

    def test_an_address_with_line_breaks_is_none(self):
        cart = self._make_anonymous_cart()
        cart._capture_contact(email="eve@example.com\r\nBcc: all@example.com")
        self.assertFalse(cart.cart_email)
        with_phone = self._make_anonymous_cart(cart_phone="+359888123456")
        self.write_by_sql(cart | with_phone, cart_email="eve@example.com\r\nBcc: all@example.com")
        unfinished = self._find(cart, with_phone)
        self.assertEqual(unfinished.order_id, with_phone, "nobody can be reached through it")
        self.assertFalse(unfinished.email)
        self.assertEqual(set(unfinished.message_ids.mapped("reason")), {"no_address"})

    def test_a_phone_that_is_none_is_none(self):
        cart = self._make_anonymous_cart()
        cart._capture_contact(phone="call me maybe")
        self.assertFalse(cart.cart_phone)
        buyer = self._make_customer("Eve", email=False, phone="0" * 5000)
        self.assertFalse(self._find(self._make_cart(buyer)).phone)

    def test_a_name_of_a_million_letters_is_one_clean_mail_or_one_failed_row(self):
        # As long as the database takes it; what a line says has no such limit.
        cart = self._make_cart(self._make_customer("\N{GRINNING FACE}" * 20_000, "x@example.com"))
        cart.order_line.name = "\N{GRINNING FACE}x" * 500_000
        cart.cart_activity_at = fields.Datetime.subtract(fields.Datetime.now(), hours=2)
        message = self.remind_with_a_good_one(cart)
        self.assertIn(message.state, ("sending", "failed"))
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertLessEqual(len(inbox.messages), 2)
        self.assertIn("good@example.com", inbox.recipients)

    def test_fault_74_an_unknown_time_zone_is_the_websites(self):
        self.website.tz = "Europe/Sofia"
        cart = self._make_cart(self._make_customer("Zoe", "zoe@example.com"))
        self.write_by_sql(cart, cart_tz="Moon/Crater")
        self.write_by_sql(cart.partner_id, tz="Mars/Olympus")
        message = self.remind_with_a_good_one(cart)
        self.assertEqual(message.state, "sending")
        self.assertFalse(message.unfinished_id.tz)

    def test_fault_74_an_unknown_time_zone_of_an_unfinished_order_holds_nothing_up(self):
        self.steps[0].delay_hours = 3
        cart = self._make_cart(self._make_customer("Zoe", "zoe@example.com"))
        unfinished = self._find(cart)
        self.write_by_sql(unfinished, tz="Moon/Crater")
        self.channel.write({"has_quiet_hours": True, "quiet_from": 22.0, "quiet_to": 6.0})
        with freeze_time("2026-03-02 14:00:00"):
            self._run_cron("send")
        self.assertIn("sending", unfinished.message_ids.mapped("state"))

    def test_a_negative_delay_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "enter 0 hours or more"):
            self.steps[0].delay_hours = -1

    def test_a_step_before_the_one_above_it_is_refused_through_the_form(self):
        with (
            self.assertRaisesRegex(ValidationError, "Change its time, or move it up"),
            Form(self.campaign) as form,
            form.step_ids.edit(1) as step,
        ):
            step.delay_hours = 0.5

    def test_quiet_hours_of_the_whole_day_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "end earlier, or archive"):
            self.channel.write({"has_quiet_hours": True, "quiet_from": 8.0, "quiet_to": 8.0})

    def test_fault_74_a_template_of_another_model_is_refused(self):
        template = self.env["mail.template"].create(
            {"name": "Hello", "model_id": self.env.ref("base.model_res_partner").id}
        )
        with self.assertRaisesRegex(ValidationError, "Choose one that applies to sales orders"):
            self.steps[0].mail_template_id = template

    def test_fault_74_a_template_moved_to_another_model_shows_nobody_elses_record(self):
        template = self.steps[0].mail_template_id.copy({"subject": "{{ object.display_name }}"})
        self.steps[0].mail_template_id = template
        partner_model = self.env.ref("base.model_res_partner")
        self.write_by_sql(template, model_id=partner_model.id, model="res.partner")
        cart = self._make_cart(self._make_customer("Ann", "ann@example.com"))
        messages = self._remind(cart).filtered(lambda m: m.step_id == self.steps[0])
        self.assertRecordValues(messages, [{"state": "failed", "reason": "rendering"}])
        self.assertIn("another kind of record", messages.detail)
        self.assertFalse(self._queued_mails(messages))

    def test_fault_74_a_language_that_was_removed_is_the_websites(self):
        cart = self._make_cart(self._make_customer("Lea", "lea@example.com"))
        self.write_by_sql(cart.partner_id, lang="xx_XX")
        self.assertEqual(self.remind_with_a_good_one(cart).state, "sending")

    def test_fault_74_an_archived_salesperson_and_sender_hold_nothing_up(self):
        seller = self.env["res.users"].create(
            {"name": "Gone", "login": "gone", "email": "gone@example.com"}
        )
        cart = self._make_cart(user_id=seller.id)
        seller.action_archive()
        self.assertEqual(self.remind_with_a_good_one(cart).state, "sending")

    def test_a_cart_with_a_note_of_nonsense_is_reminded(self):
        note = Command.create({"display_type": "line_note", "name": "\u202e\x0b{{ 1/0 }} <script>"})
        cart = self._make_cart(self._make_customer("Nell", "nell@example.com"))
        cart.order_line = [note]
        cart.cart_activity_at = fields.Datetime.subtract(fields.Datetime.now(), hours=2)
        message = self.remind_with_a_good_one(cart)
        self.assertEqual(message.state, "sending")
        self.assertNotIn("<script>", message.text)


@tagged("post_install", "-at_install")
class TestGuesses(EngineCase, HttpCase):
    def test_fault_53_hundreds_of_guesses_all_get_the_same_answer(self):
        cart = self._make_cart()
        cart._portal_ensure_token()
        self.assertTrue(cart.access_token)
        top = self.env["sale.order"].search([], order="id desc", limit=1).id
        token = self.env["unfinished.order.link"]._make_token(cart)
        recover = [f"/shop/recover/{token[:-number]}" for number in range(1, 60)]
        recover += [f"/shop/recover/{number}" for number in range(100)]
        core = [f"/shop/cart?id={number}&access_token=guess" for number in range(1, 100)]
        core += [f"/shop/cart?id={cart.id}&access_token={cart.access_token[:n]}" for n in range(8)][
            1:
        ]
        core += [f"/shop/cart?id={top + 10**number}&access_token=x" for number in range(12)]
        for paths in (recover, core):
            answers = {self.answer(path) for path in paths}
            self.assertEqual(len(answers), 1, paths[0])
            self.assertEqual(answers.pop()[0], 404)

    def test_fault_53_a_person_who_goes_on_guessing_is_logged_once_and_answered_briefly(self):
        self._start_reminders()
        message = self._remind(self._make_cart()).filtered("text")
        cart = message.unfinished_id.order_id
        right = [
            f"/shop/recover/{self.env['unfinished.order.link']._make_token(cart)}",
            f"/shop/reminders/{self.env['recovery.optout']._make_token(message)}",
        ]
        wrong = [*(f"{path[:-4]}" for path in right), f"/shop/cart?id={cart.id}&access_token=guess"]
        guesses._wrong.clear()
        self.addCleanup(guesses._wrong.clear)
        self.patch(guesses, "MAX_WRONG", 6)
        before = {self.answer(guess)[0] for guess in wrong * 2}
        with self.assertLogs(guesses.__name__, "WARNING") as log:
            after = [self.url_open(guess, allow_redirects=False) for guess in wrong * 2]
        self.assertEqual(before, {404})
        self.assertEqual({answer.status_code for answer in after}, {429})
        self.assertEqual(len({answer.text for answer in after}), 1, "the same answer to all")
        self.assertEqual(len(log.output), 1)
        self.assertIn("127.0.0.1", log.output[0])
        one_click = self.url_open(wrong[1], data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(one_click.status_code, 429)
        for link in right:
            answer = self.url_open(link, allow_redirects=False)
            self.assertEqual(answer.status_code, 303, "a right link is no guess")
        self.patch(guesses, "SECONDS", 0)
        self.assertEqual(self.answer(wrong[0])[0], 404, "an hour later")

    def test_fault_53_guesses_are_counted_by_subscriber_and_the_oldest_are_forgotten(self):
        self.patch(guesses, "_wrong", OrderedDict())
        self.patch(guesses, "REMEMBERED", 2)
        neighbours = [guesses._origin(f"2001:db8:1:1::{number}") for number in (1, 2)]
        self.assertEqual(neighbours, ["2001:db8:1:1::/64"] * 2)
        self.assertNotIn(guesses._origin("2001:db8:1:2::1"), neighbours)
        self.assertEqual(guesses._origin("192.0.2.7"), "192.0.2.7")
        self.assertEqual(guesses._origin(None), "")
        counts = [guesses._count(who, 0.0) for who in ("a", "a", "b", "c", "a")]
        self.assertEqual(counts, [1, 2, 1, 1, 1])
        self.assertEqual(len(guesses._wrong), 2)

    def answer(self, address):
        """Return status and length of an answer, without what repeats the address itself."""
        response = self.url_open(address, allow_redirects=False)
        path, _mark, query = address.partition("?")
        text = response.text
        for part in (query, quote_plus(query), escape(query), path, quote_plus(path)):
            text = text.replace(str(part), "") if part else text
        return response.status_code, len(text)
