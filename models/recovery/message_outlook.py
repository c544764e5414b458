from odoo import api, fields, models


class RecoveryMessage(models.Model):
    """What becomes of a message that waits, as the facts are when it is looked at."""

    _inherit = "recovery.message"

    outlook = fields.Char(
        "What Comes or Why Not",
        compute=lambda messages: messages.env["recovery.outlook"]._note_on(messages),
        help="What becomes of a message that waits, and why another one was not sent.",
    )


class RecoveryOutlook(models.AbstractModel):
    _inherit = "recovery.outlook"

    @api.model
    def _note_on(self, messages):
        """Say of each of these messages what becomes of it, or why it was not sent."""
        waiting = messages.filtered(lambda message: message.state == "waiting")
        foreseen = self._outlooks(waiting.unfinished_id)
        labels = messages._reason_labels()
        for message in messages:
            known = message in waiting and foreseen.get(message._origin)
            label = labels.get(message.reason) or False
            message.outlook = self._note_foreseen(message, known, labels) if known else label
