from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ...tools import period

_lt = LazyTranslate(__name__)

# In the order of reading; those that are seldom any are shown where there are some.
MESSAGE_KEYS = ("sent", "successful", "failed", "in_progress", "uncertain", "skipped", "clicked")
SELDOM = ("uncertain",)
# What is drawn of messages, each in the color of a state.
DRAWN = {
    "successful": "delivered",
    "failed": "failed",
    "in_progress": "waiting",
    "uncertain": "uncertain",
}
LABELS = {"day": "d MMM", "week": "d MMM", "month": "MMM y"}

# What each figure is called, and what it counts.
WORDS = {
    "sent": (
        _lt("Sent"),
        _lt("Messages that have left, whatever became of them afterwards"),
    ),
    "successful": (
        _lt("Successful"),
        _lt("Messages that have left, and have not come back as far as is known"),
    ),
    "failed": (
        _lt("Failed"),
        _lt("Messages that could not be sent, or have come back"),
    ),
    "in_progress": (
        _lt("In Progress"),
        _lt("Messages that wait for their time, or are leaving now"),
    ),
    "uncertain": (
        _lt("Uncertain"),
        _lt("Messages of which nobody knows whether they have left"),
    ),
    "skipped": (
        _lt("Not Sent"),
        _lt("Messages that were skipped, each for a reason that it names"),
    ),
    "clicked": (
        _lt("Clicked"),
        _lt("Messages whose buyer went on from the link"),
    ),
    "recovered": (
        _lt("Recovered Orders"),
        _lt("Orders of buyers who had gone on from a reminder, or used a code that it gave"),
    ),
    "revenue": (
        _lt("Recovered Revenue"),
        _lt("Of the recovered orders, taxes included"),
    ),
    "margin": (
        _lt("Margin"),
        _lt(
            "What is left of the recovered orders, taxes excluded: after discounts, the"
            " purchase prices of the products, and what the messages have cost"
        ),
    ),
    "cost": (
        _lt("Cost of Messages"),
        _lt("What the providers have charged, in the company's currency"),
    ),
}


