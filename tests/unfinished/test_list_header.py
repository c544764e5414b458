"""What stands above the list, and its one column of status: each figure opens what it counts."""

from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.fields import Command, Domain
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..common_engine import EngineCase

SELLER = "sales_team.group_sale_salesman_all_leads"
VIEW = "website_sale_order_handling.unfinished_order_view_search"


def domain_of_filters(arch, names):
    """Return what the list shows when exactly these filters are on.

    Those of one group, between two separators, are alternatives.
    """
    groups, alternatives = [], []
    for node in arch.iter("filter", "separator"):
        if node.tag == "separator":
            groups, alternatives = [*groups, alternatives], []
        elif node.get("name") in names:
            alternatives.append(Domain(safe_eval(node.get("domain"))))
    groups.append(alternatives)
    return Domain.AND(Domain.OR(group) for group in groups if group)


class DeskCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["unfinished.order"].search([])._move_to("expired")
        cls.seller = new_test_user(cls.env, "figures", groups=SELLER)

    @classmethod
    def _leave(cls, name="Ada", products=None, **vals):
        partner = cls._make_customer(name, f"{name.lower()}@example.com")
        return cls._make_unfinished(cls._make_cart(partner, products, **vals))

    def status(self, unfinished):
        unfinished.invalidate_recordset()
        return unfinished.with_user(self.seller).desk_status


@tagged("post_install", "-at_install")
class TestHeader(DeskCase, TransactionCase):
    def header(self, user=None):
        figures = self.env["unfinished.order"].with_user(user or self.seller).retrieve_dashboard()
        return {figure["key"]: figure for figure in figures}

    def opened_by(self, figure, user=None):
        """Return the rows that the list shows after a click on a figure."""
        arch = etree.fromstring(self.env.ref(VIEW).get_combined_arch())
        known = {node.get("name") for node in arch.iter("filter")}
        self.assertLessEqual(set(figure["filters"]), known, "the filters are there")
        domain = domain_of_filters(arch, figure["filters"])
        return self.env["unfinished.order"].with_user(user or self.seller).search(domain)

    def make_one_of_each(self):
        """Make an unfinished order for each figure, and others that count in none."""
        self._start_reminders()
        sold_out = self._make_product("Vase", 30.0, stock=1)
        found = {
            "at_stake": self._leave("Open", {self.lamp: 2}),
            "payment_failed": self._leave("Failed"),
            "unreachable": self._make_unfinished(
                self._make_anonymous_cart(cart_phone="+84903112233")
            ),
            "held": self._leave("Held", [sold_out]),
            "recovered": self._leave("Back"),
        }
        self._make_transaction(found["payment_failed"].order_id, "error")
        found["payment_failed"].payment_failed = True
        found["held"].message_ids._move_to("waiting", reason="sold_out")
        message = found["recovered"].message_ids
        message._move_to("sending")
        message._move_to("sent", sent_at=fields.Datetime.now() - timedelta(hours=1))
        message.env["recovery.event"]._record(message, "clicked")
        found["recovered"].order_id.action_confirm()
        self.assertEqual(found["recovered"].state, "recovered")
        robot = self._leave("Robot")
        robot.made_by = "robot"
        robot.payment_failed = True
        self._leave("Bought").order_id.action_confirm()
        self.env.flush_all()
        return found

    def test_each_figure_opens_exactly_the_rows_that_it_counts(self):
        found = self.make_one_of_each()
        header = self.header()
        self.assertEqual(set(header), set(found))
        for key, figure in header.items():
            with self.subTest(figure=key):
                rows = self.opened_by(figure)
                self.assertEqual(figure["count"], len(rows))
                self.assertIn(found[key], rows)
                if key not in ("at_stake", "recovered"):
                    self.assertEqual(rows, found[key])
                    self.assertTrue(figure["needs_you"])

    def test_value_at_stake_is_what_is_in_the_open_carts(self):
        self.make_one_of_each()
        figure = self.header()["at_stake"]
        rows = self.opened_by(figure)
        self.assertEqual(
            figure["amounts"],
            [
                {
                    "currency_id": rows.currency_id.id,
                    "amount": sum(rows.mapped("amount_total")),
                }
            ],
        )

    def test_several_currencies_stand_beside_each_other(self):
        first, second = self._leave("One", {self.lamp: 2}), self._leave("Two")
        foreign = self.env["res.currency"].search(
            [("id", "!=", first.currency_id.id), ("active", "in", (True, False))], limit=1
        )
        second.currency_id = foreign
        self.env.flush_all()
        amounts = self.header()["at_stake"]["amounts"]
        self.assertEqual(
            {amount["currency_id"]: amount["amount"] for amount in amounts},
            {first.currency_id.id: 80.0, foreign.id: 40.0},
        )

    def test_recovered_this_month_is_what_the_orders_brought_in(self):
        found = self.make_one_of_each()
        figure = self.header()["recovered"]
        self.assertEqual(figure["amounts"][0]["amount"], found["recovered"].placed_amount)
        found["recovered"].closed_at = fields.Datetime.now() - timedelta(days=32)
        figure = self.header()["recovered"]
        self.assertEqual((figure["count"], figure["amounts"]), (0, []))
        self.assertFalse(self.opened_by(figure))

    def test_nobody_counts_what_they_may_not_see(self):
        self.make_one_of_each()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=SELLER,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        header = self.header(stranger)
        self.assertFalse(any(figure["count"] or figure["amounts"] for figure in header.values()))

    def test_the_header_asks_as_much_for_many_carts_as_for_few(self):
        def statements():
            self.env.flush_all()
            for _round in range(3):
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                self.header()
            return self.cr.sql_log_count - before

        self._leave("First")
        few = statements()
        for number in range(5):
            self._leave(f"Many{number}")
        self.assertEqual(statements(), few)


