from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .step import MAX_DAYS


class RecoveryCampaign(models.Model):
    _inherit = "recovery.campaign"

    restart_days = fields.Integer(
        "Start Anew After",
        default=14,
        required=True,
        help="Days after its last reminder. A buyer who comes back to the same cart later than"
        " that, and leaves it again, gets the reminders from the first one on. 0 for never.",
    )

    @api.constrains("restart_days")
    def _check_restart_days(self):
        for campaign in self:
            if campaign.restart_days < 0:
                raise ValidationError(self.env._("Days cannot be negative: enter 0 for never."))
            if campaign.restart_days > MAX_DAYS:
                raise ValidationError(
                    self.env._("Enter at most %(days)s days, or 0 for never.", days=MAX_DAYS)
                )


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    # Empty for the first round: nothing has to be written for the messages of earlier versions.
    round = fields.Integer(
        readonly=True,
        help="How often the campaign had begun anew for this cart when this was planned.",
    )


class UnfinishedOrder(models.Model):
    """A cart that is left again weeks after its last reminder: the campaign starts anew."""

    _inherit = "unfinished.order"

    def _round_to_plan(self, campaign, known):
        """Return the round to which the next message of a campaign belongs.

        :param recovery.campaign campaign: the campaign
        :param recovery.message known: its messages about this order so far
        :rtype: int
        """
        self.ensure_one()
        current = max(known.mapped("round"), default=0)
        used = known.filtered(lambda message: message.round == current)
        times = [m.sent_at or m.due_at for m in used if m.state != "skipped"]
        days = timedelta(days=campaign.restart_days)
        starts_anew = days and times and self.activity_at >= max(times) + days
        return current + 1 if starts_anew else current
