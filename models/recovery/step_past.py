from odoo import api, fields, models
from odoo.tools import format_duration

from ...tools.durations import split_hours

# What a step is called after.
NAMING_FIELDS = ("timing", "delay_hours", "days_later", "at_hour")


def time_label(env, timing, delay_hours, days_later, at_hour):
    """Return in words when a step leaves, from the values of its fields: *After 1 h*."""
    if timing != "delay":
        clock = format_duration(at_hour)
        if not days_later:
            return env._("%(time)s the same day", time=clock)
        if days_later == 1:
            return env._("%(time)s the next day", time=clock)
        return env._("Day %(days)s at %(time)s", days=days_later, time=clock)
    days, hours, minutes = split_hours(delay_hours)
    if days:
        return env._("After %(days)s days", days=days)
    if hours and minutes:
        return env._("After %(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    if minutes or not hours:
        return env._("After %(minutes)s min", minutes=minutes)
    return env._("After %(hours)s h", hours=hours)


class RecoveryStep(models.Model):
    """What a step was called before: a change of its time must not rename what was sent.

    A message keeps the number of times that its step had been changed by then: four bytes, and
    nothing for the messages of a step that never was. The words are made for the reader, in their
    language.
    """

    _inherit = "recovery.step"

    earlier_times = fields.Json(
        readonly=True, copy=False, help="By what this step was named before each of its changes."
    )

    time_words = fields.Char("When", compute="_compute_time_words")

    @api.depends(*NAMING_FIELDS)
    @api.depends_context("lang")
    def _compute_time_words(self):
        for step in self:
            step.time_words = step._time_label()

    def write(self, vals):
        named_by = {name: vals[name] for name in NAMING_FIELDS if name in vals}
        if named_by:
            for step in self:
                if any(step[name] != value for name, value in named_by.items()):
                    step._keep_name()
        return super().write(vals)

    def _keep_name(self):
        self.earlier_times = [*(self.earlier_times or ()), {n: self[n] for n in NAMING_FIELDS}]

    def _version(self):
        """Return how often this step has been changed."""
        self.ensure_one()
        return len(self.earlier_times or ())

    def _time_label(self, version=None):
        """Return in words when this step leaves, or left before its change number `version`."""
        self.ensure_one()
        earlier = self.earlier_times or ()
        if version is not None and version < len(earlier):
            return time_label(self.env, **earlier[version])
        return time_label(self.env, *(self[name] for name in NAMING_FIELDS))


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    # Empty for the first: nothing has to be written for the messages of earlier versions.
    step_version = fields.Integer(
        "Version of the Step",
        readonly=True,
        help="How often the time of the step had been changed when this was planned.",
    )

    @api.depends("by_hand", "user_id", "step_id", "step_version", "channel_id")
    def _compute_occasion(self):
        """Say who wanted the message: a step of a campaign, as it was then, or a person."""
        for message in self:
            # sudo: a colleague of another company may have sent it
            name = message.sudo().user_id.name
            if not message.by_hand and not message.step_id:
                message.occasion = False
            elif not message.by_hand:
                message.occasion = self.env._(
                    "%(time)s: %(channel)s",
                    time=message.step_id._time_label(message.step_version),
                    channel=message.channel_id.name or "",
                )
            elif name:
                message.occasion = self.env._("By hand, by %(user)s", user=name)
            else:
                message.occasion = self.env._("By hand")
