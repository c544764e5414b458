"""The overview: each figure is the number of the rows that it opens, whatever there is."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ...models.insight.overview import STATES
from ...tools.attribution import RECOVERING
from ..common import queries_of
from ..test_migration import load_script
from .common_overview import OverviewCase

CHOICES = ({"days": 7}, {"days": 30}, {"days": 90}, {"days": 365})


@tagged("post_install", "-at_install")
class TestOverview(OverviewCase, TransactionCase):
    def overview(self, choice=None, user=None):
        env = self.env(user=user) if user else self.env
        return env["recovery.message"].retrieve_overview(choice or {"days": 90})

    def figures(self, *args, **kwargs):
        return {figure["key"]: figure for figure in self.overview(*args, **kwargs)["figures"]}

    def count(self, data, figure, part=None, user=None):
        """Return how many rows a figure opens, as the browser asks for them."""
        model = self.env[data["actions"][figure["rows"]]["res_model"]]
        domain = [*figure["domain"], *(part["domain"] if part else [])]
        return model.with_user(user or self.env.user).search_count(domain)

    def assertAgree(self, choice, user=None):
        """Compare every figure, of channels and charts as well, with the rows that it opens."""
        data = self.overview(choice, user)
        figures = {figure["key"]: figure for figure in data["figures"]}
        for key, figure in figures.items():
            self.assertEqual(figure["count"], self.count(data, figure, user=user), key)
        for channel in data["channels"]:
            for key in set(channel["counts"]) & set(figures):
                found = self.count(data, figures[key], channel, user)
                self.assertEqual(channel["counts"][key], found, (key, channel["name"]))
        for chart in data["charts"]:
            for series in chart["series"]:
                for span, value in zip(chart["spans"], series["values"], strict=True):
                    found = self.count(data, figures[series["key"]], span, user)
                    self.assertEqual(value, found, (series["key"], span["label"]))
                total = figures[series["key"]]["count"]
                self.assertEqual(sum(series["values"]), total, series["key"])
        return figures

    def test_each_figure_opens_exactly_what_it_counts(self):
        self.make_messages(300, self._make_buyers(1))
        self.make_orders(8)
        today = fields.Date.context_today(self.campaign)
        own = {
            "first": str(today - timedelta(days=20)),
            "last": str(today - timedelta(days=3)),
        }
        filters = (
            {},
            {"campaign_id": self.campaign.id},
            {"website_id": self.other_website.id},
            {"campaign_id": self.other_campaign.id, "website_id": self.website.id},
        )
        seen = set()
        for choice in (*CHOICES, own):
            for chosen in filters:
                with self.subTest(**choice, **chosen):
                    figures = self.assertAgree({**choice, **chosen})
                    seen |= {key for key, figure in figures.items() if figure["count"]}
        self.assertEqual(
            seen, {*STATES, "sent", "clicked", "recovered", "revenue", "margin", "cost"}
        )

    def test_the_days_are_those_of_the_readers_clock(self):
        self.make_messages(200, self._make_buyers(1))
        self.make_orders(4)
        for tz in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"):
            with self.subTest(tz=tz):
                user = new_test_user(
                    self.env, tz, groups="sales_team.group_sale_salesman_all_leads", tz=tz
                )
                self.assertAgree({"days": 7}, user)

    def test_sellers_see_the_figures_of_what_they_may_see(self):
        mine, others = self._make_buyers(2)
        seller = new_test_user(self.env, "own", groups="sales_team.group_sale_salesman")
        mine.user_id, others.user_id = seller, self.env.ref("base.user_admin")
        self.make_messages(40, mine)
        self.make_messages(40, others)
        own = self.assertAgree({"days": 90}, seller)
        everything = self.assertAgree({"days": 90})
        self.assertEqual(own["skipped"]["count"] + own["sent"]["count"] > 0, True)
        self.assertLess(own["sent"]["count"], everything["sent"]["count"])

    def test_nobody_sees_the_figures_of_another_company(self):
        self.make_messages(20, self._make_buyers(1))
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "elsewhere",
            groups="sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        figures = self.assertAgree({"days": 90}, user)
        self.assertFalse(any(figure["count"] for figure in figures.values()))

    def test_who_is_no_seller_gets_nothing(self):
        user = new_test_user(self.env, "clerk", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.overview(user=user)

    def test_every_state_is_counted_once(self):
        states = dict(self.env["recovery.message"]._fields["state"].selection)
        counted = [state for group in STATES.values() for state in group]
        self.assertEqual(sorted(counted), sorted(states))

    # === Money ===#

    def test_revenue_and_margin_are_those_of_the_orders_that_they_open(self):
        self.lamp.standard_price = 15.0
        self.make_orders(6)
        figures = self.figures()
        orders = self.env["unfinished.order"].search(figures["revenue"]["domain"])
        self.assertTrue(orders)
        self.assertEqual(set(orders.mapped("credit")), {"clicked"})
        currency = self.env.company.currency_id
        for key, amount in (
            ("revenue", sum(orders.mapped("placed_amount"))),
            ("margin", sum(orders.mapped("placed_margin"))),
        ):
            self.assertEqual(
                figures[key]["amounts"], [{"currency_id": currency.id, "amount": amount}]
            )
        self.assertEqual(figures["margin"]["amounts"][0]["amount"], 25.0 * len(orders))

    def test_what_messages_cost_is_told_in_both_currencies_and_taken_off_the_margin(self):
        company = self.env.company
        self.env["res.currency.rate"].create(
            {"currency_id": self.dong.id, "company_id": company.id, "rate": 25000.0}
        )
        rate = company.currency_id._get_conversion_rate(
            self.dong, company.currency_id, company, fields.Date.today()
        )
        (buyer,) = self._make_buyers(1)
        charged = {"cost": 50000.0, "cost_currency_id": self.dong.id, "state": "sent"}
        messages = self._send(
            buyer, clicked_days_ago=0.5, channel_id=self.channels[0].id, **charged
        )
        self._place(buyer)
        data = self.overview()
        figures = {figure["key"]: figure for figure in data["figures"]}
        cost = company.currency_id.round(50000.0 * rate)
        self.assertEqual(
            figures["cost"]["charged"], [{"currency_id": self.dong.id, "amount": 50000.0}]
        )
        self.assertEqual(
            figures["cost"]["amounts"], [{"currency_id": company.currency_id.id, "amount": cost}]
        )
        found = self.env["recovery.message"].search(figures["cost"]["domain"])
        self.assertEqual(found, messages)
        (channel,) = [one for one in data["channels"] if one["id"] == self.channels[0].id]
        self.assertEqual(channel["charged"], figures["cost"]["charged"])
        self.assertEqual(channel["amounts"], figures["cost"]["amounts"])
        (margin,) = figures["margin"]["amounts"]
        self.assertAlmostEqual(margin["amount"], buyer.placed_margin - cost)

    def test_where_no_message_costs_anything_nothing_is_said_of_costs(self):
        self.make_messages(20, self._make_buyers(1), cost=False, cost_currency_id=False)
        self.assertNotIn("cost", self.figures())

    # === What is not there any more ===#

    def test_what_was_erased_is_told_apart_and_not_counted(self):
        buyers = self._make_buyers(2)
        self._send(buyers, days_ago=2, clicked_days_ago=1)
        self._place(buyers)
        before = self.figures()
        self.assertEqual(before["sent"]["count"], 2)
        buyers[0].unlink()
        after = self.figures()
        for key in ("sent", "successful", "clicked", "recovered", "revenue", "margin"):
            with self.subTest(figure=key):
                self.assertEqual((after[key]["count"], after[key]["erased"]), (1, 1))
        self.assertAgree({"days": 90})

    def test_the_margin_of_erased_orders_is_kept_with_the_totals(self):
        (buyer,) = self._make_buyers(1)
        self._send(buyer, clicked_days_ago=0.5)
        self._place(buyer)
        margin = buyer.placed_margin
        buyer.unlink()
        totals = self.env["unfinished.order.day.credit"].search([("credit", "in", RECOVERING)])
        self.assertEqual(sum(totals.mapped("margin")), margin)

    # === What to do next ===#

    def test_without_a_single_row_it_says_what_to_do_next(self):
        campaigns = self.env["recovery.campaign"].search([])
        campaigns.is_running = False
        off = self.overview()["help"]
        self.assertEqual(off["action"], "website_sale_order_handling.action_recovery_campaign")
        self.campaign.is_running = True
        idle = self.overview()["help"]
        self.assertEqual(idle["action"], "website_sale_order_handling.action_unfinished_order")
        self.make_messages(1, self._make_buyers(1), due_at=self.now)
        self.assertFalse(self.overview()["help"])

    def test_a_period_that_is_none_is_refused_in_words(self):
        for choice in (
            {"first": "2026-02-30", "last": "2026-03-01"},
            {"first": "2026-03-02", "last": "2026-03-01"},
            {"first": "1990-01-01", "last": "2026-03-01"},
            {"first": "0001-01-01", "last": "0001-01-02"},
            {"first": "9999-12-30", "last": "9999-12-31"},
            {"first": [], "last": {}, "days": "x"},
            {"days": {}, "campaign_id": "DROP TABLE"},
        ):
            with self.subTest(**choice), self.assertRaises(UserError):
                self.overview(choice)

    # === Speed ===#

    def test_it_asks_as_much_for_many_messages_as_for_few(self):
        (one, other) = self._make_buyers(2)
        self.make_messages(30, one)
        few = [queries_of(self.env, self.overview) for _round in range(2)]
        self.make_messages(200, other)
        many = [queries_of(self.env, self.overview) for _round in range(2)]
        self.assertEqual(few[-1], many[-1])
        self.assertLess(many[-1], 40)


@tagged("post_install", "-at_install")
class TestMargin(OverviewCase, TransactionCase):
    def place(self, **vals):
        (buyer,) = self._make_buyers(1, **vals)
        self._send(buyer, clicked_days_ago=0.5)
        return self._place(buyer)

    def test_the_purchase_price_of_the_moment_of_the_order_counts(self):
        self.lamp.standard_price = 15.0
        placed = self.place(products={self.lamp: 2})
        self.assertEqual((placed.placed_amount, placed.placed_margin), (80.0, 50.0))
        self.lamp.standard_price = 39.0
        self.env.invalidate_all()
        self.assertEqual(placed.placed_margin, 50.0)

    def test_discounts_are_in_the_prices_of_the_lines(self):
        self.lamp.standard_price = 15.0
        (buyer,) = self._make_buyers(1)
        buyer.order_id.order_line.discount = 50.0
        self._send(buyer, clicked_days_ago=0.5)
        self._place(buyer)
        self.assertEqual(buyer.placed_margin, 5.0)

    def test_a_dozen_costs_twelve_times_as_much(self):
        self.lamp.standard_price = 1.0
        (buyer,) = self._make_buyers(1)
        line = buyer.order_id.order_line
        line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        line.price_unit = 40.0
        self._send(buyer, clicked_days_ago=0.5)
        self._place(buyer)
        self.assertEqual(buyer.placed_margin, 28.0)

    def test_a_cancelled_order_leaves_nothing(self):
        placed = self.place()
        self.assertTrue(placed.placed_margin)
        placed.placed_order_id.action_cancel()
        self.assertEqual(placed.placed_margin, 0.0)

    def test_orders_of_before_get_the_margin_of_today(self):
        self.lamp.standard_price = 15.0
        placed = self.place()
        self.env.flush_all()
        self.env.cr.execute("UPDATE unfinished_order SET placed_margin = NULL")
        self.env.invalidate_all()
        script = load_script("19.0.1.5.0", "post-overview")
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.4.0")
            self.env.invalidate_all()
            self.assertEqual(placed.placed_margin, 25.0)

    def test_as_odoos_own_margins_say_where_they_are_kept(self):
        if "margin" not in self.env["sale.order"]._fields:
            self.skipTest("sale_margin is not installed")
        placed = self.place()
        self.assertEqual(placed.placed_margin, placed.placed_order_id.margin)


@tagged("post_install", "-at_install")
class TestDigest(OverviewCase, TransactionCase):
    def test_the_digest_says_what_reminders_have_brought_back(self):
        buyers = self._make_buyers(3)
        self._send(buyers[:2], clicked_days_ago=0.5)
        self._place(buyers)
        digest = self.env["digest.digest"].create(
            {"name": "Daily", "kpi_recovered_orders": True, "kpi_recovered_revenue": True}
        )
        tomorrow = fields.Datetime.now() + timedelta(hours=1)
        digest = digest.with_context(
            start_datetime=tomorrow - timedelta(days=1), end_datetime=tomorrow
        )
        self.assertEqual(digest.kpi_recovered_orders_value, 2)
        self.assertEqual(digest.kpi_recovered_revenue_value, 80.0)
        actions = digest._compute_kpis_actions(self.env.company, self.env.user)
        self.assertIn("action_recovery_overview", actions["kpi_recovered_orders"])
        seller = new_test_user(
            self.env, "digested", groups="base.group_user,sales_team.group_sale_salesman"
        )
        with self.assertRaises(AccessError):
            digest.with_user(seller).sudo(False)._compute_kpi_recovered_orders_value()


@tagged("post_install", "-at_install")
class TestOverviewInBrowser(OverviewCase, HttpCase):
    def test_a_figure_opens_the_rows_that_it_counts(self):
        (buyer,) = self._make_buyers(1)
        common = {"campaign_id": self.campaign.id, "channel_id": self.channels[0].id}
        self.make_messages(3, buyer, state="sent", sent_at=self.now, due_at=self.now, **common)
        self.make_messages(2, buyer, state="failed", sent_at=False, due_at=self.now, **common)
        self.start_tour("/odoo/recovery-overview", "backend_recovery_overview", login="admin")
