from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


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
        return {"message": len(self.message_ids), **super()._erase_lost()}

    def _call_off(self):
        """Call off the messages that wait or are queued.

        :raise UserError: when one is leaving at this moment
        """
        messages = self.message_ids.with_prefetch()
        messages._withdraw("cart_gone")
        if leaving := messages.filtered(lambda one: one.state in ("waiting", "sending"))[:1]:
            raise UserError(
                self.env._(
                    "%(order)s cannot be deleted: a message to its customer is leaving at this"
                    " moment. Try again in a minute.",
                    order=leaving.unfinished_id.name,
                )
            )
        messages._clear_queues()
        return super()._call_off()

    def _book(self):
        if messages := self.message_ids.with_prefetch():
            messages._book()
            self.env["recovery.bounce"]._keep_digests(messages)
            self.env["recovery.taken.day"]._keep_days(messages)
        return super()._book()

    def _forget_buyers(self):
        if messages := self.message_ids:
            self.env["recovery.bounce"]._keep_digests(messages)
            messages._erase()
        return super()._forget_buyers()
