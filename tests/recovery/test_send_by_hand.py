"""U5: a person sends a reminder, for one unfinished order or for a selection."""

from datetime import date, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import queries_of
from ..common_engine import EngineCase, smtp_server

NOW = "2026-03-02 12:00:00"
SELLER = "sales_team.group_sale_salesman"
BREAKS = "<p t-out=\"1 / (object.partner_id.name != '%s' and 1 or 0)\"/>"
RENDERING_LOGS = ("odoo.addons.mail.models.mail_render_mixin", "odoo.addons.base.models.ir_qweb")


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestSendByHand(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.tz = cls.env.user.tz = "UTC"
        cls.website.send_abandoned_cart_email = False
        cls.campaign = cls.website.recovery_campaign_ids.filtered("is_default")
        cls.steps = cls.campaign.step_ids
        cls.channel = cls.steps[0].channel_id
        cls.seller = new_test_user(cls.env, "seller", groups=SELLER, tz="UTC")
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def _unfinished(self, name="ada", **kwargs):
        buyer = self._make_customer(name.title(), f"{name}@example.com")
        return self._make_unfinished(self._make_cart(buyer, **kwargs))

    def _dialog(self, unfinished):
        action = unfinished.with_user(self.seller).action_send_by_hand()
        return self.env[action["res_model"]].with_user(self.seller).browse(action["res_id"])

    def _send_now(self, unfinished):
        """Send reminders as somebody who presses the two buttons; return the notification."""
        return self._dialog(unfinished).action_send()["params"]["message"]

    def _refused(self, unfinished):
        """Return the words in which a reminder is refused."""
        with self.assertRaises(UserError) as caught:
            self._dialog(unfinished)
        return str(caught.exception)

    # === One order ===#

    def test_a_reminder_by_hand_leaves_with_the_name_of_who_sent_it(self):
        unfinished = self._unfinished()
        wizard = self._dialog(unfinished)
        self.assertEqual(wizard.summary, "Leaves now")
        self.assertIn("Lamp", wizard.preview_body)
        self.assertEqual(wizard.action_send()["params"]["message"], "The reminder is on its way.")
        message = unfinished.message_ids
        self.assertRecordValues(
            message,
            [
                {
                    "state": "waiting",
                    "by_hand": True,
                    "user_id": self.seller.id,
                    "address": "ada@example.com",
                    "company_id": self.website.company_id.id,
                    "planned_for": unfinished.activity_at,
                    "occasion": f"By hand, by {self.seller.name}",
                }
            ],
        )
        self.assertEqual(message.local_day, date(2026, 3, 2))
        self._run_cron("send")
        self.assertEqual(message.state, "sending")
        self.assertEqual(self._queued_mails(message).email_to, "ada@example.com")
        self.assertIn("/shop/recover/", message.text)
        self.assertEqual(unfinished.reminder_note, "Being sent")
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(inbox.recipients, ["ada@example.com"])
        self.assertEqual(message.state, "sent")
        self.assertEqual(unfinished.reminder_note, "Reminded by hand")

    def test_the_send_cron_is_called_at_once(self):
        cron = self.env.ref("website_sale_order_handling.ir_cron_send")
        domain = [("cron_id", "=", cron.id)]
        before = self.env["ir.cron.trigger"].search_count(domain)
        self._send_now(self._unfinished())
        self.assertEqual(self.env["ir.cron.trigger"].search_count(domain), before + 1)

    def test_the_words_are_those_of_the_next_step(self):
        unfinished = self._unfinished()
        wizard = self._dialog(unfinished)
        self.assertEqual(wizard.mail_template_id, self.steps[0].mail_template_id)
        wizard.action_send()
        self._run_cron("send")
        with freeze_time("2026-03-03 12:00:00"):
            wizard = self._dialog(unfinished)
            self.assertEqual(wizard.mail_template_id, self.steps[1].mail_template_id)
            self.steps[1:].active = False
            wizard = self._dialog(unfinished)
            self.assertEqual(wizard.mail_template_id, self.steps[0].mail_template_id)

    def test_no_address_for_the_channel_is_a_clear_error(self):
        self.env.ref("website_sale_order_handling.channel_sms").action_archive()
        buyer = self._make_customer("Eve", email=False, phone="+359888123456")
        unfinished = self._make_unfinished(self._make_cart(buyer))
        error = self._refused(unfinished)
        self.assertIn(unfinished.name, error)
        self.assertIn("no address for", error)
        self.assertIn("add the customer's address", error)

    def test_who_has_left_only_a_number_gets_a_text_by_hand(self):
        buyer = self._make_customer("Eve", email=False, phone="+359888123456")
        unfinished = self._make_unfinished(self._make_cart(buyer))
        action = unfinished.action_send_by_hand()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((wizard.content, wizard.channel_id.name), ("text", "SMS"))
        self.assertIn("/stop/", wizard.preview_body)
        wizard.personal_line = "We have put it aside."
        wizard.action_send()
        self._run_cron("send")
        message = unfinished.message_ids
        text = self.env["sms.sms"].search([("uuid", "=", message.provider_ref)]).body
        self.assertTrue(text.startswith("We have put it aside.\n"))
        self.assertIn("/shop/recover/", text)
        self.assertEqual(message.address, "+359888123456")

    def test_a_second_message_on_one_day_is_a_clear_error_that_names_the_first(self):
        first, second = self._unfinished(), self._unfinished()
        self._send_now(first)
        with freeze_time("2026-03-02 12:05:00"):
            error = self._refused(second)
            self.assertIn(f"gets a message today at 12:00 (UTC) about {first.name}", error)
            self._run_cron("send")
            with smtp_server(self.env):
                self.env["mail.mail"].process_email_queue()
            error = self._refused(second)
            self.assertIn(f"got a message today at 12:05 (UTC) about {first.name}", error)
            self.assertIn("on the next day", error)
        with freeze_time("2026-03-03 00:00:01"):
            self.assertEqual(self._send_now(second), "The reminder is on its way.")

    def test_an_automatic_reminder_of_today_counts_too(self):
        self._start_reminders()
        cart = self._make_cart()
        unfinished = self._remind(cart).unfinished_id
        self.assertIn(f"about {unfinished.name} is on its way", self._refused(unfinished))
        with smtp_server(self.env):
            self.env["mail.mail"].process_email_queue()
        error = self._refused(unfinished)
        self.assertIn(f"got a message today at 12:00 (UTC) about {unfinished.name}", error)

    def test_the_day_is_the_websites_own(self):
        self.website.tz = "Asia/Ho_Chi_Minh"
        first, second = self._unfinished(), self._unfinished()
        with freeze_time("2026-03-02 16:30:00"):
            self._send_now(first)
            self.assertIn("23:30 (Asia/Ho_Chi_Minh)", self._refused(second))
        with freeze_time("2026-03-02 17:00:01"):
            self.assertEqual(self._send_now(second), "The reminder is on its way.")

    def test_the_same_phone_with_another_address_is_another_customer(self):
        for email in ("one@example.com", "two@example.com"):
            buyer = self._make_customer("Eve", email, phone="+359888123456")
            last = self._make_unfinished(self._make_cart(buyer))
            self.assertEqual(self._send_now(last), "The reminder is on its way.")

    def test_each_obstacle_is_named(self):
        def buy(unfinished):
            self._make_cart(unfinished.partner_id, hours_ago=0).action_confirm()

        def pay(unfinished):
            activity_at = unfinished.order_id.cart_activity_at
            self._make_transaction(unfinished.order_id, "pending")
            unfinished.order_id.cart_activity_at = activity_at

        def sell_out(unfinished):
            product = self._make_product("Rare", stock=0, is_storable=True)
            product.allow_out_of_stock_order = False
            product.is_storable = True
            unfinished.order_id.order_line.product_id = product

        obstacles = {
            "has ordered since": buy,
            "payment is in progress": pay,
            "sold out": sell_out,
            "cart is empty": lambda u: u.order_id.order_line.unlink(),
            "cancelled or deleted": lambda u: u.order_id.unlink(),
            "cart is closed": lambda u: u._move_to("expired"),
            "made by staff": lambda u: u.write({"made_by": "staff"}),
            "made by a robot": lambda u: u.write({"made_by": "robot"}),
            "asked for no reminders": lambda u: u.order_id.write({"cart_consent": "declined"}),
        }
        for number, (words, put) in enumerate(obstacles.items()):
            with self.subTest(words):
                unfinished = self._unfinished(f"buyer{number}")
                put(unfinished)
                self.assertIn(words, self._refused(unfinished).lower())
                self.assertFalse(unfinished.message_ids)

    def test_the_rules_of_a_campaign_do_not_bind_a_person(self):
        self.campaign.min_amount = 1000
        unfinished = self._unfinished()
        unfinished.order_id._cart_add(self.chair.id)
        self._send_now(unfinished)
        self._run_cron("send")
        self.assertEqual(unfinished.message_ids.state, "sending")

    def test_in_quiet_hours_it_waits_and_takes_the_next_day(self):
        self.channel.write({"has_quiet_hours": True, "quiet_from": 21.0, "quiet_to": 8.0})
        unfinished = self._unfinished()
        with freeze_time("2026-03-02 22:00:00"):
            wizard = self._dialog(unfinished)
            self.assertEqual(wizard.summary, "Leaves at 08:00 (UTC) (quiet hours)")
            wizard.action_send()
            message = unfinished.message_ids
            self.assertRecordValues(
                message,
                [{"due_at": datetime(2026, 3, 3, 8), "local_day": date(2026, 3, 3)}],
            )
            self._run_cron("send")
            self.assertEqual(message.state, "waiting")
        with freeze_time("2026-03-03 08:00:00"):
            self._run_cron("send")
            self.assertEqual(message.state, "sending")

    def test_a_customer_who_got_one_today_may_be_written_to_for_tomorrow_morning(self):
        self._send_now(first := self._unfinished())
        self._run_cron("send")
        self.channel.write({"has_quiet_hours": True, "quiet_from": 21.0, "quiet_to": 8.0})
        with freeze_time("2026-03-02 22:00:00"):
            self.assertEqual(self._send_now(first), "The reminder is on its way.")
            error = self._refused(first)
            self.assertIn("03/03/2026 at 08:00", error)

    def test_a_cart_changed_while_the_message_waits_does_not_stop_it(self):
        self.channel.write({"has_quiet_hours": True, "quiet_from": 11.0, "quiet_to": 18.0})
        unfinished = self._unfinished()
        self._send_now(unfinished)
        unfinished.order_id._cart_add(self.chair.id)
        with freeze_time("2026-03-02 18:00:00"):
            self._find(unfinished.order_id)
            self._run_cron("send")
        self.assertEqual(unfinished.message_ids.state, "sending")
        self.assertIn("Chair", unfinished.message_ids.text)

    def test_the_campaign_goes_on_as_planned(self):
        self._start_reminders()
        self.steps[0].delay_hours = 3
        unfinished = self._find(self._make_cart(hours_ago=2))
        automatic = unfinished.message_ids
        due_at = automatic.due_at
        self._send_now(unfinished)
        self._run_cron("send")
        by_hand = unfinished.message_ids - automatic
        self.assertEqual(by_hand.state, "sending")
        self.assertEqual((automatic.state, automatic.due_at), ("waiting", due_at))
        with freeze_time(due_at):
            self._run_cron("send")
            self.assertEqual((automatic.state, automatic.reason), ("waiting", "daily_limit"))
        with freeze_time(automatic.due_at):
            self._run_cron("send")
            self.assertEqual(automatic.state, "sending")

    def test_a_waiting_message_by_hand_holds_up_no_step(self):
        self.channel.write({"has_quiet_hours": True, "quiet_from": 11.0, "quiet_to": 18.0})
        unfinished = self._unfinished()
        self._send_now(unfinished)
        self._start_reminders()
        unfinished._plan_next_reminders()
        self.assertEqual(unfinished.message_ids.step_id[:1], self.steps[0])

    def test_a_channel_switched_off_meanwhile_sends_nothing(self):
        channel = self.channel.copy()
        self.steps.channel_id = channel
        unfinished = self._unfinished()
        self._send_now(unfinished)
        channel.action_archive()
        self._run_cron("send")
        self.assertRecordValues(
            unfinished.message_ids, [{"state": "skipped", "reason": "reminders_off"}]
        )

    # === The template ===#

    def test_a_template_of_another_kind_is_refused(self):
        wizard = self._dialog(self._unfinished())
        other = self.env["mail.template"].create(
            {"name": "For people", "model_id": self.env.ref("base.model_res_partner").id}
        )
        with self.assertRaisesRegex(ValidationError, "For people"):
            wizard.mail_template_id = other

    # === A personal line ===#

    def test_the_dialog_says_to_whom_it_goes(self):
        wizard = self._dialog(self._unfinished())
        self.assertEqual(wizard.recipient, "Ada · ada@example.com")
        self.assertFalse(self._dialog(self._unfinished("bob") | self._unfinished()).recipient)

    def test_the_preview_is_in_the_language_of_the_buyer_whoever_looks_at_it(self):
        """Vietnamese greet by the last of somebody's names, others by the first."""
        self.env["res.lang"]._activate_lang("vi_VN")
        customer = self._make_customer("Maria Ivanova", "maria@example.com", lang="en_US")
        unfinished = self._make_unfinished(self._make_cart(customer))
        template = unfinished._default_template_by_hand()
        in_english = unfinished._preview_by_hand(template)
        self.assertIn("Hello Maria,", in_english[1])
        self.assertEqual(
            unfinished.with_context(lang="vi_VN")._preview_by_hand(template), in_english
        )

    def test_a_personal_line_is_in_the_preview_and_in_this_mail_only(self):
        bob, ada = self._unfinished("bob"), self._unfinished()
        self._send_now(bob)
        wizard = self._dialog(ada)
        self.assertNotIn("put the blue one", wizard.preview_body)
        with Form(wizard) as form:
            form.personal_line = "We have put the blue one aside.\nGreetings <Ben & Co>"
            self.assertIn("put the blue one", form.preview_body)
        wizard.action_send()
        self._run_cron("send")
        words = "We have put the blue one aside.<br/>Greetings &lt;Ben &amp; Co&gt;"
        self.assertEqual(ada.message_ids.text.count(words), 1)
        self.assertNotIn("blue one", bob.message_ids.text)
        order = ada.message_ids.text.index
        self.assertLess(order("reminder-card"), order(words), "within the card")
        self.assertLess(order(words), ada.message_ids.text.rindex("Lamp"))

    def test_a_personal_line_comes_first_in_whatever_template(self):
        for layout in (False, "mail.mail_notification_light"):
            template = self.steps[0].mail_template_id.copy(
                {"body_html": "<p>Own words</p>", "email_layout_xmlid": layout}
            )
            with self.subTest(layout=layout):
                unfinished = self._unfinished(f"l{(layout and 1) or 0}")
                messages, _plans = unfinished._send_by_hand(self.channel, template, "Hello you")
                self._run_cron("send")
                text = messages.text
                self.assertEqual(text.count("Hello you"), 1)
                self.assertLess(text.index("Hello you"), text.index("Own words"))
                body = text.lower().find("<body")
                self.assertLess(body, text.index("Hello you"), "it stands within the page")

    def test_a_personal_line_is_erased_with_the_person(self):
        unfinished = self._unfinished()
        messages, _plans = unfinished._send_by_hand(
            self.channel, self.steps[0].mail_template_id, "Dear Ada"
        )
        self.assertEqual(messages.personal_line, "Dear Ada")
        unfinished._erase_person()
        self.assertFalse(messages.personal_line)

    def test_a_personal_line_is_no_letter(self):
        with self.assertRaisesRegex(ValidationError, "1000 characters"):
            self._dialog(self._unfinished()).personal_line = "x" * 1001

    def test_a_broken_template_is_said_in_the_preview_and_refused_for_one(self):
        unfinished = self._unfinished()
        broken = self.steps[0].mail_template_id.copy(
            {"name": "Broken", "body_html": BREAKS % "ADA"}
        )
        unfinished.partner_id.name = "ADA"
        with mute_logger(*RENDERING_LOGS):
            form = Form(self._dialog(unfinished))
            self.assertFalse(form.preview_error)
            form.mail_template_id = broken
            self.assertIn("division by zero", form.preview_error)
            self.assertFalse(form.preview_body)
            wizard = form.save()
            self.assertEqual(wizard.mail_template_id, broken)
            with self.assertRaisesRegex(UserError, "Choose another template"):
                wizard.action_send()
        self.assertFalse(unfinished.message_ids)

    def test_a_template_that_breaks_on_one_of_many_fails_for_that_one(self):
        template = self.steps[0].mail_template_id
        template.body_html = BREAKS % "Poison"
        unfinished = self._unfinished("poison") | self._unfinished("ada") | self._unfinished("bob")
        with mute_logger(*RENDERING_LOGS):
            wizard = self._dialog(unfinished)
            wizard.action_send()
            self._run_cron("send")
        states = {u.customer_name: u.message_ids.state for u in unfinished}
        self.assertEqual(states, {"Poison": "failed", "Ada": "sending", "Bob": "sending"})

    def test_a_template_deleted_meanwhile_fails_with_a_text(self):
        template = self.steps[0].mail_template_id.copy()
        self.steps[0].mail_template_id = template
        unfinished = self._unfinished()
        self._send_now(unfinished)
        # Refused in Odoo; a restored database can be without it all the same.
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM mail_template WHERE id = %s", [template.id])
        self.env.invalidate_all()
        self._run_cron("send")
        self.assertRecordValues(
            unfinished.message_ids, [{"state": "failed", "reason": "rendering"}]
        )
        self.assertIn("deleted", unfinished.message_ids.detail)

    # === A selection ===#

    def test_a_selection_names_each_row_that_is_skipped_and_sends_the_rest(self):
        ada, again = self._unfinished(hours_ago=2), self._unfinished(hours_ago=5)
        bob = self._unfinished("bob")
        eve = self._unfinished("eve")
        eve.made_by = "robot"
        wizard = self._dialog(again | ada | bob | eve)
        self.assertEqual(wizard.summary, "2 will be sent, 2 skipped")
        outcomes = {line.unfinished_id: line.outcome for line in wizard.line_ids}
        self.assertEqual(outcomes[ada], "Leaves now")
        self.assertEqual(outcomes[again], f"The same customer is reminded of {ada.name}")
        self.assertIn("robot", outcomes[eve])
        self.assertEqual(wizard.line_ids[:2].unfinished_id, again | eve, "above, to be seen")
        self.assertEqual(
            wizard.action_send()["params"]["message"],
            "2 reminders are on their way, 2 skipped.",
        )
        sent = (ada | again | bob | eve).message_ids.unfinished_id
        self.assertEqual(sent, ada | bob, "the cart of the same customer that was changed last")
        with self.assertRaisesRegex(UserError, "None of these"):
            wizard.action_send()
        self.assertEqual(len(ada.message_ids), 1)

    def test_the_notification_opens_exactly_these_messages(self):
        unfinished = self._unfinished() | self._unfinished("bob")
        action = self._dialog(unfinished).action_send()["params"]["messages"]
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), unfinished.message_ids
        )

    def test_somebody_faster_makes_a_row_a_skip_and_not_a_lost_batch(self):
        ada, bob = self._unfinished(), self._unfinished("bob")
        wizard = self._dialog(ada | bob)
        self._send_now(ada)
        notice = wizard.action_send()["params"]["message"]
        self.assertEqual(notice, "One reminder is on its way, 1 skipped.")
        self.assertEqual(len(ada.message_ids), 1)
        self.assertEqual(len(bob.message_ids), 1)

    def test_another_channel_shows_its_own_outcome(self):
        quiet = self.channel.copy(
            {"name": "Quiet", "has_quiet_hours": True, "quiet_from": 11, "quiet_to": 18}
        )
        unfinished = self._unfinished() | self._unfinished("bob")
        with Form(self._dialog(unfinished)) as form:
            form.channel_id = quiet
            wizard = form.save()
        self.assertEqual(
            set(wizard.line_ids.mapped("outcome")), {"Leaves at 18:00 (UTC) (quiet hours)"}
        )

    def test_sixty_rows_ask_no_more_than_ten(self):
        shown = {"summary": {}, "line_ids": {"fields": {"outcome": {}, "address": {}}}}

        def send(unfinished):
            wizard = self._dialog(unfinished)
            wizard.web_read(shown)
            wizard.action_send()

        def queries(count):
            unfinished = self.env["unfinished.order"].concat(
                *(self._unfinished(f"q{count}x{n}") for n in range(count))
            )
            unfinished = unfinished.with_user(self.seller)
            return queries_of(self.env, lambda: send(unfinished))

        queries(3)
        self.assertLessEqual(queries(60), queries(10) + 2)

    # === Rights ===#

    def test_colleagues_customers_and_visitors_cannot_send(self):
        unfinished = self._unfinished()
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        for user in (employee, self._make_portal_user(), self.website.user_id):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    unfinished.with_user(user).action_send_by_hand()
                with self.assertRaises(AccessError):
                    self.env["unfinished.order.send"].with_user(user).create(
                        {
                            "channel_id": self.channel.id,
                            "mail_template_id": self.steps[0].mail_template_id.id,
                        }
                    )

    def test_another_companys_orders_are_refused_however_they_are_asked_for(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        shop = self.env["website"].create({"name": "Other Shop", "company_id": company.id})
        theirs = self._unfinished(website=shop)
        with self.assertRaises(AccessError):
            theirs.with_user(self.seller).action_send_by_hand()
        wizard = self._dialog(self._unfinished("bob"))
        with self.assertRaises(AccessError), self.cr.savepoint():
            wizard.write({"line_ids": [(0, 0, {"unfinished_id": theirs.id})]})
            wizard.action_send()
        self.assertFalse(theirs.message_ids)

    def test_another_companys_message_is_not_named(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        shop = self.env["website"].create(
            {"name": "Other Shop", "company_id": company.id, "tz": "UTC"}
        )
        theirs = self._unfinished(website=shop)
        theirs._send_by_hand(self.channel, self.steps[0].mail_template_id)
        error = self._refused(self._unfinished())
        self.assertNotIn(theirs.name, error)
        self.assertIn("another shop", error)

    def test_a_colleague_cannot_use_somebody_elses_dialog(self):
        wizard = self._dialog(self._unfinished())
        other = new_test_user(self.env, "other", groups=SELLER)
        with self.assertRaises(AccessError):
            wizard.with_user(other).action_send()

    def test_the_action_in_the_menu_is_open_to_sellers(self):
        action = self.env.ref("website_sale_order_handling.action_unfinished_order_send")
        unfinished = self._unfinished() | self._unfinished("bob")
        opened = (
            action.with_user(self.seller)
            .with_context(active_model="unfinished.order", active_ids=unfinished.ids)
            .run()
        )
        wizard = self.env["unfinished.order.send"].browse(opened["res_id"])
        self.assertEqual(wizard.line_ids.unfinished_id, unfinished)

    def test_a_seller_with_own_documents_only_sees_the_preview_of_nobodys_cart(self):
        unfinished = self._unfinished(user_id=False)
        self.assertIn("Lamp", self._dialog(unfinished).preview_body)

    def test_nothing_selected_is_said(self):
        with self.assertRaisesRegex(UserError, "Select"):
            self.env["unfinished.order"].action_send_by_hand()

    def test_a_message_that_should_have_left_days_ago_does_not(self):
        unfinished = self._unfinished()
        self._send_now(unfinished)
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            self._run_cron("send")
        self.assertRecordValues(unfinished.message_ids, [{"state": "skipped", "reason": "stale"}])
