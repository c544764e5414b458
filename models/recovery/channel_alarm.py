import logging
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.batches import isolate, run_batches
from ...tools.retries import FIRST_RETRY, MAX_TRIES

_logger = logging.getLogger(__name__)

ACTIVITY = "mail.mail_activity_data_warning"
# One refusal is a hiccup; a second one in a row is somebody's job.
TRIES_BEFORE_ALARM = 2


class Trouble(NamedTuple):
    """What a channel cannot get rid of."""

    waiting: int  # how many messages it has refused twice or more
    since: fields.Datetime  # before the last of those refusals
    detail: str  # the words of the mail server or provider


class RecoveryChannel(models.Model):
    """One activity for an administrator when nothing leaves, gone when something does again."""

    _name = "recovery.channel"
    _inherit = ["recovery.channel", "mail.thread", "mail.activity.mixin"]

    # Two senders at once cannot see each other's activity, but they cannot both write this.
    alarmed_at = fields.Datetime("Alarm Raised", readonly=True, copy=False)

    @api.model
    def _watch(self):
        """Raise and end alarms, once per run: no message that is delivered pays for it."""
        run_batches(self.env, self._watch_once, 1)

    @api.model
    def _watch_once(self):
        troubles = self._troubles()
        watched = self.browse(troubles) | self.browse(self._alarms().mapped("res_id")).exists()

        def look_after(channels):
            for channel in channels:
                channel._look_after(troubles.get(channel.id))

        isolate(watched, look_after, self._leave_unwatched)
        return 0

    @api.model
    def _leave_unwatched(self, channel, error):
        _logger.error("Nobody can be told about the channel %s: %s", channel.name, error)

    @api.model
    def _troubles(self):
        """Return what the channels have refused at least twice, asked of a small index.

        :rtype: dict[int, Trouble]
        """
        self.env["recovery.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT channel_id, count(*), max(refused_at) - %(first)s,
                          (array_agg(detail ORDER BY refused_at DESC))[1]
                     FROM (SELECT channel_id, detail,
                                  due_at - %(first)s * 2 ^ (tries - 1) AS refused_at
                             FROM recovery_message
                            WHERE state = 'waiting' AND reason = 'server'
                              AND tries >= %(tries)s) refused
                 GROUP BY channel_id""",
                first=FIRST_RETRY,
                tries=TRIES_BEFORE_ALARM,
            )
        )
        return {channel_id: Trouble(*values) for channel_id, *values in rows}

    @api.model
    def _alarms(self):
        """Return our open activities; those that somebody has marked as done are archived."""
        # sudo: the activities of administrators
        return self.env["mail.activity"].sudo().search(self._alarm_domain())

    def _alarm_domain(self):
        return [
            ("res_model", "=", self._name),
            ("activity_type_id", "=", self.env.ref(ACTIVITY).id),
            ("automated", "=", True),
        ]

    def _look_after(self, trouble):
        """Raise the alarm once for each time in which nothing leaves, and end it by itself."""
        self.ensure_one()
        left_at = self._last_sent_at()
        domain = [*self._alarm_domain(), ("res_id", "=", self.id)]
        # sudo: the activities of administrators; also what they have marked as done
        alarms = self.env["mail.activity"].sudo().with_context(active_test=False).search(domain)
        over = alarms.filtered(lambda alarm: left_at and left_at >= alarm.create_date)
        over.unlink()
        works = left_at and trouble and left_at >= trouble.since
        if trouble and not works and not alarms - over:
            self._raise_alarm(trouble)

    def _last_sent_at(self):
        """Return when a message has last left through this channel, or None."""
        query = "SELECT max(sent_at) FROM recovery_message WHERE channel_id = %s"
        return self.env.execute_query(SQL(query, self.id))[0][0]

    def _raise_alarm(self, trouble):
        user = self._administrator()
        if not user:
            _logger.error("No administrator is there to be told: %s", trouble.detail)
            return
        self.alarmed_at = fields.Datetime.now()
        # Core's flag: no mail about the activity, it could not leave either.
        channel = self.with_context(lang=user.lang, mail_activity_quick_update=True)
        channel.activity_schedule(
            ACTIVITY,
            user_id=user.id,
            summary=channel.env._("Reminders do not leave: %(channel)s", channel=channel.name),
            note=channel._alarm_note(trouble),
        )

    def _alarm_note(self, trouble):
        """Say what the server said, how many wait, and what to do next."""
        lines = (
            self.env._(
                "Reminders refused twice or more: %(count)s. None has left since.",
                count=trouble.waiting,
            ),
            self.env._("The server said: %(words)s", words=trouble.detail or "?"),
            self._alarm_advice(),
        )
        return Markup().join(Markup("<p>%s</p>") % line for line in lines)

    def _alarm_advice(self):
        if self._is_email():
            return self.env._(
                "Look at Settings > Technical > Email > Outgoing Mail Servers, test the connection"
                " and correct it. The reminders are tried again by themselves, %(tries)s times in"
                " all, later and later. Once one of them has left, this activity goes by itself.",
                tries=MAX_TRIES,
            )
        return self.env._(
            "Look at the channel and at its account with the provider. The reminders are tried"
            " again by themselves, %(tries)s times in all, later and later. Once one of them has"
            " left, this activity goes by itself.",
            tries=MAX_TRIES,
        )

    def _administrator(self):
        """Return who set the channel up, or else another administrator who can see to it."""
        # sudo: a user who runs the engine may have no right to read users
        users = self.env["res.users"].sudo()
        admin = self.env.ref("base.user_admin", raise_if_not_found=False) or users
        group = self.env.ref("base.group_system")
        others = users.search([("all_group_ids", "in", group.ids)], order="id", limit=1)
        candidates = self.sudo().create_uid | admin.sudo() | others
        return candidates.filtered(
            lambda user: user.active and user.has_group("base.group_system")
        )[:1]
