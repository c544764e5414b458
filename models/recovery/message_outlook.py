from odoo import fields, models


class RecoveryMessage(models.Model):
    """What becomes of a message that waits, as the facts are when it is looked at."""

    _inherit = "recovery.message"

    outlook = fields.Char(
        "What Comes or Why Not",
        compute=lambda messages: messages.env["recovery.outlook"]._note_on(messages),
        help="What becomes of a message that waits, and why another one was not sent.",
    )
