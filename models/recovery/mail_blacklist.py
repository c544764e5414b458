from odoo import fields, models

ASKED = {
    "string": "Asked For in a Reminder",
    "readonly": True,
    "help": "Its owner asked for it through the link in a reminder, and can take it back there.",
}


def by_somebody_else(vals):
    """Let what somebody else puts on a list, or takes off it, be theirs."""
    return {"asked_in_reminder": False, **vals} if "active" in vals else vals


class MailBlacklist(models.Model):
    """Which addresses were put on the list by their owners, through the link in a reminder."""

    _inherit = "mail.blacklist"

    asked_in_reminder = fields.Boolean(**ASKED)

    def write(self, vals):
        return super().write(by_somebody_else(vals))
