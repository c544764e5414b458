"""What each step of a campaign has brought: figures that open what they count."""

from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user, tagged

from .test_credit import CreditCase


@tagged("post_install", "-at_install")
class TestStepFigures(CreditCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        late = {"campaign_id": cls.campaign.id, "sequence": 99, "delay_hours": 600}
        cls.own_step = cls.env["recovery.step"].create(late)
        seller = new_test_user(
            cls.env, "figures", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.shown = cls.own_step.with_user(seller)

    @classmethod
    def _make_buyers(cls, count, **kwargs):
        buyers = super()._make_buyers(count, **kwargs)
        buyers.message_ids.unlink()  # what is planned: here it has left already
        return buyers

    def figures(self):
        self.env.invalidate_all()
        step, campaign = self.shown, self.shown.campaign_id
        self.assertEqual(step.recovered_count, campaign.recovered_count)
        self.assertEqual(step.recovered_revenue, campaign.recovered_revenue)
        names = ("sent_count", "went_on_count", "recovered_count", "recovered_revenue")
        return [step[name] for name in names]

    def earn(self, **kwargs):
        """Let four buyers get the step's mail; two go on from it, one of whom orders."""
        buyers = self._make_buyers(4, **kwargs)
        self._send(buyers[:2], clicked_days_ago=1, days_ago=2, step_id=self.own_step.id)
        self._send(buyers[2:], step_id=self.own_step.id)
        self._place(buyers[0] | buyers[2])
        return buyers

    def test_a_step_counts_who_got_it_who_went_on_and_who_ordered(self):
        self.earn()
        self.assertEqual(self.figures(), [4, 2, 1, 40.0])

    def test_each_figure_of_a_step_opens_exactly_what_it_counts(self):
        self.earn()
        for name, count in (
            ("action_open_sent_messages", self.shown.sent_count),
            ("action_open_clicked_messages", self.shown.went_on_count),
            ("action_open_recovered_orders", self.shown.recovered_count),
        ):
            with self.subTest(figure=name):
                action = getattr(self.shown, name)()
                rows = self.shown.env[action["res_model"]].search(action["domain"])
                self.assertEqual(len(rows), count)

    def test_the_figures_stay_when_old_carts_are_deleted(self):
        buyers = self.earn()
        before = self.figures()
        buyers._book()
        buyers.message_ids.unlink()
        self.env.cr.execute("DELETE FROM unfinished_order WHERE id IN %s", [buyers._ids])
        self.assertEqual(self.figures(), before)

    def test_as_many_queries_for_many_steps_as_for_one(self):
        self.earn()
        many = self.own_step | self.env["recovery.step"].create(
            [{"campaign_id": self.campaign.id, "delay_hours": 30.0 + n} for n in range(20)]
        )

        def cost(steps):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            steps.mapped("recovered_revenue")
            steps.mapped("went_on_count")
            return self.cr.sql_log_count - before

        cost(many)
        self.assertEqual(cost(many), cost(self.own_step))

    def test_a_click_that_is_dated_later_is_one_all_the_same(self):
        (buyer,) = self._make_buyers(1)
        message = self._send(buyer, step_id=self.own_step.id)
        message.clicked_at = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.figures()[:2], [1, 1])
