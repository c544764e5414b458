from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.schedule import Timing

# So many days are looked back, and so many carts at most: what is asked while somebody types
# takes as long in a shop with a million carts as in one with ten thousand.
DAYS, LATEST = 30, 10_000
# What is typed can be any number; a timestamp cannot.
MOST_HOURS, MOST_DAYS = 24 * 400, 400
# What decides whom a step would have written to.
TIMING = (
    *("timing", "delay_hours", "days_later", "at_hour", "cutoff_hour", "channel_id"),
    "way_ids.channel_id",
)


class Reach(NamedTuple):
    """How many carts were left of late, and to how many of them each step would have written."""

    day_count: int
    carts: int
    counts: tuple[int, ...]  # for each step
    any_count: int  # for at least one of them


class RecoveryCampaign(models.Model):
    """How many of the last carts would have been written to, by what is being entered.

    Counted are the carts that a customer had left, that reach the minimum, that name an address
    for the channel, and that were still open when the step was due. Who was silenced for another
    reason, such as the limit of one message a day, is not left out.
    """

    _inherit = "recovery.campaign"

    reach_note = fields.Char("Last Month's Carts", compute="_compute_reach_note")

    @api.depends(
        "min_amount",
        "trigger",
        "website_id",
        "step_ids.active",
        *(f"step_ids.{name}" for name in TIMING),
    )
    def _compute_reach_note(self):
        for campaign in self:
            steps = campaign.step_ids.filtered("active")
            reach = campaign._reach(steps) if steps else None
            campaign.reach_note = reach and self._reach_words(reach, reach.any_count)

    def _reach_words(self, reach, count):
        """Say to how many of the last carts there would have been a message."""
        words = {"carts": reach.carts, "days": reach.day_count, "count": count}
        if not reach.carts:
            return self.env._("None was left in the last %(days)s days", **words)
        if reach.carts < LATEST:
            return self.env._(
                "%(count)s of the %(carts)s left in the last %(days)s days would have been"
                " written to",
                **words,
            )
        return self.env._("%(count)s of the latest %(carts)s would have been written to", **words)

    def _reach(self, steps):
        """Return to how many of the website's last carts `steps` would have written.

        :param recovery.step steps: of this campaign, possibly not saved yet
        :rtype: Reach | None
        """
        self.ensure_one()
        # sudo: a seller may have no right to see how long a website keeps carts
        website = self.website_id.sudo()
        # A website of another company can be chosen in the form; its carts are not told.
        if not website or website.company_id not in self.env.companies:
            return None
        days = min(DAYS, website._retention_days() or DAYS)
        conditions = [self._reach_sql(step, website._shop_tz()) for step in steps]
        counted = [*conditions, SQL("(%s)", SQL(" OR ").join(conditions))]
        unfinished = self.env["unfinished.order"]
        unfinished.flush_model()
        ((carts, *counts, any_count),) = self.env.execute_query(
            SQL(
                """SELECT count(*), %(counts)s
                     FROM (SELECT u.activity_at, u.email, u.phone, u.amount_company, u.made_by,
                                  u.payment_failed,
                                  CASE WHEN u.state = 'open' THEN %(now)s
                                       ELSE COALESCE(u.closed_at, %(now)s) END AS until
                             FROM unfinished_order u
                            WHERE u.website_id = %(website)s AND u.activity_at >= %(since)s
                         ORDER BY u.activity_at DESC
                            LIMIT %(latest)s) cart
                    WHERE cart.made_by IS NULL""",
                counts=SQL(", ").join(SQL("count(*) FILTER (WHERE %s)", each) for each in counted),
                now=fields.Datetime.now(),
                website=website._origin.id or website.id,
                since=fields.Datetime.now() - timedelta(days=days),
                latest=LATEST,
            )
        )
        return Reach(days, carts, tuple(counts), any_count)

    def _reach_sql(self, step, tz):
        """Return whether `step` would have written to the row `cart`."""
        channels = dict.fromkeys(way.channel_id for way in step._ways() if way.channel_id)
        addresses = {channel._driver()._address for channel in channels} or {"email"}
        return SQL(
            """(COALESCE(%(addresses)s, '') != '' AND cart.amount_company >= %(minimum)s
                AND (%(whatever)s OR cart.payment_failed) AND %(due)s <= cart.until)""",
            whatever=self.trigger == "left",
            addresses=SQL(", ").join(
                SQL("NULLIF(cart.%s, '')", SQL.identifier(name)) for name in sorted(addresses)
            ),
            minimum=self.min_amount or 0.0,
            due=self._due_sql(step._timing(), tz),
        )

    @api.model
    def _due_sql(self, timing: Timing, tz):
        """Return when a step is due for the row `cart`, as `tools.schedule.due_at` does."""
        if timing.at_hour is None:
            hours = min(max(timing.delay_hours, 0.0), MOST_HOURS)
            return SQL("cart.activity_at + %s * interval '1 hour'", hours)
        return SQL(
            """(SELECT (at.due + CASE WHEN at.due > at.left_at THEN interval '0'
                                      ELSE interval '1 day' END)
                       AT TIME ZONE %(tz)s AT TIME ZONE 'UTC'
                  FROM (SELECT here.left_at,
                               date_trunc('day', here.left_at) + %(minutes)s * interval '1 minute'
                               + (%(days)s + (here.left_at - date_trunc('day', here.left_at)
                                              >= %(cutoff)s * interval '1 hour')::int)
                                 * interval '1 day' AS due
                          FROM (SELECT cart.activity_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s
                                       AS left_at) here) at)""",
            tz=tz,
            minutes=round(min(max(timing.at_hour, 0.0), 24.0) * 60),
            days=min(max(timing.days_later, 0), MOST_DAYS),
            cutoff=min(max(timing.cutoff_hour, 0.0), 24.0),
        )


class RecoveryStep(models.Model):
    _inherit = "recovery.step"

    reach_note = fields.Char("Last Month's Carts", compute="_compute_reach_note")

    @api.depends(*TIMING, "campaign_id.min_amount", "campaign_id.trigger", "campaign_id.website_id")
    def _compute_reach_note(self):
        for campaign, steps in self.grouped("campaign_id").items():
            reach = campaign._reach(steps) if campaign else None
            counts = reach.counts if reach else (0,) * len(steps)
            for step, count in zip(steps, counts, strict=True):
                step.reach_note = reach and campaign._reach_words(reach, count)
