from odoo import models

from ...orm.rows import update_rows
from ...tools.contact import marks, rivals


class UnfinishedOrder(models.Model):
    """When the buyer of an open cart has changed, what waits is for the one of now."""

    _inherit = "unfinished.order"

    def _follow_buyers(self):
        followed = super()._follow_buyers()
        waiting = followed.message_ids.filtered(lambda message: message.state == "waiting")
        waiting.try_lock_for_update(allow_referencing=True)._follow_buyers()
        return followed

    def _prepare_addressee_vals(self, channel):
        """Return for whom a message is, through this channel."""
        return {
            "address": self._recovery_address(channel),
            "customer_key": self.customer_key or False,
            "phone": self.phone or False,
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
        # The day that a message has taken was that of another customer.
        vals_list = [{**vals, "local_day": False} for vals in changed.values()]
        update_rows(self.browse(message.id for message in changed), vals_list)

    def _ask_for_buyers(self):
        """Address these messages to the buyers of this moment.

        :return: those that wait in a queue with another address, and must be made anew
        """
        queued = self.filtered(lambda message: message.state == "sending")
        addresses = {message: message.address for message in queued}
        self.unfinished_id._follow_buyers()
        self._follow_buyers()
        moved = queued.filtered(lambda message: message.address != addresses[message])
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