@tagged("post_install", "-at_install")
class TestStatus(DeskCase, TransactionCase):
    def test_dots_tell_what_was_sent_and_clicked(self):
        unfinished = self._leave()
        self._start_reminders()
        self.assertEqual([dot["tone"] for dot in self.status(unfinished)["dots"]], [])
        message = unfinished._plan_next_reminders()
        self.assertEqual([dot["tone"] for dot in self.status(unfinished)["dots"]], ["next"])
        message._move_to("sending")
        message._move_to("sent", sent_at=fields.Datetime.now())
        self.assertEqual([dot["tone"] for dot in self.status(unfinished)["dots"]], ["sent"])
        message.env["recovery.event"]._record(message, "clicked")
        dots = self.status(unfinished)["dots"]
        self.assertEqual([dot["tone"] for dot in dots], ["clicked"])
        self.assertIn("After 1 h: E-mail", dots[0]["title"])
        message = unfinished._plan_next_reminders()
        message._move_to("failed", reason="rendering")
        tones = [dot["tone"] for dot in self.status(unfinished)["dots"]]
        self.assertEqual(tones, ["clicked", "failed"])

    def test_it_says_when_the_next_reminder_leaves_and_why_one_does_not(self):
        unfinished = self._leave()
        self._start_reminders()
        message = unfinished._plan_next_reminders()
        due = unfinished.next_reminder_at
        self.assertTrue(due)
        self.assertEqual(self.status(unfinished)["next"], fields.Datetime.to_string(due))
        message._move_to("skipped", reason="opted_out")
        status = self.status(unfinished)
        self.assertFalse(status["next"])
        self.assertIn("The address is on the blacklist", status["note"])

    def test_it_warns_of_a_payment_that_failed_until_the_order_is_placed(self):
        unfinished = self._leave()
        self.assertFalse(self.status(unfinished)["alert"])
        unfinished.payment_failed = True
        self.assertEqual(self.status(unfinished)["alert"], "Payment failed")
        unfinished.order_id.action_confirm()
        self.assertFalse(self.status(unfinished)["alert"])
        self.assertTrue(self.status(unfinished)["at"])

    def test_it_changes_with_what_it_tells(self):
        """Without a new reading of the page, as an action of the list sees it."""
        unfinished = self._leave()
        self.assertFalse(unfinished.desk_status["at"])
        unfinished._move_to("expired", closed_at=fields.Datetime.now())
        self.assertTrue(unfinished.desk_status["at"])
