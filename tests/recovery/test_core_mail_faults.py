"""Faults of Odoo's own abandoned-cart mail (B1 to B18): each test fails on core."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import SQL

from ..common import queries_of
from ..common_engine import EngineCase, smtp_server


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestCoreMailFaults(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.first = cls.campaign.step_ids[0]
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def sending(self, *carts):
        return self._remind(*carts).filtered(lambda message: message.state == "sending")

    def deliver(self):
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        return inbox

    def test_b1_each_website_sends_its_own_template(self):
        """Core's cron sends one hard-coded template for every website."""
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        for website, subject in ((self.website, "From the first"), (other, "From the other")):
            template = website.cart_recovery_mail_template_id.copy({"subject": subject})
            website.cart_recovery_mail_template_id = template
        here = self._make_cart(self._make_customer("A", "a@example.com"))
        there = self._make_cart(self._make_customer("B", "b@example.com"), website=other)
        subjects = {m.address: m.subject for m in self.sending(here, there)}
        self.assertEqual(
            subjects, {"a@example.com": "From the first", "b@example.com": "From the other"}
        )

    def test_b2_the_link_always_carries_a_token_that_opens_the_cart(self):
        """Core's cron mails links without a token."""
        cart = self._make_cart()
        self.assertFalse(cart.access_token)
        body = self.sending(cart).text
        token = body.split("/shop/recover/")[1].split('"')[0]
        links = self.env["unfinished.order.link"]
        self.assertEqual(links._read_token(token)[0], cart)
        self.assertFalse(cart.access_token, "the portal's token is not needed, so none is made")

    def test_b3_one_reminder_is_one_mail(self):
        """Core sends each mail twice: once to the address, once to the contact."""
        cart = self._make_cart()
        message = self.sending(cart)
        self.assertEqual(len(self._queued_mails(message)._prepare_outgoing_list()), 1)
        inbox = self.deliver()
        self.assertEqual(inbox.recipients, ["ada@example.com"])

    def test_b3_neither_does_an_adopted_core_template_send_two(self):
        self.first.mail_template_id = self.env.ref("website_sale.mail_template_sale_cart_recovery")
        self.sending(self._make_cart())
        self.assertEqual(self.deliver().recipients, ["ada@example.com"])

    def test_b5_one_bad_website_does_not_hold_up_the_others(self):
        """In core one failing mail rolls back those of all websites, hour after hour."""
        other = self.env["website"].create({"name": "Other", "domain": "https://other.example"})
        self._start_reminders(other)
        template = other.cart_recovery_mail_template_id.copy()
        template.body_html = "<p t-out=\"1 / (object.website_id.name != 'Other' and 1 or 0)\"/>"
        other.cart_recovery_mail_template_id = template
        bad = self._make_cart(self._make_customer("B", "b@example.com"), website=other)
        good = self._make_cart(self._make_customer("A", "a@example.com"))
        messages = self._remind(bad, good)
        states = {m.address: m.state for m in messages if m.step_id.sequence == 0}
        self.assertEqual(states, {"a@example.com": "sending", "b@example.com": "failed"})

    def test_b6_queries_do_not_grow_with_the_number_of_carts(self):
        """Core asks ten queries and more for each cart."""
        carts = [
            self._make_cart(self._make_customer("C", f"c{number}@example.com"))
            for number in range(80)
        ]
        self._find(*carts)
        sent = []
        send = self.env["recovery.message"]._send_due_batch
        self.assertLess(queries_of(self.env, lambda: sent.append(send(500))), 80)
        self.assertEqual(sent, [80])

    def test_b7_a_cart_that_cannot_be_reminded_is_not_counted_as_reminded(self):
        """Core marks it as reminded for ever; here a later e-mail address helps."""
        buyer = self._make_customer("Eve", email=False, phone="+359888123456")
        cart = self._make_cart(buyer)
        unfinished = self._find(cart)
        self._run_cron("send")
        self.assertFalse(unfinished.is_reminded)
        self.assertFalse(cart.cart_recovery_email_sent)
        buyer.email = "eve@example.com"
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=1, minutes=30)
        self.assertEqual(self.sending(cart).address, "eve@example.com")

    def test_b9_the_mail_is_the_shops_and_in_the_buyers_language(self):
        """Core asks the salesperson, whom a cart never has, for sender and colour, in English."""
        self.env["res.lang"]._activate_lang("de_DE")
        template = self.first.mail_template_id
        template.with_context(lang="de_DE").subject = "Ihr Einkaufswagen"
        company = self.website.company_id
        company.write(
            {
                "name": "Lighthouse",
                "email": "shop@lighthouse.example",
                "email_secondary_color": "#0a5c36",
                "email_primary_color": "#fdfdfd",
            }
        )
        buyer = self._make_customer("Eva", "eva@example.com", lang="de_DE")
        cart = self._make_cart(buyer)
        self.assertFalse(cart.user_id)
        message = self.sending(cart)
        self.assertEqual(message.subject, "Ihr Einkaufswagen")
        self.assertIn("background-color: #0a5c36; color: #fdfdfd", message.text)
        (mail,) = self.deliver().messages
        for header in ("from", "reply-to"):
            self.assertEqual(mail[header], "My Website <shop@lighthouse.example>")

    def test_b9_each_shop_writes_in_its_own_name(self):
        other_company = self.env["res.company"].create(
            {"name": "Harbour", "email": "shop@harbour.example", "email_secondary_color": "#123456"}
        )
        other = self.env["website"].create(
            {"name": "Harbour", "domain": "https://h.example", "company_id": other_company.id}
        )
        self._start_reminders(other)
        self.website.company_id.write({"name": "Lighthouse", "email": "shop@lighthouse.example"})
        carts = [
            self._make_cart(self._make_customer("A", "a@example.com")),
            self._make_cart(self._make_customer("B", "b@example.com"), website=other),
        ]
        bodies = {message.address: message.text for message in self.sending(*carts)}
        self.assertNotIn("#123456", bodies["a@example.com"])
        self.assertIn("#123456", bodies["b@example.com"])
        senders = {
            mail["to"]: mail["from"].addresses[0].addr_spec for mail in self.deliver().messages
        }
        self.assertEqual(
            senders,
            {"a@example.com": "shop@lighthouse.example", "b@example.com": "shop@harbour.example"},
        )

    def test_b10_the_mail_queue_is_woken_at_once(self):
        """Core leaves the mails to a queue that runs once an hour."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"]
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        self.sending(self._make_cart())
        trigger = triggers.search([("cron_id", "=", cron.id)])
        self.assertTrue(trigger)
        self.assertLessEqual(min(trigger.mapped("call_at")), fields.Datetime.now())

    def test_b11_core_sends_nothing_beside_us(self):
        cart = self._make_cart(hours_ago=48)
        self.website.send_abandoned_cart_email_activation_time = "2020-01-01"
        mails = self.env["mail.mail"].search_count([])
        self.env.ref("website_sale.ir_cron_send_availability_email").method_direct_trigger()
        self.env["website"]._send_abandoned_cart_email()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertFalse(cart.cart_recovery_email_sent)

    def test_b12_the_delay_counts_from_the_last_change_not_from_the_first(self):
        """In core a customer who is shopping in a cart of ten hours ago has abandoned it."""
        cart = self._make_cart(hours_ago=0, date_order=fields.Datetime.now() - timedelta(hours=10))
        cart._cart_add(self.chair.id)
        self.assertFalse(cart.is_abandoned_cart)
        self.assertFalse(self._find(cart))

    def test_b13_a_delay_of_zero_means_as_soon_as_the_cart_is_unfinished(self):
        """Core reads 0 in three ways; one of them mails customers who have bought."""
        self.website.cart_abandoned_delay = 0
        bought, left = (
            self._make_cart(self._make_customer(name, f"{name}@example.com"))
            for name in ("bought", "left")
        )
        self._find(bought, left)
        self._make_cart(
            self._make_customer("x", "bought@example.com"), hours_ago=0
        ).action_confirm()
        self.assertEqual(self.sending(bought, left).address, "left@example.com")

    def test_b14_a_customer_who_bought_later_is_not_mailed(self):
        """Core overlooks purchases older than the delay, bank transfers and other contacts."""
        buyer = self._make_customer("Eve", "eve@example.com")
        with freeze_time("2026-03-02 07:00:00"):
            cart = self._make_cart(buyer, hours_ago=0)
        with freeze_time("2026-03-02 10:00:00"):
            self._make_cart(buyer, hours_ago=0).action_confirm()
        with freeze_time("2026-03-02 10:30:00"):
            newer = self._make_cart(buyer, hours_ago=0)
        sent = self.sending(cart, newer)
        self.assertEqual(sent.unfinished_id.order_id, newer)

    def test_b15_only_a_payment_on_its_way_keeps_a_cart_from_being_reminded(self):
        """Core never reminds of a cart whose payment failed, and of one that has been paid."""
        for state, reminded in (
            ("error", True),
            ("cancel", True),
            ("pending", False),
            ("authorized", False),
            ("done", False),
        ):
            with self.subTest(state=state):
                cart = self._make_cart(self._make_customer("B", f"{state}@example.com"))
                payment = self._make_transaction(cart)
                self.env.flush_all()
                # Not every provider can authorise: what matters here is only what is stored.
                self.env.cr.execute(
                    "UPDATE payment_transaction SET state = %s WHERE id = %s", [state, payment.id]
                )
                self.env.invalidate_all()
                cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
                self.assertEqual(cart.is_abandoned_cart, reminded)
                self.assertEqual(bool(self.sending(cart)), reminded)

    def test_b15_a_failed_payment_is_forgiven_also_when_it_fails_after_a_while(self):
        """Core looks once, and marks the cart as reminded for ever."""
        cart = self._make_cart()
        payment = self._make_transaction(cart, "pending")
        self.assertFalse(self.sending(cart))
        payment._set_error("The card was refused.")
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        self.assertEqual(self.sending(cart).address, "ada@example.com")

    def reported(self, *carts):
        """Return which of these carts the sales report counts as abandoned."""
        self.env.flush_all()
        references = [f"sale.order,{cart.id}" for cart in carts]
        rows = self.env["sale.report"]._read_group(
            [("is_abandoned_cart", "=", True), ("order_reference", "in", references)],
            ["order_reference"],
        )
        found = {reference for (reference,) in rows}
        return [cart for cart in carts if f"sale.order,{cart.id}" in found]

    def test_b16_report_and_list_agree_on_what_is_abandoned(self):
        """In core the report has a rule of its own: any visitor but one, no lines needed."""
        visitor = self._make_customer("Visitor of the second shop", "visitor@example.com")
        user = self.env["res.users"].create({"login": "v2", "partner_id": visitor.id})
        second = self.env["website"].create({"name": "Second", "user_id": user.id})
        second.cart_idle_hours = 10
        delivery = self._make_product("Delivery", 5.0)
        paid, failed = self._make_cart(), self._make_cart()
        self._make_transaction(paid, "pending")
        self._make_transaction(failed, "error")
        (paid | failed).cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        only_delivery = self._make_cart(products=[delivery])
        only_delivery.order_line.is_delivery = True
        busy = self._make_cart()
        busy.date_order = fields.Datetime.now() - timedelta(days=1)
        busy.cart_activity_at = fields.Datetime.now()
        typed = self._make_anonymous_cart(cart_email="typed@example.com")
        cases = {
            "idle": (self._make_cart(), True),
            "payment failed": (failed, True),
            "typed only": (typed, True),
            "anonymous": (self._make_anonymous_cart(), False),
            "the second shop's visitor": (self._make_cart(visitor, website=second), False),
            "that visitor elsewhere": (self._make_cart(visitor), True),
            "not idle enough there": (self._make_cart(website=second, hours_ago=9), False),
            "idle there": (self._make_cart(website=second, hours_ago=11), True),
            "changed just now": (busy, False),
            "paid": (paid, False),
            "only delivery": (only_delivery, False),
            "no address": (self._make_cart(self._make_customer("No", email=False)), False),
        }
        carts = [cart for cart, _expected in cases.values()]
        reported, listed = self.reported(*carts), [c for c in carts if c.is_abandoned_cart]
        searched = self.env["sale.order"].search([("is_abandoned_cart", "=", True)])
        for name, (cart, expected) in cases.items():
            with self.subTest(name):
                self.assertEqual(cart in reported, expected, "the report")
                self.assertEqual(cart in listed, expected, "the order itself")
                self.assertEqual(cart in searched, expected, "the list")

    def test_b16_the_report_looks_for_carts_only_when_asked(self):
        """Core works its rule out for every line; one look at the open carts is enough."""
        self.env.flush_all()
        report = self.env["sale.report"]
        for groupby, looks in ([["state"], False], [["is_abandoned_cart"], True]):
            query = report._search([]).select(*[SQL.identifier("sale_report", f) for f in groupby])
            plan = self.env.execute_query(SQL("EXPLAIN %s", query))
            self.assertEqual("cart_activity_at" in str(plan), looks, groupby)

    def test_b16_a_teams_figures_are_those_of_the_rows_that_they_open(self):
        """Core adds up amounts of different currencies, and opens the carts of all teams."""
        team, other = self.env["crm.team"].create([{"name": "Web"}, {"name": "Other"}])
        euro, dollar = self.env.ref("base.EUR"), self.env.ref("base.USD")
        foreign = euro if self.website.company_id.currency_id == dollar else dollar
        foreign.active = True
        foreign.rate_ids = [Command.clear(), Command.create({"rate": 4.0})]
        pricelist = self.env["product.pricelist"].create({"name": "F", "currency_id": foreign.id})
        mine = self._make_cart(team_id=team.id, products=[self.lamp])
        abroad = self._make_cart(team_id=team.id, pricelist_id=pricelist.id)
        abroad.order_line.price_unit = 160.0
        abroad.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        placed = self._make_cart(team_id=team.id)
        self._find(mine, abroad, placed, self._make_cart(team_id=other.id))
        placed.action_confirm()
        self.assertEqual((team.abandoned_carts_count, team.abandoned_carts_amount), (2, 80))
        action = team.get_abandoned_carts()
        opened = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(opened.order_id, mine | abroad)
        self.assertFalse(action["context"], "a filter on top would hide some of them")

    def test_b16_amounts_of_several_companies_are_converted_before_they_are_added(self):
        """Core adds up whatever the companies sell in."""
        team = self.env["crm.team"].create({"name": "Everywhere", "company_id": False})
        foreign = self.env["res.currency"].search(
            [("id", "!=", self.env.company.currency_id.id), ("active", "in", [True, False])],
            limit=1,
        )
        foreign.active = True
        foreign.rate_ids = [Command.clear(), Command.create({"rate": 4.0})]
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": foreign.id})
        shop = self.env["website"].create({"name": "Abroad", "company_id": abroad.id})
        here = self._make_cart(team_id=team.id)
        there = self._make_cart(team_id=team.id, website=shop)
        self._find(here)
        self._find(there)
        there_unfinished = self.env["unfinished.order"].search([("order_id", "=", there.id)])
        worth = there_unfinished.amount_company / 4
        both = team.with_context(allowed_company_ids=[self.env.company.id, abroad.id])
        self.assertEqual(both.abandoned_carts_count, 2)
        self.assertEqual(both.abandoned_carts_amount, int(40 + worth))
        only_here = team.with_context(allowed_company_ids=self.env.company.ids)
        user = self.env.ref("base.user_admin")
        self.assertEqual(only_here.with_user(user).abandoned_carts_count, 1)

    def test_b16_a_person_who_may_not_see_carts_sees_no_figures(self):
        team = self.env["crm.team"].create({"name": "Web"})
        self._find(self._make_cart(team_id=team.id))
        clerk = new_test_user(
            self.env, "clerk", groups="base.group_user,sales_team.group_sale_salesman"
        )
        self.assertEqual(team.with_user(clerk).abandoned_carts_count, 1)
        clerk.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.assertEqual(team.with_user(clerk).sudo(False).abandoned_carts_count, 0)

    def test_b17_due_carts_are_found_through_an_index(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'sale_order' AND indexdef LIKE %s",
            ["%cart_activity_at%"],
        )
        (definition,) = self.env.cr.fetchone()
        self.assertIn("(website_id, cart_activity_at, id)", definition)
        self.assertIn("WHERE", definition)

    def test_b18_visitors_carts_do_not_use_up_order_numbers(self):
        """In core every visitor's cart takes an order number, so that orders have gaps."""
        first = self._make_cart()
        first.action_confirm()
        for _visitor in range(5):
            self._make_cart()
        second = self._make_cart()
        second.action_confirm()
        numbers = [int("".join(filter(str.isdigit, order.name))) for order in (first, second)]
        self.assertEqual(numbers[1] - numbers[0], 1)
