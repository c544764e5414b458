from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...drivers.base import MAIL, TEXT, Account
from ...orm.memory import asked_once
from ...tools import schedule

WINDOW_FIELDS = {"has_quiet_hours", "quiet_from", "quiet_to", "calendar_id"}


class RecoveryChannel(models.Model):
    """A connected account through which reminders leave. Its driver knows how."""

    _name = "recovery.channel"
    _description = "Recovery Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    # Not by the menu of every form, which does not say what follows.
    active = fields.Boolean(default=True, readonly=True)
    driver = fields.Selection(
        selection="_selection_driver", required=True, default="recovery.driver.dry_run"
    )
    sender = fields.Char(
        help="Leave empty to send in the name of the template's sender or the company."
    )

    is_email = fields.Boolean(compute="_compute_is_email")

    # === When, in the buyer's local time ===#
    has_quiet_hours = fields.Boolean(
        "Quiet Hours",
        help="What is due in these hours, on the clock of the buyer, waits until they end.",
    )
    quiet_from = fields.Float("From", default=21.0, required=True)
    quiet_to = fields.Float("To", default=8.0, required=True)
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Days",
        ondelete="restrict",
        help="Messages leave only on days on which this calendar has working hours, and not on its"
        " days off. Empty: every day.",
    )

    @api.constrains("has_quiet_hours", "quiet_from", "quiet_to")
    def _check_quiet_hours(self):
        for channel in self:
            if not all(0 <= hour < 24 for hour in (channel.quiet_from, channel.quiet_to)):
                raise ValidationError(
                    self.env._(
                        "Quiet hours of “%(channel)s”: enter times of day from 00:00 to 23:59.",
                        channel=channel.name,
                    )
                )
            if channel.has_quiet_hours and channel.quiet_from == channel.quiet_to:
                raise ValidationError(
                    self.env._(
                        "The quiet hours of “%(channel)s” cover the whole day, so nothing could"
                        " ever leave. Let them end earlier, or archive the channel.",
                        channel=channel.name,
                    )
                )

    @api.constrains("calendar_id")
    def _check_calendar(self):
        for channel in self:
            if channel.calendar_id and not channel._working_weekdays():
                raise ValidationError(
                    self.env._(
                        "The calendar “%(calendar)s” has no working hours, so nothing could ever"
                        " leave. Add some to it, or choose another calendar.",
                        calendar=channel.calendar_id.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if not WINDOW_FIELDS.isdisjoint(vals):
            # sudo: a user who sets up channels may have no right to manage campaigns
            steps = self.env["recovery.step"].sudo()._used_with("channel_id", self)
            self.env["recovery.message"]._on_timing_changed(steps)
        return result

    @api.depends("driver")
    def _compute_is_email(self):
        for channel in self:
            channel.is_email = channel._is_email()

    @api.model
    def _selection_driver(self):
        named = ((driver._name, self.env._(driver._title)) for driver in self._drivers())
        return sorted(named)

    @api.model
    def _default_channel(self):
        """Return the e-mail channel that is shipped, or the first there is."""
        shipped = self.env.ref(
            "website_sale_order_handling.channel_email", raise_if_not_found=False
        )
        return shipped or self.search([], limit=1)

    @api.model
    def _drivers(self):
        """Return all drivers that are installed, in the order of their names."""
        names = self.env.registry.descendants(["recovery.driver"], "_inherit") - {"recovery.driver"}
        return [self.env[name] for name in sorted(names)]

    def _wake(self):
        """Let what was handed to these channels leave now."""
        for name in set(self.mapped("driver")):
            self.env[name]._wake()

    def _driver(self):
        self.ensure_one()
        if self.driver not in self.env:
            raise UserError(self._no_driver_text())
        return self.env[self.driver]

    def _queue(self):
        """Return the model and domain of what waits in this channel's queue, None for no queue."""
        return self._driver()._queue

    def _hand_content(self):
        """Return what a person sends through this channel by hand, "" when its words are fixed."""
        kinds = self._driver()._contents if self.driver in self.env else ()
        return next((kind for kind in kinds if kind in (MAIL, TEXT)), "")

    def _is_email(self):
        return self.driver in self.env and self._driver()._address == "email"

    def _message_kind(self):
        """Return what the laws of countries call its messages, "" where none has a say."""
        return self.env[self.driver]._kind if self.driver in self.env else ""

    def _account(self):
        self.ensure_one()
        # sudo: credentials are readable by administrators only, and the engine sends by them
        callback = self.env["recovery.webhook"]._url_of(self.sudo())
        return Account(self.sender or "", self._settings(), callback)

    @asked_once
    def _window(self):
        """Return when messages may leave through this channel, the laws of countries aside.

        :rtype: tools.schedule.Window
        """
        self.ensure_one()
        quiet = (self.quiet_from, self.quiet_to) if self.has_quiet_hours else (0.0, 0.0)
        if not self.calendar_id:
            return schedule.Window(*quiet)
        return schedule.Window(*quiet, self._working_weekdays(), self._days_off())

    def _working_weekdays(self):
        # sudo: a user who sends may have no right to read the company's working hours
        attendances = self.env["resource.calendar.attendance"].sudo()
        domain = [
            ("calendar_id", "=", self.calendar_id.id),
            ("display_type", "=", False),
            ("day_period", "!=", "lunch"),
        ]
        hours = attendances.search_fetch(domain, ["dayofweek"])
        return frozenset(int(day) for day in hours.mapped("dayofweek"))

    def _days_off(self):
        """Return the public holidays of the calendar that are still to come, as dates."""
        # sudo: as above
        calendar = self.calendar_id.sudo()
        zone = pytz.timezone(calendar.tz or "UTC")
        days = set()
        leaves = self.env["resource.calendar.leaves"].sudo()
        domain = [("calendar_id", "=", calendar.id), ("resource_id", "=", False)]
        for leave in leaves.search_fetch(domain, ["date_from", "date_to"]):
            first, last = (
                pytz.utc.localize(at).astimezone(zone).date()
                for at in (leave.date_from, leave.date_to)
            )
            span = min((last - first).days, schedule.MAX_DAYS_AHEAD)
            days |= {first + timedelta(days=day) for day in range(span + 1)}
        return frozenset(days)
