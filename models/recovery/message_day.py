from odoo import api, fields, models
from odoo.tools import SQL


class RecoveryMessageDay(models.Model):
    """What erased messages come to, per website, day, step, channel and state.

    A campaign or step can be deleted, so no index holds the rows of a day together: each batch of
    carts adds a few, and a report adds them up.
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
    def _count_by(self, measure, name, records, by_hand=False):
        """Return how many of the messages of each of `records` had been sent, or clicked.

        :param str measure: "sent" or "clicked"
        :param str name: the field that names the record
        :param bool by_hand: by people, instead of by campaigns
        :rtype: dict
        """
        mine = [(name, "in", records.ids), *([("by_hand", "=", True)] if by_hand else [])]
        return dict(self._read_group(mine, [name], [f"{measure}:sum"]))


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    def _book(self):
        """Add these messages to the daily totals."""
        self.env.flush_all()
        totals = self.env["recovery.message.day"]
        totals._add(
            SQL(
                """SELECT %(day)s AS date, m.website_id, m.company_id, m.campaign_id, m.step_id,
                          m.channel_id, COALESCE(m.by_hand, false) AS by_hand, m.state,
                          1 AS messages,
                          (m.sent_at IS NOT NULL)::int AS sent,
                          (m.clicked_at IS NOT NULL)::int AS clicked
                     FROM recovery_message m
                    WHERE m.id IN %(ids)s""",
                day=totals._local_day_sql("COALESCE(m.sent_at, m.due_at)", "m.website_id"),
                ids=self._ids,
            )
        )
