"""What is counted as sent and clicked, and that each figure opens just those rows."""

from odoo import fields
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..common_engine import EngineCase

BUYERS = 6


class FiguresCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.step = cls.campaign.step_ids[0]

    def make_messages(self):
        """Make messages: clicked, bounced, by hand, by hand and clicked, sent, in the queue."""
        carts = [
            self._make_cart(self._make_customer(f"F{n}", f"f{n}@example.com"))
            for n in range(BUYERS)
        ]
        messages = self._remind(*carts).filtered(lambda m: m.state == "sending").sorted("id")
        self.assertEqual(len(messages), BUYERS)
        left = messages[:-1]
        now = fields.Datetime.now()
        for message in left:
            message._move_to("sent", sent_at=now)
        events = self.env["recovery.event"]
        events._record(left[0], "clicked")
        events._record(left[1], "bounced")
        by_hand = {"by_hand": True, "campaign_id": False, "step_id": False}
        left[2].write(by_hand)
        left[3].write(by_hand)
        events._record(left[3], "clicked")
        return messages

    def rows(self, action):
        return self.env[action["res_model"]].search(action["domain"])


@tagged("post_install", "-at_install")
class TestFigures(FiguresCase, TransactionCase):
    def test_sent_counts_what_was_clicked_and_what_came_back_as_well(self):
        messages = self.make_messages()
        self.assertEqual(self.campaign.sent_count - self.campaign.erased_count, 3)
        rows = self.rows(self.campaign.action_open_messages())
        self.assertEqual(rows & messages, messages[:2] | messages[4])
        self.assertEqual(len(rows), 3)

    def test_what_people_sent_is_a_figure_of_its_own(self):
        messages = self.make_messages()
        self.assertEqual(self.campaign.hand_sent_count - self.campaign.hand_erased, 2)
        rows = self.rows(self.campaign.action_open_sent_by_hand())
        self.assertEqual(rows, messages[2] | messages[3])
        other = (
            self.env["website"]
            .create({"name": "Other"})
            .recovery_campaign_ids.filtered("is_default")
        )
        self.assertFalse(other.hand_sent_count)
        self.assertFalse(self.rows(other.action_open_sent_by_hand()))

    def test_erased_ones_are_counted_on_and_told_apart(self):
        messages = self.make_messages()
        counts = self.campaign.sent_count, self.campaign.hand_sent_count
        messages.unfinished_id.unlink()
        self.env.invalidate_all()
        self.assertEqual((self.campaign.sent_count, self.campaign.hand_sent_count), counts)
        for opened, figure, erased in (
            (self.campaign.action_open_messages(), "sent_count", "erased_count"),
            (self.campaign.action_open_sent_by_hand(), "hand_sent_count", "hand_erased"),
        ):
            left = self.campaign[figure] - self.campaign[erased]
            self.assertEqual(left, len(self.rows(opened)))

    def test_the_analysis_adds_up_the_same(self):
        messages = self.make_messages()
        for user in (
            new_test_user(self.env, "analyst", groups="sales_team.group_sale_salesman_all_leads"),
            new_test_user(self.env, "owner", groups="sales_team.group_sale_salesman"),
        ):
            ((count, sent, clicked),) = (
                self.env["recovery.message"]
                .with_user(user)
                ._read_group(
                    [("id", "in", messages.ids)],
                    [],
                    ["__count", "sent_messages:sum", "clicked_messages:sum"],
                )
            )
            self.assertEqual((count, sent, clicked), (BUYERS, 5, 2))
        self.assertEqual(sum(messages.mapped("sent_messages")), 5)
        self.assertEqual(sum(messages.mapped("clicked_messages")), 2)

    def test_the_web_client_takes_them_for_measures(self):
        described = self.env["recovery.message"].fields_get(
            ["sent_messages", "clicked_messages"], ["aggregator"]
        )
        self.assertEqual({field["aggregator"] for field in described.values()}, {"sum"})


@tagged("post_install", "-at_install")
class TestFiguresInBrowser(FiguresCase, HttpCase):
    def test_a_figure_of_the_analysis_opens_just_what_it_counts(self):
        self.env["recovery.message"].search([]).unfinished_id.unlink()
        self.make_messages()
        self.start_tour("/odoo/recovery-messages", "backend_message_figures", login="admin")
