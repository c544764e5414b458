from odoo import api, fields, models


class RecoveryMessage(models.Model):
    """What becomes of a message that waits, as the facts are when it is looked at."""

    _inherit = "recovery.message"

    outlook = fields.Char(
        "What Comes or Why Not",
        compute="_compute_outlook",
        help="What becomes of a message that waits, and why another one was not sent.",
    )

    @api.depends("state", "reason")
    def _compute_outlook(self):
        words = self.env["recovery.outlook"]
        waiting = self.filtered(lambda message: message.state == "waiting")
        foreseen = words._outlooks(waiting.unfinished_id)
        labels = self._reason_labels()
        for message in self:
            label = labels.get(message.reason) or False
            if message in waiting:
                known = foreseen.get(message._origin)
                label = words._note_foreseen(message, known, labels) if known else label
            message.outlook = label
