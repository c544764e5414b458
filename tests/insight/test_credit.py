"""Which reminder earned an order, and that no order and no money is counted twice."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import queries_of
from ..common_engine import EngineCase
from ..common_shop import ShopCase

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


class CreditCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.step = cls._start_reminders().step_ids[0]
        # One of its own, which has earned nothing yet, whatever the demo data show.
        cls.campaign = cls.env["recovery.campaign"].create(
            {"name": "Credit", "website_id": cls.website.id, "is_running": True}
        )
        cls.campaign.active_since = cls.now - timedelta(days=30)

    @classmethod
    def _make_buyers(cls, count, **kwargs):
        """Return the unfinished orders of so many different buyers."""
        carts = cls.env["sale.order"]
        for number in range(count):
            email = f"buyer{number}-{len(cls.env['res.partner'].search([]))}@example.com"
            carts |= cls._make_cart(cls._make_customer(email, email), **kwargs)
        return cls._make_unfinished(carts)

    def _send(self, unfinished, days_ago=1.0, clicked_days_ago=None, body="<p>Hello</p>", **vals):
        """Let a reminder about each of `unfinished` have left, and perhaps be clicked."""
        messages = self.env["recovery.message"]
        for one in unfinished:
            message = messages.create(
                {
                    "unfinished_id": one.id,
                    "company_id": one.company_id.id,
                    "website_id": one.website_id.id,
                    "campaign_id": self.campaign.id,
                    "channel_id": self.step.channel_id.id,
                    "state": "sent",
                    "sent_at": self.now - timedelta(days=days_ago),
                    "subject": "Your cart",
                    "body": body,
                    **vals,
                }
            )
            if clicked_days_ago is not None:
                self._click(message, clicked_days_ago)
            messages |= message
        return messages

    def _click(self, message, days_ago):
        at = self.now - timedelta(days=days_ago)
        values = {"message_id": message.id, "kind": "clicked", "at": at}
        self.env["recovery.event"].create(values)
        message._on_event("clicked", at)

    def _place(self, unfinished):
        unfinished.order_id.action_confirm()
        return unfinished

    def _credits(self, unfinished):
        return [(one.credit, one.credit_message_id, one.state) for one in unfinished]

    def _make_program(self, **vals):
        return self.env["loyalty.program"].create(
            {
                "name": "Come back",
                "program_type": "promo_code",
                "applies_on": "current",
                "trigger": "with_code",
                "ecommerce_ok": True,
                "rule_ids": [Command.create({"mode": "with_code", "code": "COMEBACK"})],
                "reward_ids": [Command.create({"reward_type": "discount", "discount": 10})],
                **vals,
            }
        )


@tagged("post_install", "-at_install")
class TestCredit(CreditCase, TransactionCase):
    def test_each_kind_of_credit_is_noted_with_its_reminder_campaign_and_amount(self):
        clicked, assisted, alone = self._make_buyers(3, products={self.lamp: 2})
        click = self._send(clicked, days_ago=2, clicked_days_ago=1)
        left = self._send(assisted, days_ago=2)
        self._place(clicked | assisted | alone)
        common = {"placed_amount": 80.0, "company_currency_id": self.env.company.currency_id.id}
        self.assertRecordValues(
            clicked | assisted | alone,
            [
                {
                    "credit": "clicked",
                    "credit_message_id": click.id,
                    "credit_campaign_id": self.campaign.id,
                    "credit_at": click.clicked_at,
                    "state": "recovered",
                    **common,
                },
                {
                    "credit": "assisted",
                    "credit_message_id": left.id,
                    "credit_campaign_id": self.campaign.id,
                    "credit_at": left.sent_at,
                    "state": "own_accord",
                    **common,
                },
                {
                    "credit": "own_accord",
                    "credit_message_id": False,
                    "credit_campaign_id": False,
                    "credit_at": False,
                    "state": "own_accord",
                    **common,
                },
            ],
        )

    def test_the_window_is_a_setting_of_the_campaign(self):
        early, late = self._make_buyers(2)
        self._send(early, days_ago=4, clicked_days_ago=3)
        self._send(late, days_ago=6, clicked_days_ago=5)
        self.campaign.credit_days = 4
        self._place(early | late)
        self.assertEqual((early | late).mapped("credit"), ["clicked", "own_accord"])
        with self.assertRaisesRegex(ValidationError, "at least 1 day"):
            self.campaign.credit_days = 0

    def test_the_last_click_counts_not_the_first(self):
        one = self._make_buyers(1)
        message = self._send(one, days_ago=20, clicked_days_ago=19)
        self._click(message, 2)
        self._place(one)
        self.assertEqual(one.credit, "clicked")
        self.assertEqual(one.credit_at, self.now - timedelta(days=2))

    def test_fault_22_what_is_dated_after_the_order_earns_nothing(self):
        sent, clicked = self._make_buyers(2)
        self._send(sent, days_ago=-1)
        self._send(clicked, days_ago=1, clicked_days_ago=-1)
        self._place(sent | clicked)
        self.assertEqual((sent | clicked).mapped("credit"), ["own_accord", "assisted"])

    def test_what_never_reached_the_buyer_earns_nothing(self):
        for state in ("waiting", "skipped", "failed", "bounced", "sending"):
            one = self._make_buyers(1)
            self._send(one, state=state)
            self._place(one)
            self.assertEqual((state, one.credit), (state, "own_accord"))

    def test_carts_of_staff_and_robots_are_in_no_figure(self):
        made = self._make_buyers(2)
        made[0].made_by, made[1].made_by = "staff", "robot"
        self._send(made, clicked_days_ago=1)
        self._place(made)
        self.assertEqual(made.mapped("credit"), [False, False])
        self.assertEqual(made.mapped("placed_amount"), [0.0, 0.0])
        later = self._place(self._make_buyers(1))
        before = self.campaign.own_accord_count
        later.made_by = "robot"  # found out afterwards
        self.campaign.invalidate_recordset()
        self.assertEqual(self.campaign.own_accord_count, before - 1)

    def test_a_batch_costs_the_same_number_of_queries_however_large(self):
        rule = self._make_program().rule_ids

        def count_queries(size):
            unfinished = self._make_buyers(size)
            self._send(unfinished, clicked_days_ago=1, body=f"<p>{rule.code}</p>")
            self._send(unfinished, days_ago=3)
            unfinished.order_id.code_enabled_rule_ids = rule
            orders = unfinished.order_id
            orders.placed_at = fields.Datetime.now()
            queries = queries_of(self.env, lambda: unfinished._on_order_placed(orders))
            self.assertEqual(set(unfinished.mapped("credit")), {"clicked"})
            return queries

        count_queries(2)
        few, many = count_queries(3), count_queries(30)
        self.assertEqual(few, many)
        self.assertLess(many, 60)

    # === Coupons ===#

    def test_a_promotion_code_from_a_reminder_earns_the_order(self):
        self._make_program()
        given, other, lower = self._make_buyers(3)
        message = self._send(given, days_ago=40, body="<p>Use <b>COMEBACK</b>!</p>")
        self._send(other, days_ago=1, body="<p>Use COMEBACK2</p>")
        self._send(lower, days_ago=1, body="<p>Please comeback</p>")
        for one in given | other | lower:
            self.assertNotIn("error", one.order_id._try_apply_code("COMEBACK"))
        self._place(given | other | lower)
        self.assertEqual(self._credits(given | other | lower)[0], ("coupon", message, "recovered"))
        self.assertEqual((other | lower).mapped("credit"), ["assisted", "assisted"])

    def test_a_personal_coupon_from_a_reminder_earns_the_order(self):
        program = self._make_program(program_type="coupons", rule_ids=[Command.clear()])
        self.env["loyalty.card"].create(
            {"program_id": program.id, "points": 1, "code": "CART-x7Qp"}
        )
        one = self._make_buyers(1)
        message = self._send(one, days_ago=10, subject="CART-x7Qp is yours")
        self.assertNotIn("error", one.order_id._try_apply_code("CART-x7Qp"))
        self._place(one)
        self.assertEqual(self._credits(one), [("coupon", message, "recovered")])

    def test_a_card_that_the_customer_has_anyway_is_no_code_of_a_reminder(self):
        program = self._make_program(
            program_type="loyalty", applies_on="both", trigger="auto", rule_ids=[]
        )
        card = self.env["loyalty.card"].create({"program_id": program.id, "code": "MEMBER7"})
        one = self._make_buyers(1)
        self._send(one, body="<p>Your card: MEMBER7</p>")
        one.order_id.applied_coupon_ids = card
        self.assertEqual(one._codes_on(one.order_id), set())

    # === A cart and its copy ===#

    def _make_copy(self, source, hours_ago=2):
        cart = self._make_cart(source.partner_id, {self.lamp: 1}, hours_ago=hours_ago)
        cart.cart_source_id = source
        return cart

    def test_an_order_from_a_copied_cart_counts_where_its_reminder_was(self):
        source = self._make_buyers(1)
        message = self._send(source, clicked_days_ago=0.5)
        copy = self._make_copy(source)
        own = self._make_unfinished(copy)
        copy.action_confirm()
        self.assertEqual(self._credits(source), [("clicked", message, "recovered")])
        self.assertEqual(source.placed_amount, 40.0)
        self.assertEqual((own.state, own.credit, own.placed_amount), ("own_accord", False, 0.0))
        self.assertEqual((source | own).placed_order_id, copy)

    def test_an_order_from_a_copied_cart_counts_as_its_own_when_its_own_reminder_came_last(self):
        source = self._make_buyers(1)
        self._send(source, clicked_days_ago=3, days_ago=4)
        copy = self._make_copy(source)
        own = self._make_unfinished(copy)
        message = self._send(own, clicked_days_ago=1, days_ago=2)
        copy.action_confirm()
        self.assertEqual(self._credits(own), [("clicked", message, "recovered")])
        self.assertEqual((source.state, source.credit), ("recovered", False))
        self.assertEqual((source | own).mapped("placed_amount"), [0.0, 40.0])

    def test_an_order_that_no_reminder_earned_counts_as_its_own(self):
        source = self._make_buyers(1)
        copy = self._make_copy(source)
        own = self._make_unfinished(copy)
        copy.action_confirm()
        self.assertEqual((source | own).mapped("credit"), [False, "own_accord"])

    def test_a_link_used_for_two_orders_counts_each_once(self):
        source = self._make_buyers(1)
        self._send(source, clicked_days_ago=1)
        first, second = self._make_copy(source), self._make_copy(source)
        own = self._make_unfinished(second)
        (first | second).action_confirm()
        self.assertEqual((source.placed_order_id, source.credit), (first, "clicked"))
        self.assertEqual((own.placed_order_id, own.credit), (second, "own_accord"))
        self.assertEqual((source | own).mapped("placed_amount"), [40.0, 40.0])

    def test_an_order_placed_again_from_another_link_is_still_counted_once(self):
        one, other = self._make_buyers(2)
        other.partner_id, other.email = one.partner_id, one.email
        self._place(one)
        order = one.order_id
        order._action_cancel()
        order.action_draft()
        order.cart_source_id = other
        order.action_confirm()
        self.assertEqual(other.placed_order_id, order)
        self.assertEqual((one | other).mapped("credit"), ["own_accord", False])
        self.assertEqual((one | other).mapped("placed_amount"), [40.0, 0.0])

    # === Amounts ===#

    def test_a_cancelled_order_keeps_its_credit_and_its_amount_returns_with_it(self):
        one = self._make_buyers(1)
        self._send(one, clicked_days_ago=1)
        self._place(one)
        order = one.order_id
        order._action_cancel()
        self.assertEqual((one.credit, one.placed_amount), ("clicked", 0.0))
        self.assertEqual(self.campaign.clicked_count, 1)
        self.assertEqual(self.campaign.clicked_revenue, 0.0)
        order.action_draft()
        self.assertEqual(one.placed_amount, 0.0)
        order.action_confirm()
        self.assertEqual((one.credit, one.placed_amount, one.state), ("clicked", 40.0, "recovered"))

    def test_the_amount_is_in_the_companys_currency(self):
        one = self._make_buyers(1)
        order = one.order_id
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "X", "rounding": 0.01})
        currency.rate_ids = [Command.create({"name": "2020-01-01", "rate": 3.0})]
        pricelist = self.env["product.pricelist"].create(
            {"name": "In X", "currency_id": currency.id}
        )
        order.pricelist_id = pricelist
        order._recompute_prices()
        self.assertEqual(order.amount_total, 120.0)
        self._place(one)
        self.assertEqual(one.placed_amount, 40.0)

    def test_what_staff_change_later_is_not_what_the_reminder_earned(self):
        one = self._place(self._make_buyers(1))
        one.order_id.order_line.product_uom_qty = 5
        self.assertEqual(one.placed_amount, 40.0)

    # === Figures ===#

    def _earn_all_kinds(self):
        clicked, assisted, alone = self._make_buyers(3)
        self._send(clicked, clicked_days_ago=1)
        self._send(assisted)
        return self._place(clicked | assisted | alone)

    def test_each_figure_of_a_campaign_opens_exactly_what_it_counts(self):
        earned = self._earn_all_kinds()
        seller = new_test_user(
            self.env, "figures", groups="sales_team.group_sale_salesman_all_leads"
        )
        campaign = self.campaign.with_user(seller)
        for kind in ("clicked", "coupon", "assisted", "own_accord"):
            with self.subTest(figure=kind):
                action = getattr(campaign, f"action_open_{kind}")()
                rows = self.env[action["res_model"]].with_user(seller).search(action["domain"])
                self.assertEqual(len(rows), campaign[f"{kind}_count"])
                self.assertEqual(sum(rows.mapped("placed_amount")), campaign[f"{kind}_revenue"])
                self.assertLessEqual(earned.filtered(lambda u, k=kind: u.credit == k), rows)
        self.assertEqual((campaign.clicked_count, campaign.clicked_revenue), (1, 40.0))
        self.assertEqual((campaign.coupon_count, campaign.assisted_count), (0, 1))

    def test_each_figure_is_named_after_what_it_counts(self):
        names = {k: self.campaign._fields[f"{k}_count"].string for k in ("clicked", "assisted")}
        self.assertTrue(all(name.startswith("Orders") for name in names.values()), names)
        title = self.campaign.action_open_clicked()["name"]
        self.assertEqual(title, names["clicked"])

    def test_own_accord_counts_from_the_start_of_the_campaign_on_its_website(self):
        before = self.campaign.own_accord_count
        self._earn_all_kinds()
        self.campaign.invalidate_recordset()
        self.assertEqual(self.campaign.own_accord_count, before + 1)
        self.campaign.active_since = fields.Datetime.now() + timedelta(minutes=1)
        self.assertFalse(self.campaign.own_accord_count)
        other = (
            self.env["website"]
            .create({"name": "Other"})
            .recovery_campaign_ids.filtered("is_default")
        )
        self.assertFalse(other.own_accord_count)
        self.assertFalse(self.env["unfinished.order"].search(other._earned_domain("own_accord")))

    def test_an_order_says_what_earned_it_and_can_be_found_by_it(self):
        earned = self._earn_all_kinds()
        seller = new_test_user(
            self.env, "orders", groups="sales_team.group_sale_salesman_all_leads"
        )
        orders = earned.order_id.with_user(seller)
        self.assertEqual(orders.mapped("recovery_credit"), ["clicked", "assisted", "own_accord"])
        self.assertEqual(orders[0].recovery_lead_time, "1 day")
        self.assertEqual(
            orders[0].action_open_recovery_message()["res_id"], earned[0].credit_message_id.id
        )
        for order, kind in zip(orders, ("clicked", "assisted", "own_accord"), strict=True):
            found = orders.search([("recovery_credit", "=", kind), ("id", "in", orders.ids)])
            self.assertEqual(found, order)
        cart = self._make_cart().with_user(seller)
        self.assertFalse(cart.recovery_credit)
        both = orders | cart
        domain = [("id", "in", both.ids)]
        self.assertEqual(both.search([*domain, ("recovery_credit", "=", False)]), cart)
        self.assertEqual(both.search([*domain, ("recovery_credit", "!=", False)]), orders)
        with Form(orders[0]) as page:
            self.assertEqual(page.recovery_credit, "clicked")
        employee = new_test_user(self.env, "no_sales", groups="base.group_user")
        with self.assertRaises(AccessError):
            orders.with_user(employee).search([("recovery_credit", "=", "clicked")])

    def test_the_list_hides_staff_and_robots_until_asked(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_handling.action_unfinished_order"
        )
        context = safe_eval(action["context"])
        self.assertEqual(context["search_default_by_customers"], 1)
        self._earn_all_kinds()
        grouped = self.env["unfinished.order"].formatted_read_group(
            [("credit_campaign_id", "=", self.campaign.id)], ["credit"], ["placed_amount:sum"]
        )
        self.assertEqual([group["placed_amount:sum"] for group in grouped], [40.0, 40.0])


@tagged("post_install", "-at_install")
class TestWhoClicks(CreditCase, ShopCase):
    def press(self, user=None, headers=BROWSER):
        """Press the button of the link in a reminder; return the reminder."""
        one = self._make_buyers(1)
        message = self._send(one)
        self._come_as(user)
        page = self.url_open(self._link(one.order_id, message.id), headers=headers)
        form = self._form(page)
        self.url_open(form.get("action"), data=dict(form.fields), headers=headers)
        restored = self._contents(self._session_cart())
        self.assertEqual(restored, {self.lamp: 1}, "the cart is there in any case")
        self.env.invalidate_all()
        return message

    def test_a_buyer_who_presses_the_button_has_clicked(self):
        self.assertEqual(self.press().state, "clicked")
        self.assertEqual(self.press(self._make_portal_user()).state, "clicked")

    def test_fault_48_robots_and_prefetchers_restore_the_cart_and_have_not_clicked(self):
        for headers in (
            {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
            {**BROWSER, "Sec-Purpose": "prefetch;prerender"},
            {**BROWSER, "Purpose": "Prefetch"},
        ):
            with self.subTest(headers=headers):
                message = self.press(headers=headers)
                self.assertRecordValues(message, [{"state": "sent", "clicked_at": False}])
                self.assertFalse(message.event_ids)

    def test_a_colleague_who_tries_the_link_has_not_clicked(self):
        colleague = new_test_user(self.env, "colleague", groups="base.group_user")
        message = self.press(colleague)
        self.assertRecordValues(message, [{"state": "sent", "clicked_at": False}])
