from odoo import models

from ...orm.rows import update_rows
from ...tools.contact import marks, rivals


class UnfinishedOrder(models.Model):
    """When the buyer of an open cart has changed, what waits is for the one of now.

    Whoever can be reached only now gets the reminders that were skipped for that.
    """

    _inherit = "unfinished.order"

    def _note_buyers(self, vals_of):
        reached = self.filtered(
            lambda one: any(not one[name] and vals_of[one][name] for name in ("email", "phone"))
        )
        elsewhere = self.filtered(lambda one: (one.tz or False) != vals_of[one]["tz"])
        result = super()._note_buyers(vals_of)
        waiting = self.message_ids.filtered(lambda message: message.state == "waiting")
        waiting = waiting.try_lock_for_update(allow_referencing=True)
        waiting._follow_buyers()
        waiting.filtered(lambda message: message.unfinished_id in elsewhere)._follow_clocks()
        reached._plan_next_reminders()
        return result

    def _prepare_addressee_vals(self, channel):
        """Return for whom a message is, through this channel."""
        return {
            "address": self._recovery_address(channel),
            "customer_key": self.customer_key or False,
            "phone": self.phone or False,
            "lang": self.lang,
        }

    def _marks(self):
        """Return under what the customer is noted, for the one message a day."""
        self.ensure_one()
        return marks(self.customer_key, self.phone)

    def _rivals(self):
        """Return under what the same customer may be noted in another place."""
        self.ensure_one()
        return rivals(self.customer_key, self.phone)


class RecoveryMessage(models.Model):
    """To whom a message goes: to the buyer of the moment at which it leaves."""

    _inherit = "recovery.message"

    def _follow_buyers(self):
        """Address messages that have not left to the buyers that their unfinished orders know."""
        changed = {}
        followable = self.filtered(lambda m: m.channel_id and m.unfinished_id.state == "open")
        for message in followable:
            vals = message.unfinished_id._prepare_addressee_vals(message.channel_id)
            if any((message[name] or False) != (vals[name] or False) for name in vals):
                changed[message] = vals
        for message, vals in changed.items():
            # The day that a message of another customer has taken was that customer's.
            is_same = vals["customer_key"] == message.customer_key
            vals["local_day"] = is_same and message.local_day
        update_rows(self.browse(message.id for message in changed), list(changed.values()))

    def _ask_for_buyers(self, now):
        """Address these messages to the buyers of this moment.

        :return: those that wait in a queue with another address or in another language, and must
            be made anew; and those that are due later, by the clock of another buyer
        """
        queued = self.filtered(lambda message: message.state == "sending")
        known = {message: (message.address, message.lang) for message in queued}
        due = self.filtered(lambda message: message.due_at <= now)
        self.unfinished_id._follow_buyers()
        self._follow_buyers()
        moved = queued.filtered(lambda message: (message.address, message.lang) != known[message])
        moved |= due.filtered(lambda message: message.due_at > now)
        if moved:
            # sudo: mails may be sent by a user who may not touch crons
            self.env.ref("website_sale_order_handling.ir_cron_send").sudo()._trigger()
        return moved

    def _marks(self):
        """Return under what the customer is noted, for the one message a day."""
        self.ensure_one()
        return marks(self.customer_key, self.phone)

    def _rivals(self):
        """Return under what the same customer may be noted in another place."""
        self.ensure_one()
        return rivals(self.customer_key, self.phone)
