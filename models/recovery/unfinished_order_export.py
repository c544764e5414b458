from odoo import api, models

COLUMNS = (
    "reminder_count",
    "last_reminder_at",
    "next_reminder_at",
    "reminder_note",
    "is_unreachable",
)
SEARCHED = ("is_held", "is_reminded", "message_ids")


class UnfinishedOrderExport(models.Model):
    """What recovery adds to an export: the reminders."""

    _inherit = "unfinished.order.export"

    @api.model
    def _known_columns(self):
        return (*super()._known_columns(), *COLUMNS)

    @api.model
    def _condition_fields(self):
        return {*super()._condition_fields(), *SEARCHED}
