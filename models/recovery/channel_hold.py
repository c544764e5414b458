from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .attempt import COST_DIGITS
from .channel_alarm import ACTIVITY

# What is stopped is looked at again so often: somebody may have let it go on.
RECHECK = timedelta(hours=1)


class RecoveryChannel(models.Model):
    """What a channel's provider allows: how fast, at which price, not now, not at all."""

    _inherit = "recovery.channel"

    rate = fields.Float(
        "Calls a Second",
        help="How often the provider may be called. 0 for what is usual with it.",
    )
    unit_cost = fields.Float(
        "Price of a Message",
        digits=COST_DIGITS,
        help="Where the provider does not say what a message has cost; for Odoo's SMS, the price of"
        " a credit.",
    )
    unit_currency_id = fields.Many2one(
        "res.currency",
        "Currency of the Price",
        default=lambda self: self.env.company.currency_id,
    )
    held_until = fields.Datetime(
        readonly=True, copy=False, help="Until when the provider asks to wait."
    )
    stopped_at = fields.Datetime("Stopped", readonly=True, copy=False)
    stop_detail = fields.Text("Why It Is Stopped", readonly=True, copy=False)

    @api.constrains("rate", "unit_cost")
    def _check_numbers(self):
        for channel in self:
            if channel.rate < 0 or channel.unit_cost < 0:
                raise ValidationError(
                    self.env._("A number of calls and a price cannot be negative: enter 0 or more.")
                )

    def _calls_a_second(self):
        self.ensure_one()
        return self.rate or self._driver()._rate

    def _price(self, receipt):
        """Return what a message costs by its receipt, None where nobody knows.

        :rtype: tuple[float, str] | None
        """
        self.ensure_one()
        if receipt.cost is not None:
            return receipt.cost, receipt.currency
        if self.unit_cost and receipt.status == "sent":
            return self.unit_cost * receipt.units, self.unit_currency_id.name or ""
        return None

    # === Not now ===#

    def _hold(self, until):
        """Let nothing leave until the moment that the provider has named."""
        self.ensure_one()
        if not self.held_until or self.held_until < until:
            # sudo: the engine may work for somebody who may not set up channels
            self.sudo().held_until = until

    def _held(self, now):
        """Return until when nothing leaves, and why; None when something may.

        :rtype: tuple[datetime, str] | None
        """
        if self.stopped_at:
            return now + RECHECK, "channel_stopped"
        if self.held_until and self.held_until > now:
            return self.held_until, "channel_held"
        return None

    # === Not at all ===#

    def _stop(self, detail):
        """Let nothing leave until somebody has seen to it, and ask an administrator to."""
        self.ensure_one()
        if self.stopped_at:
            return
        # sudo: as above
        self.sudo().write({"stopped_at": fields.Datetime.now(), "stop_detail": detail})
        if user := self._administrator():
            channel = self.sudo().with_context(lang=user.lang, mail_activity_quick_update=True)
            channel.activity_schedule(
                ACTIVITY,
                user_id=user.id,
                summary=channel.env._("Stopped by its provider: %(channel)s", channel=channel.name),
                note=channel._stop_note(),
            )

    def _stop_note(self):
        lines = (
            self.env._("The provider said: %(words)s", words=self.stop_detail or "?"),
            self.env._(
                "Nothing leaves through this channel meanwhile. See to it with the provider, then"
                " press Go On in the channel."
            ),
        )
        return Markup().join(Markup("<p>%s</p>") % line for line in lines)

    def action_go_on(self):
        """Let messages leave again: a person says that the provider takes them."""
        self.check_access("write")
        self.write({"stopped_at": False, "stop_detail": False, "held_until": False})
        # sudo: nobody edits messages, the engine moves them
        held = (
            self.env["recovery.message"]
            .sudo()
            .search(
                [
                    ("channel_id", "in", self.ids),
                    ("state", "=", "waiting"),
                    ("reason", "in", ("channel_stopped", "channel_held")),
                ]
            )
        )
        held.due_at = fields.Datetime.now()
        self.activity_ids.filtered("automated").unlink()
        # sudo: who sets up channels may have no right to touch crons
        self.env.ref("website_sale_order_handling.ir_cron_send").sudo()._trigger()

    def _renew_account(self):
        """Let the account prove itself anew, where that can be done; tell whether it could."""
        self.ensure_one()
        return False
