from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import period
from ...tools.attribution import RECOVERING
from ...tools.schedule import known_tz

DEFAULT_DAYS = 30
# How messages are counted: each state is in one of these.
STATES = {
    "successful": ("sent", "delivered", "clicked"),
    "failed": ("failed", "bounced"),
    "in_progress": ("waiting", "sending"),
    "uncertain": ("uncertain",),
    "skipped": ("skipped",),
}
# And by what has happened to them, whatever became of them afterwards.
MOMENTS = {"sent": "sent_at", "clicked": "clicked_at"}


class Choice(NamedTuple):
    """What the overview is about."""

    first: date
    last: date
    is_open: bool  # what is due after the last day counts as well
    campaign_id: int
    website_id: int


class RecoveryOverview(models.AbstractModel):
    """The figures of reminders in a period: each is the number of rows of a domain, and opens them.

    Messages belong to the period in which they are due, orders to that in which they were placed.
    Everybody reads what the record rules give them.
    """

    _name = "recovery.overview"
    _description = "Overview of Reminders"

    # === What was chosen ===#

    @api.model
    def _choose(self, choice):
        """Return what a browser asks for as plain values.

        :param dict choice: ``days`` back from today, or ``first`` and ``last``; and ids
        :rtype: Choice
        """
        today = fields.Date.context_today(self)
        try:
            ids = [int(choice.get(name) or 0) for name in ("campaign_id", "website_id")]
            if choice.get("first") and choice.get("last"):
                first, last = map(fields.Date.to_date, (choice["first"], choice["last"]))
            else:
                days = min(max(int(choice.get("days") or DEFAULT_DAYS), 1), period.LONGEST)
                first, last = today - timedelta(days=days - 1), today
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("Choose a period by its first and its last day.")) from error
        if not period.is_sensible(first, last, today):
            raise UserError(
                self.env._(
                    "Choose a period of at most ten years, with its last day after its first."
                )
            )
        return Choice(first, last, last >= today, *ids)

    @api.model
    def _tz(self):
        return known_tz(self.env.context.get("tz"), self.env.user.tz) or "UTC"

    @api.model
    def _messages_domain(self, choice):
        """Return which messages the overview is about."""
        return self._within(choice, "due_at") & self._of(choice, "campaign_id")

    @api.model
    def _orders_domain(self, choice):
        """Return which unfinished orders have come back."""
        recovered = self.env["unfinished.order"]._credit_domain(*RECOVERING)
        mine = self._of(choice, "credit_campaign_id")
        return self._within(choice, "closed_at") & mine & recovered

    @api.model
    def _erased_domain(self, choice):
        """Return the same of the daily totals of what was erased."""
        days = Domain("date", ">=", choice.first) & Domain("date", "<=", choice.last)
        return days & self._of(choice, "campaign_id")

    @api.model
    def _within(self, choice, moment):
        start = Domain(moment, ">=", self._text(period.begin_of(choice.first, self._tz())))
        if choice.is_open:
            return start
        end = period.begin_of(choice.last + timedelta(days=1), self._tz())
        return start & Domain(moment, "<", self._text(end))

    @api.model
    def _of(self, choice, campaign):
        mine = Domain(campaign, "=", choice.campaign_id) if choice.campaign_id else Domain.TRUE
        website = Domain("website_id", "=", choice.website_id)
        return mine & website if choice.website_id else mine

    @staticmethod
    def _text(moment):
        return fields.Datetime.to_string(moment)

    # === What is counted ===#

    @api.model
    def _key_domain(self, key):
        """Return which messages of the overview a figure counts."""
        if key in MOMENTS:
            return Domain(MOMENTS[key], "!=", False)
        return Domain("state", "in", STATES[key])

    @api.model
    def _count_messages(self, domain, spans):
        """Return how many messages each figure counts: by key, by channel and key, by span and key.

        All of them in one query; the last span is what comes after the others.

        :rtype: tuple[Counter, Counter, Counter]
        """
        in_all, by_channel, by_span = Counter(), Counter(), Counter()
        for span, channel_id, state, count, *moments in self._grouped(domain, spans):
            counts = {key: count for key, states in STATES.items() if state in states}
            counts |= dict(zip(MOMENTS, moments, strict=True))
            in_all.update(counts)
            by_channel.update({(channel_id or 0, key): n for key, n in counts.items()})
            by_span.update({(span, key): n for key, n in counts.items()})
        return in_all, by_channel, by_span

    @api.model
    def _grouped(self, domain, spans):
        """Return how many messages each span, channel and state has, and what happened to them.

        :rtype: list[tuple]
        """
        messages = self.env["recovery.message"]
        query = messages._search(domain)
        due_at, channel, state, *moments = (
            messages._field_to_sql(query.table, name, query)
            for name in ("due_at", "channel_id", "state", *MOMENTS.values())
        )
        query.groupby = SQL("1, 2, 3")
        counts = (SQL("count(*)"), *(SQL("count(%s)", moment) for moment in moments))
        return self.env.execute_query(
            query.select(self._span_sql(due_at, spans), channel, state, *counts)
        )

    @api.model
    def _span_sql(self, moment, spans):
        """Return in which span a moment is, from 0 on; the last one is for what comes after."""
        limits = [self._text(span.end) for span in spans]
        return SQL("width_bucket(%s, %s::timestamp[])", moment, limits)

    @api.model
    def _earned(self, domain, spans):
        """Return the orders, the revenue and the margin of each company, and the orders by span.

        :rtype: tuple[dict[res.company, tuple[int, float, float]], Counter]
        """
        unfinished = self.env["unfinished.order"]
        query = unfinished._search(domain)
        company, closed, revenue, margin = (
            unfinished._field_to_sql(query.table, name, query)
            for name in ("company_id", "closed_at", "placed_amount", "placed_margin")
        )
        query.groupby = SQL("1, 2")
        found, by_span = {}, Counter()
        sums = (SQL("count(*)"), SQL("sum(%s)", revenue), SQL("sum(%s)", margin))
        for span, company_id, count, *amounts in self.env.execute_query(
            query.select(self._span_sql(closed, spans), company, *sums)
        ):
            company = self.env["res.company"].browse(company_id)
            known = found.get(company, (0, 0.0, 0.0))
            added = (count, *(float(amount or 0.0) for amount in amounts))
            found[company] = tuple(map(sum, zip(known, added, strict=True)))
            by_span[span, "recovered"] += count
        return found, by_span

    @api.model
    def _erased(self, choice):
        """Return how many rows are not there any more that the figures would count, by key."""
        gone = self._erased_domain(choice)
        erased = Counter()
        days = self.env["recovery.message.day"]
        measures = ["messages:sum", "sent:sum", "clicked:sum"]
        for state, messages, sent, clicked in days._read_group(gone, ["state"], measures):
            erased.update({"sent": sent or 0, "clicked": clicked or 0})
            erased.update({key: messages for key, states in STATES.items() if state in states})
        recovered = gone & Domain("credit", "in", RECOVERING)
        totals = self.env["unfinished.order.day.credit"]
        ((erased["recovered"],),) = totals._read_group(recovered, [], ["orders:sum"])
        return {key: count or 0 for key, count in erased.items()}

    # === For the browser ===#

    @api.model
    def _read(self, choice):
        """Return the whole overview as the browser shows it.

        :param dict choice: as of `_choose`
        """
        chosen, screen = self._choose(choice), self.env["recovery.overview.screen"]
        spans = period.spans(chosen.first, chosen.last, self._tz())
        messages, orders = self._messages_domain(chosen), self._orders_domain(chosen)
        in_all, by_channel, by_span = self._count_messages(messages, spans)
        earned, recovered_by_span = self._earned(orders, spans)
        costs = self.env["recovery.costs"]._costs(messages)
        figures = screen._figures(messages, orders, in_all, earned, costs)
        erased = self._erased(chosen)
        for figure in figures:
            figure["erased"] = erased.get(figure["counts"], 0)
        return {
            "first": fields.Date.to_string(chosen.first),
            "last": fields.Date.to_string(chosen.last),
            "figures": figures,
            "channels": screen._channels(by_channel, costs),
            "charts": screen._charts(spans, chosen, by_span + recovered_by_span),
            "help": screen._help(chosen, bool(in_all or earned)),
            **screen._frame(),
        }


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    @api.model
    def retrieve_overview(self, choice=None):
        """Return the figures of reminders for whoever may read messages.

        :param dict choice: a period, a campaign and a website, see `recovery.overview`
        """
        self.check_access("read")
        return self.env["recovery.overview"]._read(choice or {})
