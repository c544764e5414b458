from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.memory import remembering
from ...tools import eligibility, outlook, schedule
from ...tools.outlook import Waiting
from ...tools.rehearsal import After, facts_at
from .facts import Candidate

# So many days are looked back, and so many carts at most: whoever asks waits for the answer.
DAYS, LATEST = 30, 5_000
# So many carts are asked about at a time.
BATCH = 1_000


class Rehearsed(NamedTuple):
    """What would have become of one step for one cart."""

    unfinished_id: int
    step_id: int
    channel_id: int  # by which it would have left
    way_id: int | bool  # of the step, False for its own channel and words
    outcome: str  # "sent", "held" or "skipped"
    reason: str  # why not, or not at its time; "" for none
    at: datetime  # when it would have left, or was to leave


class Rehearsal(NamedTuple):
    """What a campaign would have done."""

    day_count: int  # so many were looked back
    carts: int  # so many were left in these days
    looked_at: int  # so many of them, the latest, were asked about
    rows: list[Rehearsed]


class RecoveryRehearsal(models.AbstractModel):
    """Says what a campaign would have done of late, had it been running: nothing is sent or kept.

    The facts are asked of those who send, and it is they who decide. Each cart counts as it was
    left last. What was sent in these days counts: a customer gets one message a day.
    """

    _name = "recovery.rehearsal"
    _description = "What a Campaign Would Have Done"

    @api.model
    def _rehearse(self, campaign):
        """Return what `campaign` would have done, asking once about a thousand carts.

        :param recovery.campaign campaign: whether it runs or not
        :rtype: Rehearsal
        """
        now = fields.Datetime.now()
        day_count = self._days_to_look_back(campaign)
        since = now - timedelta(days=day_count)
        count, afters = self._read_afters(campaign, since)
        unfinished = self.env["unfinished.order"].browse(afters)
        steps = campaign._steps_in_order()
        plans = steps._plans()
        waiting, ways, rows = {}, {}, []
        with remembering(self.env):
            for first in range(0, len(unfinished), BATCH):
                part = unfinished[first : first + BATCH]
                found = self._line_up(campaign, part, afters, plans, now)
                waiting |= found[0]
                ways |= found[1]
                rows += found[2]
        taken = self._days_taken_by_others(campaign, unfinished, waiting)
        outlooks = outlook.foresee(waiting, taken, since)
        told = (
            self._tell((*ref, *ways[ref]), one, waiting[ref], now) for ref, one in outlooks.items()
        )
        return Rehearsal(day_count, count, len(unfinished), [*rows, *filter(None, told)])

    # === Which carts ===#

    @api.model
    def _days_to_look_back(self, campaign):
        # sudo: a user may have no right to see how long a website keeps carts
        return min(DAYS, campaign.website_id.sudo()._retention_days() or DAYS)

    @api.model
    def _read_afters(self, campaign, since):
        """Return how many carts were left since then, and what came after the latest of them.

        :rtype: tuple[int, dict[int, After]]
        """
        self.env["unfinished.order"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT u.id, CASE WHEN u.state != 'open' THEN u.closed_at END,
                          CASE WHEN u.customer_key != '' THEN lead(u.activity_at) OVER (
                              PARTITION BY u.customer_key ORDER BY u.activity_at, u.id) END,
                          count(*) OVER ()
                     FROM unfinished_order u
                    WHERE u.website_id = %s AND u.activity_at >= %s
                      AND (u.payment_failed OR %s)
                 ORDER BY u.activity_at DESC, u.id DESC
                    LIMIT %s""",
                campaign.website_id.id,
                since,
                campaign.trigger == "left",
                LATEST,
            )
        )
        afters = {id_: After(closed_at, newer_at) for id_, closed_at, newer_at, _count in rows}
        return (rows[0][-1] if rows else 0), afters

    # === What they would have got ===#

    @api.model
    def _line_up(self, campaign, unfinished, afters, plans, now):
        """Return what would have been planned for a batch of carts, and what nobody would plan.

        :param dict afters: what came after each cart, by its id
        :param dict plans: of the steps, in their order
        :return: what waits, by which channel and way each, and the rest
        :rtype: tuple[dict[tuple, Waiting], dict[tuple, tuple], list[Rehearsed]]
        """
        facts = self._ask(campaign, unfinished, plans, now)
        shop_tz = campaign.website_id.sudo()._shop_tz()  # sudo: as above
        waiting, ways, rows = {}, {}, []
        for one in unfinished:
            found_at, tz = (
                one.activity_at + timedelta(hours=campaign._idle_hours()),
                one._buyer_tz(),
            )
            openings = [one._opening(plan.reaching(one))[0] for plan in plans.values()]
            choice = schedule.choose_step(openings, found_at)
            for position, first in enumerate(plans.values()):
                plan = self._way_of(first, one, facts)
                ref, opening = (one.id, plan.step.id), openings[position]
                ways[ref] = (plan.channel.id, plan.ids["way_id"])
                at = max(schedule.due_at(one.activity_at, plan.timing, tz), found_at)
                if reason := self._why_never(choice, position):
                    rows.append(Rehearsed(*ref, *ways[ref], "skipped", reason, opening))
                elif at <= now:
                    then = self._facts_then(facts[plan.channel][one.id], afters[one.id], at)
                    times = {"due_at": at, "planned_at": max(opening, found_at), "tz": tz}
                    waiting[ref] = self._as_waiting(one, plan, then, shop_tz, times)
        return waiting, ways, rows

    @staticmethod
    def _way_of(plan, unfinished, facts):
        """Return the plan by the first way that reaches a buyer and is not known to fail there."""
        ways = [way for way in (plan, *plan.others) if unfinished[way.address]]
        alive = (way for way in ways if not facts[way.channel][unfinished.id].address_bounces)
        return next(alive, plan.reaching(unfinished))

    @staticmethod
    def _why_never(choice, position):
        """Return why the step at a position has no turn when its cart is found, "" when it has."""
        if position in choice.superseded:
            return "superseded"
        return "stale" if position in choice.stale else ""

    @api.model
    def _ask(self, campaign, unfinished, plans, now):
        """Return the facts about each cart by channel; asked once for all steps through it.

        :rtype: dict[recovery.channel, dict[int, eligibility.Facts]]
        """
        facts = self.env["recovery.facts"]
        ways = [way for plan in plans.values() for way in (plan, *plan.others)]
        return {
            plan.channel: facts._about(
                [self._candidate(campaign, one, plan, now) for one in unfinished], now
            )
            for plan in {way.channel: way for way in ways}.values()
        }

    @staticmethod
    def _candidate(campaign, unfinished, plan, now):
        return Candidate(
            ref=unfinished.id,
            message_id=0,
            unfinished_id=unfinished.id,
            campaign_id=campaign.id,
            step_id=plan.step.id,
            channel_id=plan.channel.id,
            address=unfinished[plan.address] or "",
            planned_for=unfinished.activity_at,
            planned_at=now,
            by_hand=False,
        )

    @staticmethod
    def _facts_then(facts, after, at):
        """Return the facts as they were at the moment `at`: a later change had not been made."""
        then = facts_at(facts, after, at)
        is_later = then.activity_at and then.activity_at > at
        return replace(then, activity_at=then.planned_for) if is_later else then

    @api.model
    def _as_waiting(self, unfinished, plan, facts, shop_tz, times):
        return Waiting(
            facts=facts,
            held_for="",
            marks=frozenset(unfinished._marks()),
            rivals=frozenset(unfinished._rivals()),
            window=self.env["recovery.law"]._window_for(plan.windows, unfinished),
            shop_tz=shop_tz,
            **times,
        )

    @api.model
    def _days_taken_by_others(self, campaign, unfinished, waiting):
        """Return which days of these customers other campaigns and people have taken."""
        days = {schedule.local_day(one.due_at, one.shop_tz) for one in waiting.values()}
        days |= {day + timedelta(days=1) for day in days}
        taken = unfinished._taken_days(days) if days else {}
        messages = self.env["recovery.message"]
        return {
            key: holder.id
            for key, holder in taken.items()
            if holder._name != messages._name or holder.campaign_id != campaign
        }

    @staticmethod
    def _tell(ref, found, waiting, now):
        """Return what became of one, None when that is still to come."""
        at = found.at or waiting.due_at
        if found.action == eligibility.SKIP:
            return Rehearsed(*ref, "skipped", found.reason, at)
        if found.action == eligibility.DEFER and found.reason not in outlook.PASSING:
            return Rehearsed(*ref, "held", found.reason, waiting.due_at)
        return Rehearsed(*ref, "sent", found.reason, at) if at <= now else None