class RecoveryOverviewScreen(models.AbstractModel):
    """The overview as the browser shows it: figures, channels, charts, and what to do next."""

    _name = "recovery.overview.screen"
    _description = "Overview of Reminders on the Screen"

    # === Figures ===#

    @api.model
    def _figures(self, messages, orders, in_all, earned, costs):
        """Return the figures in the order of reading, each with the domain that it opens.

        :param Domain messages: what the overview is about
        :param Domain orders: what has come back
        :param Counter in_all: how many messages each key counts
        :param dict earned: orders, revenue and margin by company
        :param list[Cost] costs: of these messages
        """
        overview = self.env["recovery.overview"]
        figures = [
            self._figure(key, key, "messages", messages & overview._key_domain(key), in_all[key])
            for key in MESSAGE_KEYS
            if key not in SELDOM or in_all[key]
        ]
        count = sum(orders_of for orders_of, _revenue, _margin in earned.values())
        money = {"recovered": None, "revenue": self._revenue(earned)}
        money["margin"] = self._margin(earned, costs)
        figures += [
            self._figure(key, "recovered", "orders", orders, count, amounts)
            for key, amounts in money.items()
        ]
        if costs:
            charged = messages & self.env["recovery.costs"]._charged_domain()
            number = self.env["recovery.message"].search_count(charged)
            figure = self._figure("cost", "cost", "messages", charged, number)
            figures.append({**figure, **self._cost_amounts(costs)})
        return figures

    @api.model
    def _figure(self, key, counts, rows, domain, count, amounts=None):
        label, help_text = self._words()[key]
        return {
            "key": key,
            "counts": counts,
            "label": label,
            "help": help_text,
            "rows": rows,
            "domain": list(domain),
            "count": count,
            "amounts": amounts,
        }

    @api.model
    def _words(self):
        return {key: tuple(map(self.env._, words)) for key, words in WORDS.items()}

    # === Amounts ===#

    @api.model
    def _revenue(self, earned):
        return self._amounts(
            (company.currency_id, revenue) for company, (_count, revenue, _margin) in earned.items()
        )

    @api.model
    def _margin(self, earned, costs):
        margins = [
            (company.currency_id, margin) for company, (_count, _revenue, margin) in earned.items()
        ]
        paid = self.env["recovery.costs"]._in_company_currency
        return self._amounts(
            [*margins, *((cost.company_id.currency_id, -paid(cost)) for cost in costs)]
        )

    @api.model
    def _cost_amounts(self, costs):
        """Return what messages have cost, in the companies' currencies and in the providers'."""
        paid = self.env["recovery.costs"]._in_company_currency
        return {
            "amounts": self._amounts((cost.company_id.currency_id, paid(cost)) for cost in costs),
            "charged": self._amounts((cost.currency_id, cost.amount) for cost in costs),
        }

    @api.model
    def _amounts(self, pairs):
        """Return amounts by currency: those of several currencies are not added up."""
        amounts = {}
        for currency, amount in pairs:
            amounts[currency] = amounts.get(currency, 0.0) + amount
        return [
            {"currency_id": currency.id, "amount": currency.round(amount)}
            for currency, amount in amounts.items()
        ]

    # === Channels ===#

    @api.model
    def _channels(self, by_channel, costs):
        """Return the figures of each channel, with what its rows have in common."""
        channels = self.env["recovery.channel"].with_context(active_test=False)
        ids = {channel_id for channel_id, _key in by_channel}
        known = channels.browse(ids - {0}).sorted("sequence, id")
        rows = [*known, *([channels] if 0 in ids else [])]
        return [self._channel(channel, by_channel, costs) for channel in rows]

    @api.model
    def _channel(self, channel, by_channel, costs):
        mine = [cost for cost in costs if cost.channel_id == channel]
        return {
            "id": channel.id or 0,
            "name": channel.name or self.env._("No channel"),
            "domain": [("channel_id", "=", channel.id)],
            "counts": {key: by_channel[channel.id or 0, key] for key in MESSAGE_KEYS},
            **self._cost_amounts(mine),
        }

    # === Charts ===#

    @api.model
    def _charts(self, spans, chosen, by_span):
        """Return what is drawn over time: messages by outcome, and orders that came back.

        :param Counter by_span: of each span and key; beyond the last span, what is due later
        """
        places = range(len(spans) + any(by_span[len(spans), key] for key in MESSAGE_KEYS))
        words = self._words()
        return [
            {
                "key": rows,
                "title": title,
                "rows": rows,
                "spans": [self._span(place, spans, chosen, moment) for place in places],
                "series": [
                    {
                        "key": key,
                        "label": words[key][0],
                        "state": state,
                        "values": [by_span[place, key] for place in places],
                    }
                    for key, state in drawn.items()
                    if key not in SELDOM or any(by_span[place, key] for place in places)
                ],
            }
            for rows, moment, drawn, title in (
                ("messages", "due_at", DRAWN, self.env._("Messages")),
                ("orders", "closed_at", {"recovered": "recovered"}, words["recovered"][0]),
            )
        ]

    @api.model
    def _span(self, place, spans, chosen, moment):
        """Return what a part of the period is called, and the domain of what lies in it."""
        if place == len(spans):
            start = fields.Datetime.to_string(spans[-1].end)
            return {"label": self.env._("Later"), "domain": [(moment, ">=", start)]}
        start, end = map(fields.Datetime.to_string, spans[place][1:])
        pattern = LABELS[period.grain(chosen.first, chosen.last)]
        return {
            "label": format_date(self.env, spans[place].day, date_format=pattern),
            "domain": [(moment, ">=", start), (moment, "<", end)],
        }

    # === Around them ===#

    @api.model
    def _help(self, chosen, has_rows):
        """Say what to do next where there is not a single row, False where there is one."""
        if has_rows:
            return False
        running = self.env["recovery.campaign"].search_count([("is_running", "=", True)], limit=1)
        if not running:
            return {
                "title": self.env._("No reminders yet"),
                "text": self.env._(
                    "Switch a campaign on: its reminders, and what they bring back, are shown here"
                    " from the first one on."
                ),
                "button": self.env._("Open Campaigns"),
                "action": "website_sale_order_handling.action_recovery_campaign",
            }
        return {
            "title": self.env._("Nothing in this period"),
            "text": self.env._(
                "No message was due, and no order came back. Choose a longer period or all"
                " campaigns, or look at the carts that were left."
            ),
            "button": self.env._("Open Unfinished Orders"),
            "action": "website_sale_order_handling.action_unfinished_order",
        }

    @api.model
    def _frame(self):
        """Return what can be chosen, and the lists that figures open."""
        figures = self.env["recovery.figures"]
        mine = [("company_id", "in", self.env.companies.ids)]
        return {
            "campaigns": self._names(self.env["recovery.campaign"].search(mine)),
            "websites": self._names(self.env["website"].search(mine)),
            "actions": {
                "messages": figures._action_open_rows("action_recovery_message", []),
                "orders": figures._action_open_rows("action_unfinished_order", []),
            },
        }

    @api.model
    def _names(self, records):
        return [{"id": record.id, "name": record.name} for record in records]
