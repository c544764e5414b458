from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

MINUTES_PER_HOUR = 60


class RecoveryCampaign(models.Model):
    """What sets a campaign going: a cart that was left, or a payment that failed.

    A buyer whose card was refused is helped within minutes, or not at all. Such a campaign goes
    on for as long as the last attempt to pay is one that has failed: an attempt that is under way
    holds its messages, and one that succeeds withdraws them, as with every other campaign.
    """

    _inherit = "recovery.campaign"

    trigger = fields.Selection(
        [("left", "A cart was left"), ("payment_failed", "A payment failed")],
        "Begins When",
        default="left",
        required=True,
        help="A payment that failed: minutes later, without waiting until the cart is idle. The"
        " link leads back to the payment.",
    )

    def write(self, vals):
        if "trigger" in vals:
            self.filtered(lambda c: c.trigger != vals["trigger"])._ensure_may_begin_otherwise()
        return super().write(vals)

    def _ensure_may_begin_otherwise(self):
        """Refuse to change what has begun: its figures would be about two things.

        :raise UserError: with what to do instead
        """
        used = self.browse(
            c.id for c in self.env["recovery.message"]._count_of("campaign_id", self)
        )
        if kept := (self.filtered("is_default") | used)[:1]:
            raise UserError(
                self.env._(
                    "“%(campaign)s” cannot begin with something else: it is the one on the Settings"
                    " screen, or messages belong to it. Make another campaign instead.",
                    campaign=kept.name,
                )
            )

    def _idle_hours(self):
        """Return for how many hours a cart has not been changed when this campaign meets it."""
        self.ensure_one()
        return 0.0 if self.trigger == "payment_failed" else self.website_id.cart_idle_hours

    def _is_about(self, unfinished, now):
        """Tell whether this campaign, which is running, reminds of an unfinished order.

        :param unfinished.order unfinished: of the same website
        :param datetime now: UTC
        """
        self.ensure_one()
        if unfinished.activity_at < self.active_since:
            return False
        if self.trigger == "payment_failed":
            return unfinished.payment_failed
        # What could not be paid is met before it is idle.
        idle_since = now - timedelta(hours=self._idle_hours())
        return not unfinished.payment_failed or unfinished.activity_at <= idle_since

    @api.model
    def _leads_to_payment(self, message_id, order):
        """Tell whether the link of a message leads on to the payment that has failed.

        :param int message_id: from a signed link, 0 for none
        :param sale.order order: the cart that the same link names
        """
        # sudo: the buyer is a visitor
        message = self.env["recovery.message"].sudo().browse(message_id).exists()
        is_its = message.unfinished_id.order_id == order
        return is_its and message.campaign_id.trigger == "payment_failed"


class RecoveryStep(models.Model):
    _inherit = "recovery.step"

    delay_minutes = fields.Integer(
        "Minutes",
        compute="_compute_delay_minutes",
        inverse="_inverse_delay_minutes",
        help="Minutes after the payment has failed.",
    )

    @api.depends("delay_hours")
    def _compute_delay_minutes(self):
        for step in self:
            step.delay_minutes = round(step.delay_hours * MINUTES_PER_HOUR)

    @api.onchange("delay_minutes")
    def _inverse_delay_minutes(self):
        for step in self:
            if round(step.delay_hours * MINUTES_PER_HOUR) != step.delay_minutes:
                step.delay_hours = step.delay_minutes / MINUTES_PER_HOUR
