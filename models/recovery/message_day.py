from math import ceil

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...tools import schedule


class RecoveryMessageDay(models.Model):
    """What erased messages come to, per website, day, step, channel and state.

    A campaign or step can be deleted, so no index holds the rows of a day together: each batch of
    carts adds a few, and whoever reads them adds them up.
    """

    _name = "recovery.message.day"
    _inherit = "unfinished.order.total"
    _description = "Daily Totals of Erased Recovery Messages"

    _key = (
        "date", "website_id", "company_id", "campaign_id", "step_id", "channel_id", "by_hand",
        "state",
    )  # fmt: skip
    _given = ()
    _measures = ("messages", "sent", "clicked")

    campaign_id = fields.Many2one("recovery.campaign", readonly=True, ondelete="set null")
    step_id = fields.Many2one("recovery.step", readonly=True, ondelete="set null")
    channel_id = fields.Many2one("recovery.channel", readonly=True, ondelete="restrict")
    by_hand = fields.Boolean(readonly=True)
    state = fields.Selection(
        lambda self: self.env["recovery.message"]._fields["state"]._description_selection(self.env),
        required=True,
        readonly=True,
    )
    messages = fields.Integer(readonly=True)
    sent = fields.Integer(readonly=True)
    clicked = fields.Integer(readonly=True)

    _by_campaign = models.Index("(campaign_id)")
    _by_step = models.Index("(step_id)")

    @api.model
    def _sent_by(self, name, records):
        """Return how many of the messages of each of `records` had been sent.

        :param str name: the field that names the record
        :rtype: dict
        """
        return dict(self._read_group([(name, "in", records.ids)], [name], ["sent:sum"]))


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    def _book(self):
        """Add these messages to the daily totals."""
        self.env.flush_all()
        unfinished = self.env["unfinished.order"]
        self.env["recovery.message.day"]._add(
            SQL(
                """SELECT %(day)s AS date, m.website_id, m.company_id, m.campaign_id, m.step_id,
                          m.channel_id, COALESCE(m.by_hand, false) AS by_hand, m.state,
                          1 AS messages,
                          (m.sent_at IS NOT NULL)::int AS sent,
                          (m.clicked_at IS NOT NULL)::int AS clicked
                     FROM recovery_message m
                    WHERE m.id IN %(ids)s""",
                day=unfinished._local_day_sql("COALESCE(m.sent_at, m.due_at)", "m.website_id"),
                ids=self._ids,
            )
        )


class UnfinishedOrder(models.Model):
    """Retention of the messages about an unfinished order."""

    _inherit = "unfinished.order"

    @api.model
    def _busy_sql(self):
        """Return when a message is on its way or planned; waiting for stock could last for ever."""
        return SQL(
            """(%s OR EXISTS (
                    SELECT FROM recovery_message m
                     WHERE m.unfinished_id = u.id
                       AND (m.state = 'sending'
                            OR m.state = 'waiting' AND m.reason IS DISTINCT FROM 'sold_out')))""",
            super()._busy_sql(),
        )

    def _erase_lost(self):
        messages = self.message_ids
        if messages:
            messages._book()
            self.env["mail.mail"]._unlink_reminders(messages.mapped("provider_ref"))
        return {"message": len(messages), **super()._erase_lost()}

    def _forget_buyers(self):
        self.message_ids._erase()
        return super()._forget_buyers()


class RecoveryCampaign(models.Model):
    _inherit = "recovery.campaign"

    def _check_carts_outlast_reminders(self):
        """Refuse a reminder whose cart may have been deleted when it is due."""
        for step in self.step_ids:
            website = step.campaign_id.website_id
            kept = website._retention_days()
            needed = ceil(schedule.latest_hours(step._timing()) / 24) + 1
            if kept and kept < needed:
                raise ValidationError(
                    self.env._(
                        "The reminder “%(step)s” would come too late: %(website)s deletes carts"
                        " after %(kept)s days. Keep carts for at least %(needed)s days, or let"
                        " the reminder leave earlier.",
                        step=step.display_name,
                        website=website.name,
                        kept=kept,
                        needed=needed,
                    )
                )


class Website(models.Model):
    _inherit = "website"

    @api.constrains("cart_retention", "cart_retention_days")
    def _check_carts_outlast_reminders(self):
        # sudo: whoever sets up a website need not manage its campaigns
        self.sudo().recovery_campaign_ids._check_carts_outlast_reminders()
