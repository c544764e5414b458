from odoo import api, models
from odoo.fields import Domain

from ...orm.ir_cron import MODULE, PATIENCE
from ...tools.retries import MAX_TRIES
from .health import LATE, LOOK_BACK, STUCK


class RecoveryHealthLine(models.TransientModel):
    """What is wrong: each warning says what to do, and leads there."""

    _inherit = "recovery.health.line"

    @api.model
    def _prepare_warnings(self, health, jobs):
        """Return a line for each thing that somebody should see to, causes before effects."""
        warnings = [
            *self._prepare_job_warnings(jobs),
            *self._prepare_step_warnings(),
            *self._prepare_refusal_warnings(),
            *self._prepare_queue_warnings(health),
            *self._prepare_delay_warnings(health),
        ]
        return [{"health_id": health.id, "kind": "warning", **vals} for vals in warnings]

    @api.model
    def _prepare_refusal_warnings(self):
        """Return a warning for each channel whose server refuses messages, with its words."""
        messages = self.env["recovery.message"]
        refused = Domain("state", "=", "waiting") & Domain("reason", "=", "server")
        groups = messages._read_group(
            refused, ["channel_id"], ["__count", "write_date:max", "id:max"]
        )
        words = {message.id: message.detail for message in messages.browse(g[-1] for g in groups)}
        return [
            {
                "name": self.env._(
                    "The server of “%(channel)s” refuses messages: %(count)s",
                    channel=channel.name,
                    count=count,
                ),
                "detail": self.env._(
                    "It said: %(words)s\nCorrect the connection and test it. The messages are"
                    " tried again by themselves, later and later, %(tries)s times in all.",
                    words=words[newest] or "?",
                    tries=MAX_TRIES,
                ),
                "count": count,
                "last_at": last_at,
                "rows": self._window(
                    channel.name,
                    "recovery.message",
                    refused & Domain("channel_id", "=", channel.id),
                ),
                **self._prepare_connection(channel),
            }
            for channel, count, last_at, newest in groups
        ]

    @api.model
    def _prepare_connection(self, channel):
        """Return where the connection of a channel is set up."""
        if not channel._is_email():
            return {
                "target": self._window(channel.name, channel._name, res_id=channel.id),
                "target_label": self.env._("Channel"),
            }
        label = self.env._("Outgoing Mail Servers")
        return {"target": self._window(label, "ir.mail_server"), "target_label": label}

    @api.model
    def _prepare_delay_warnings(self, health):
        """Return warnings about messages that should have left, or been reported, long ago."""
        warnings = []
        if health.late_count:
            warnings.append(
                {
                    "name": self.env._("Late messages: %(count)s", count=health.late_count),
                    "detail": self.env._(
                        "They were due more than %(minutes)s minutes ago. Either the job that sends"
                        " does not keep up, or it does not run: see below.",
                        minutes=int(LATE.total_seconds() // 60),
                    ),
                    "count": health.late_count,
                    "rows": health.action_show_late(),
                }
            )
        messages = self.env["recovery.message"]
        stuck = messages._read_group(health._stuck_domain(), ["channel_id"], ["__count"])
        if stuck:
            channels = [channel for channel, _count in stuck if channel]
            count = sum(count for _channel, count in stuck)
            warnings.append(
                {
                    "name": self.env._("Messages stuck on their way: %(count)s", count=count),
                    "detail": self.env._(
                        "They were handed over more than %(hours)s hours ago, and nothing has been"
                        " reported about them since. Look at the queue of outgoing mails.",
                        hours=int(STUCK.total_seconds() // 3600),
                    ),
                    "count": count,
                    "rows": health._show(self.env._("Stuck"), health._stuck_domain()),
                    **self._prepare_queue(channels),
                }
            )
        return warnings

    @api.model
    def _prepare_queue(self, channels):
        """Return where an administrator finds what waits in the first queue of these channels."""
        queue = next(filter(None, (channel._queue() for channel in channels)), None)
        label = self.env._("Emails")
        return {
            "target": queue and self._is_administrator() and self._window(label, *queue),
            "target_label": label,
        }

    @api.model
    def _is_administrator(self):
        return self.env.user.has_group("base.group_system")

    @api.model
    def _prepare_queue_warnings(self, health):
        """Return warnings about the queue of OCA's queue_job, where it is installed."""
        if "queue.job" not in self.env:
            return []
        # sudo: managers of sales have no access to the queue, and are only told about it
        jobs = self.env["queue.job"].sudo()
        ours = Domain("identity_key", "=like", f"{MODULE}.%")
        failed = ours & Domain("state", "=", "failed")
        failed &= Domain("date_created", ">=", health._before(LOOK_BACK))
        asleep = ours & Domain("state", "in", ("pending", "enqueued"))
        asleep &= Domain("date_created", "<", health._before(PATIENCE))
        warnings = []
        if count := jobs.search_count(failed):
            warnings.append(
                {
                    "name": self.env._("Failed jobs in the job queue: %(count)s", count=count),
                    "detail": self.env._(
                        "What they were to do is done by later jobs. Each of them says what went"
                        " wrong; set them to done once you have seen to it."
                    ),
                    "count": count,
                    "target": self._window(self.env._("Jobs"), "queue.job", failed),
                    "target_label": self.env._("Jobs"),
                }
            )
        if count := jobs.search_count(asleep):
            warnings.append(
                {
                    "name": self.env._("Nobody works on the job queue"),
                    "detail": self.env._(
                        "Jobs that have been waiting for more than %(minutes)s minutes: %(count)s."
                        " Odoo must be started with queue_job among its server-wide modules, and"
                        " its channels must have room. Until then, the scheduled actions do the"
                        " work themselves.",
                        count=count,
                        minutes=int(PATIENCE.total_seconds() // 60),
                    ),
                    "count": count,
                    "target": self._window(self.env._("Jobs"), "queue.job", asleep),
                    "target_label": self.env._("Jobs"),
                }
            )
        return warnings
