from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_split

from ...tools import schedule
from ..words.renderer import RenderingError
from .campaign_archive import take_back_all


class RecoveryChannel(models.Model):
    """What a channel is needed for, and what keeps messages from leaving through it."""

    _inherit = "recovery.channel"

    @api.constrains("sender", "driver")
    def _check_sender(self):
        for channel in self:
            if channel.sender and channel._is_email() and not email_split(channel.sender):
                raise ValidationError(
                    self.env._(
                        "“%(sender)s” has no e-mail address. Enter one, such as"
                        " “My Shop <shop@example.com>”, or leave it empty.",
                        sender=channel.sender,
                    )
                )

    # === Archiving and deleting ===#

    def write(self, vals):
        self.check_access("write")
        is_archived = not vals.get("active", True)
        if is_archived:
            self._ensure_unneeded()
        result = super().write(vals)
        if is_archived:
            take_back_all(self, "channel_id")
        return result

    def _ensure_unneeded(self):
        """Refuse to archive a channel through which a running campaign sends.

        :raise UserError: naming the steps, with what to do first
        """
        for channel in self:
            steps = self.env["recovery.step"]._used_with("channel_id", channel)
            needed = steps.filtered(lambda step: step.active and step.campaign_id.is_running)
            if not needed:
                continue
            raise UserError(
                self.env._(
                    "“%(channel)s” cannot be archived: reminders leave through it, %(steps)s."
                    " Switch these steps or their campaigns off first, or give the steps another"
                    " channel.",
                    channel=channel.name,
                    steps=needed._list_in_words(),
                )
            )

    # Before the database does, which logs what it refuses as an error.
    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for channel in self:
            if steps := self.env["recovery.step"]._used_with("channel_id", channel):
                raise UserError(
                    self.env._(
                        "“%(channel)s” cannot be deleted: these steps use it, %(steps)s. Give them"
                        " another channel first, or archive this one.",
                        channel=channel.name,
                        steps=steps._list_in_words(),
                    )
                )
        for channel, count in self.env["recovery.message"]._count_of("channel_id", self).items():
            raise UserError(
                self.env._(
                    "“%(channel)s” cannot be deleted: messages belong to it (%(count)s), and"
                    " their figures would be lost. Archive it instead.",
                    channel=channel.name,
                    count=count,
                )
            )

    # === What keeps messages from leaving ===#

    def _is_usable(self):
        """Tell whether anything may leave through this channel."""
        self.ensure_one()
        return self.active and self.driver in self.env and not self._missing_settings()

    def _trouble(self):
        """Say why nothing can leave through this channel, "" when it can."""
        self.ensure_one()
        if not self.active:
            return self.env._("Its channel “%(channel)s” is archived.", channel=self.name)
        if self.driver not in self.env:
            return self._no_driver_text()
        if self.account_trouble:
            return self.account_trouble
        if self._never_opens():
            return self.env._(
                "Its channel “%(channel)s” never opens: the working days of “%(calendar)s” leave no"
                " time for it.",
                channel=self.name,
                calendar=self.calendar_id.name or "",
            )
        return ""

    def _no_driver_text(self):
        return self.env._(
            "The channel “%(channel)s” sends in a way that is not installed any more. Choose"
            " another one.",
            channel=self.name,
        )

    def _never_opens(self):
        now = fields.Datetime.now()
        at, _reason = schedule.opens_at(now, self._window(), "UTC")
        return (at - now).days >= schedule.MAX_DAYS_AHEAD

    def _ensure_sender(self, sender, company):
        """Refuse to write in nobody's name; the mail server would, much later.

        :param str sender: as the words have it, "" for none
        :param res.company company: in whose name it leaves
        :raise RenderingError: when there is no address, or a text that holds none
        """
        self.ensure_one()
        if not self._is_email():
            return
        servers = self.env["ir.mail_server"].with_company(company)
        sender = self.sender or sender or servers._get_default_from_address() or ""
        if not sender:
            raise RenderingError(
                self.env._(
                    "There is no address to send from. Give the company “%(company)s” an e-mail"
                    " address, or enter a sender in the channel “%(channel)s”.",
                    company=company.name,
                    channel=self.name,
                )
            )
        if not email_split(sender):
            raise RenderingError(
                self.env._("The sender “%(sender)s” has no e-mail address.", sender=sender)
            )
