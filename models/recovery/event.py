from odoo import api, fields, models


class RecoveryEvent(models.Model):
    """A fact about a message that a mail server or the buyer reported. Appended, never edited."""

    _name = "recovery.event"
    _description = "Recovery Event"
    _order = "at desc, id desc"

    message_id = fields.Many2one("recovery.message", required=True, ondelete="cascade", index=True)
    kind = fields.Selection(
        [("delivered", "Delivered"), ("clicked", "Clicked"), ("bounced", "Bounced")],
        required=True,
    )
    at = fields.Datetime(required=True, default=fields.Datetime.now)

    _once = models.UniqueIndex("(message_id, kind, at)", "This report is already recorded.")

    @api.model
    def _record(self, messages, kind):
        """Append one event to each of `messages` and let each message move on."""
        now = fields.Datetime.now()
        known = self.search(
            [("message_id", "in", messages.ids), ("kind", "=", kind), ("at", "=", now)]
        ).message_id
        self.create(
            [{"message_id": message.id, "kind": kind, "at": now} for message in messages - known]
        )
        messages._on_event(kind, now)
