"""Messages and orders by chance, for the overview."""

from datetime import timedelta
from random import Random

from ...models.insight.overview import STATES
from ...tools.status import MESSAGE_UNSENT_STATES
from .test_credit import CreditCase

DAYS = 45
ALL_STATES = [state for states in STATES.values() for state in states]


class OverviewCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["recovery.message"].search([]).unfinished_id.unlink()
        cls.other_website = cls.env["website"].create({"name": "Other"})
        cls.other_campaign = cls.other_website.recovery_campaign_ids.filtered("is_default")
        cls.channels = cls.env["recovery.channel"].create(
            [{"name": f"Channel {n}", "driver": "recovery.driver.dry_run"} for n in range(3)]
        )
        cls.dong = cls.env.ref("base.VND")
        cls.dong.active = True

    def setUp(self):
        super().setUp()
        self.random = Random(2026)

    def make_messages(self, count, unfinished, **vals):
        """Make messages of all kinds about an unfinished order, due within the last weeks."""
        vals_list = []
        for _number in range(count):
            state = self.random.choice(ALL_STATES)
            due_at = self.now + timedelta(minutes=self.random.randint(-DAYS * 24 * 60, 3 * 24 * 60))
            has_left = state not in MESSAGE_UNSENT_STATES and state != "sending"
            came_back_late = state == "failed" and self.random.random() < 0.3
            campaign = self.random.choice((self.campaign, self.other_campaign, None))
            is_charged = has_left and self.random.random() < 0.3
            vals_list.append(
                {
                    "unfinished_id": unfinished.id,
                    "company_id": unfinished.company_id.id,
                    "website_id": (campaign or self.campaign).website_id.id,
                    "campaign_id": campaign.id if campaign else False,
                    "by_hand": not campaign,
                    "channel_id": self.random.choice([*self.channels.ids, False]),
                    "state": state,
                    "due_at": due_at,
                    "sent_at": (has_left or came_back_late) and due_at + timedelta(minutes=3),
                    "clicked_at": state == "clicked" and due_at + timedelta(hours=1),
                    "cost": is_charged and float(self.random.randint(200, 900)),
                    "cost_currency_id": is_charged and self.dong.id,
                    **vals,
                }
            )
        return self.env["recovery.message"].create(vals_list)

    def make_orders(self, count):
        """Let orders be placed, with and without a click, within the last weeks."""
        buyers = self._make_buyers(count)
        for buyer in buyers:
            if self.random.random() < 0.6:
                self._send(buyer, days_ago=2, clicked_days_ago=1)
        self._place(buyers)
        for buyer in buyers:
            buyer.closed_at = self.now - timedelta(hours=self.random.randint(0, DAYS * 24))
        self.env.flush_all()
        return buyers
