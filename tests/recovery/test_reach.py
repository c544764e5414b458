"""While a delay or a minimum is edited: how many of the last carts would have been written to."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import Form, TransactionCase, freeze_time, new_test_user, tagged

from ...models.recovery import campaign_reach
from ...tools import schedule
from ..common_engine import NewShopCase

NOW = "2026-04-20 12:00:00"  # the clock in Sofia went forward on 29 March


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestReach(NewShopCase, TransactionCase):
    def leave(self, count, hours_ago, products=None, closed_after=None, **vals):
        """Let so many buyers have left a cart, and perhaps have ordered some hours later."""
        left = self.env["unfinished.order"]
        for _number in range(count):
            name = f"buyer{len(self.env['unfinished.order'].search([]))}"
            buyer = self._make_customer(name, **{"email": f"{name}@example.com", **vals})
            cart = self._make_cart(buyer, products, hours_ago=hours_ago, website=self.shop)
            left |= self._make_unfinished(cart)
        if closed_after is not None:
            at = fields.Datetime.now() - timedelta(hours=hours_ago - closed_after)
            left._move_to("own_accord", closed_at=at)
        return left

    def counted(self, record):
        """Return the two numbers of a note: of how many, how many."""
        record.invalidate_recordset(["reach_note"])
        words = record.reach_note.split()
        return [int(word) for word in words if word.isdigit()][:2]

    def test_carts_count_that_were_still_open_when_the_step_was_due(self):
        self.leave(2, hours_ago=200)
        self.leave(1, hours_ago=200, closed_after=2)  # ordered before the second step
        self.leave(1, hours_ago=3)  # the second step is not due yet
        self.leave(1, hours_ago=200).made_by = "robot"
        self.leave(1, hours_ago=24 * 31)
        self.leave(1, hours_ago=200, email=False, phone="+359888123456")
        self.assertEqual([self.counted(step) for step in self.steps], [[4, 5], [2, 5], [2, 5]])
        self.assertEqual(self.counted(self.campaign), [4, 5])

    def test_the_number_follows_what_is_being_entered(self):
        self.leave(2, hours_ago=100)
        self.leave(3, hours_ago=100, products=[self.chair])
        with Form(self.campaign) as form:
            self.assertIn("5 of the 5 left in the last 30 days", form.reach_note)
            form.min_amount = 50
            self.assertIn("3 of the 5", form.reach_note)
            with form.step_ids.edit(1) as step:
                self.assertIn("3 of the 5", step.reach_note)
                step.delay_hours = 60.0
                self.assertIn("3 of the 5", step.reach_note)
            with form.step_ids.edit(2) as step:
                step.delay_hours = 120.0
                self.assertIn("0 of the 5", step.reach_note)
        self.assertEqual(self.campaign.min_amount, 50)

    def test_any_number_can_be_typed(self):
        self.leave(1, hours_ago=100)
        for vals in (
            {"delay_hours": 1e15},
            {"delay_hours": -1e15},
            {"timing": "time", "days_later": 2_000_000_000, "at_hour": 1e9, "cutoff_hour": -5},
        ):
            typed = self.env["recovery.step"].new({**vals, "campaign_id": self.campaign.id})
            with self.subTest(**vals):
                self.assertIn("of the 1", typed.reach_note)

    def test_a_time_of_day_is_due_as_the_engine_says(self):
        """Also across the change of the clocks, and for carts left after the step's own time."""
        starts = [datetime(2026, 3, 28, hour, 30) for hour in range(24)]
        starts += [datetime(2026, 4, 10, hour, 0) for hour in (0, 5, 6, 20, 21)]
        carts = self.leave(len(starts), hours_ago=100)
        for cart, at in zip(carts, starts, strict=True):
            cart.activity_at = at
        step, tz = self.steps[0], self.shop._shop_tz()
        step.timing = "time"
        for days, hour, cutoff in ((0, 8.0, 24.0), (1, 8.25, 23 + 59 / 60), (1, 3.5, 12.0)):
            step.write({"days_later": days, "at_hour": hour, "cutoff_hour": cutoff})
            for cart in carts:
                due = schedule.due_at(cart.activity_at, step._timing(), tz)
                carts._move_to("own_accord", closed_at=due)
                with self.subTest(days=days, hour=hour, left=cart.activity_at):
                    carts.invalidate_recordset()
                    self.assert_due(cart, step, due)

    def assert_due(self, cart, step, due):
        """Assert that `cart` counts when it was closed at the moment `due`, and not before."""
        others = self.env["unfinished.order"].search([("website_id", "=", self.shop.id)]) - cart
        others.made_by = "robot"
        cart.made_by = False
        for closed_at, count in ((due, 1), (due - timedelta(seconds=1), 0)):
            cart.closed_at = closed_at
            self.assertEqual(self.counted(step), [count, 1])

    def test_a_statement_a_step_at_most_and_no_more_than_the_latest_carts(self):
        self.leave(4, hours_ago=100)
        self.leave(1, hours_ago=5)
        with patch.object(campaign_reach, "LATEST", 3):
            self.env.invalidate_all()
            self.assertIn("2 of the latest 3 would", self.steps[1].reach_note)
        self.env.flush_all()
        self.env.invalidate_all()
        # As a form reads them: records that were read before know nothing of each other any more.
        steps = self.campaign.step_ids
        steps.mapped("reach_note")
        statements = []
        execute = type(self.env.cr).execute
        with patch.object(
            type(self.env.cr),
            "execute",
            lambda cr, query, *args, **kw: (
                statements.append(str(getattr(query, "code", query))),
                execute(cr, query, *args, **kw),
            )[1],
        ):
            steps.invalidate_recordset(["reach_note"])
            steps.mapped("reach_note")
        asked = [text for text in statements if "unfinished_order u" in text]
        self.assertLessEqual(len(asked), len(steps), asked)

    def test_a_website_that_keeps_carts_for_a_week_is_asked_about_a_week(self):
        self.shop.cart_retention = "7"
        self.assertIn("7 days", self.campaign.reach_note)

    def test_another_companys_carts_are_not_told(self):
        self.leave(2, hours_ago=100)
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        typed = self.env["recovery.campaign"].with_user(stranger)
        typed = typed.new({"website_id": self.shop.id, "step_ids": [(0, 0, {"delay_hours": 1.0})]})
        self.assertFalse(typed.reach_note)
