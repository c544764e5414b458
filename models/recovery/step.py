from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.law import Windows
from ...tools.schedule import Timing

DEFAULT_TEMPLATES = tuple(
    f"website_sale_order_handling.mail_template_reminder_{number}" for number in (1, 2, 3)
)


# A year, and a leap day.
MAX_DAYS = 366
TIMING_FIELDS = {"timing", "delay_hours", "days_later", "at_hour", "cutoff_hour", "channel_id"}


class StepPlan(NamedTuple):
    """What is asked about a step for each of many carts, worked out once."""

    step: models.BaseModel
    ids: dict[str, int]  # of the step, way, version and campaign, as a message holds them
    channel: models.BaseModel
    timing: Timing
    windows: Windows
    address: str  # the contact detail that its channel needs: "email" or "phone"
    others: tuple["StepPlan", ...] = ()  # by the other ways, in their order

    def reaching(self, unfinished):
        """Return the plan by the first way that reaches a buyer; any of them where none does."""
        if unfinished[self.address] or not self.others:
            return self
        return next((plan for plan in self.others if unfinished[plan.address]), self)

    def by(self, way):
        """Return the plan by this way, or by the first one where it is not used any more."""
        plans = (self, *self.others)
        return next((plan for plan in plans if plan.ids["way_id"] == way.id), self)


class RecoveryStep(models.Model):
    """One reminder of a campaign: when, through which channel, with which words."""

    _name = "recovery.step"
    _inherit = "recovery.step.words"
    _description = "Recovery Step"
    _order = "campaign_id, sequence, delay_hours, id"

    campaign_id = fields.Many2one(
        "recovery.campaign", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    timing = fields.Selection(
        [("delay", "After a delay"), ("time", "At a time of day")],
        "Send",
        default="delay",
        required=True,
    )
    delay_hours = fields.Float(
        "Send After",
        required=True,
        default=24.0,
        help="Hours after the buyer's last change of the cart.",
    )
    days_later = fields.Integer(
        default=1, required=True, help="1: the day after the cart was left, in the buyer's time."
    )
    at_hour = fields.Float(
        "Time of Day", default=8.0, required=True, help="On the buyer's own clock, where known."
    )
    cutoff_hour = fields.Float(
        "Left Before",
        default=23 + 59 / 60,
        required=True,
        help="Carts left at this time of day or later count for the next day.",
    )
    way_ids = fields.One2many("recovery.way", "step_id", "Otherwise", copy=True)
    parameter_ids = fields.One2many("recovery.parameter", "step_id", copy=True)
    message_ids = fields.One2many("recovery.message", "step_id")
    sent_count = fields.Integer("Sent", compute="_compute_sent_count")

    @api.depends(
        "timing", "delay_hours", "days_later", "at_hour", "channel_id", "way_ids.channel_id"
    )
    def _compute_display_name(self):
        for step in self:
            channels = dict.fromkeys(way.channel_id.name or "" for way in step._ways())
            step.display_name = self.env._(
                "%(time)s: %(channel)s", channel=" → ".join(channels), time=step._time_label()
            )

    @api.depends("message_ids.sent_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_sent_count(self):
        there, erased = self.env["recovery.figures"]._count_figure("sent_messages", "step_id", self)
        for step in self:
            step.sent_count = there.get(step, 0) + erased.get(step, 0)

    # Not as constraints of the database: what is refused there is logged as an error.
    @api.constrains("delay_hours", "days_later", "at_hour", "cutoff_hour")
    def _check_times(self):
        for step in self:
            if problem := step._wrong_time_text():
                raise ValidationError(problem)

    def _wrong_time_text(self):
        self.ensure_one()
        if self.delay_hours < 0:
            return self.env._(
                "A reminder cannot leave before the cart is left: enter 0 hours or more."
            )
        if self.days_later < 0:
            return self.env._(
                "A reminder cannot leave before the cart is left: enter 0 days or more."
            )
        if max(self.delay_hours / 24, self.days_later) > MAX_DAYS:
            return self.env._(
                "Nobody remembers a cart for so long: enter at most %(days)s days.", days=MAX_DAYS
            )
        if not (0 <= self.at_hour < 24 and 0 < self.cutoff_hour <= 24):
            return self.env._("Enter times of day from 00:00 to 23:59.")
        return ""

    @api.constrains("timing", "delay_hours", "days_later", "at_hour", "active", "campaign_id")
    def _check_cart_outlasts_reminder(self):
        # sudo: a user who sets a reminder's time may have no right to see how long carts are kept
        self.campaign_id.sudo()._check_carts_outlast_reminders()

    def write(self, vals):
        result = super().write(vals)
        if not TIMING_FIELDS.isdisjoint(vals):
            self.env["recovery.message"]._on_timing_changed(self)
        return result

    def _timing(self):
        """Return when this step is due, as plain values."""
        self.ensure_one()
        if self.timing == "delay":
            return Timing(delay_hours=self.delay_hours)
        return Timing(
            at_hour=self.at_hour, days_later=self.days_later, cutoff_hour=self.cutoff_hour
        )

    def _plans(self):
        """Return what is asked about each of these steps for each of many carts.

        :return: nothing for a step by none of whose ways anything can leave
        :rtype: dict[recovery.step, StepPlan]
        """
        law = self.env["recovery.law"]
        windows = {
            channel: law._windows(channel)
            for channel in self.channel_id | self.way_ids.channel_id
            if channel._is_usable()
        }
        plans = {}
        for step in self:
            ways = [way for way in step._ways() if way.channel_id in windows]
            if found := [step._plan(way, windows[way.channel_id]) for way in ways]:
                plans[step] = found[0]._replace(others=tuple(found[1:]))
        return plans

    def _plan(self, way, windows):
        self.ensure_one()
        ids = {"campaign_id": self.campaign_id.id, "step_id": self.id}
        ids |= {"way_id": way._way().id, "step_version": self._version()}
        channel = way.channel_id
        return StepPlan(self, ids, channel, self._timing(), windows, channel._driver()._address)

    # === Ways ===#

    def _ways(self):
        """Return the ways of this step in order: its own channel and words, then the others.

        :rtype: list[recovery.step.words]
        """
        self.ensure_one()
        return [self, *self.way_ids.sorted(lambda way: (way.sequence, way.id or 0))]

    def _step(self):
        return self

    def _way(self):
        return self.env["recovery.way"]

    @api.model
    def _default_template(self, position):
        """Return the id of the shipped template for the step at `position`, or False."""
        xmlid = DEFAULT_TEMPLATES[min(position, len(DEFAULT_TEMPLATES) - 1)]
        template = self.env.ref(xmlid, raise_if_not_found=False)
        return template.id if template else False
