from odoo import api, models
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
        messages = self.message_ids
        if messages:
            messages._book()
            messages._clear_queues()
        return {"message": len(messages), **super()._erase_lost()}

    def _forget_buyers(self):
        self.message_ids._erase()
        return super()._forget_buyers()
