from odoo import fields, models


class PhoneBlacklist(models.Model):
    """Which numbers were put on the list by their owners, through the link in a reminder."""

    _inherit = "phone.blacklist"

    asked_in_reminder = fields.Boolean(
        "Asked For in a Reminder",
        readonly=True,
        help="Its owner asked for it through the link in a reminder, and can take it back there.",
    )

    def write(self, vals):
        """Let what somebody else puts on the list, or takes off it, be theirs."""
        if "active" in vals:
            vals = {"asked_in_reminder": False, **vals}
        return super().write(vals)
