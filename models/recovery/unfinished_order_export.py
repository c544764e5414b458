from odoo import api, models

COLUMNS = (
    "reminder_count",
    "last_reminder_at",
    "next_reminder_at",
    "reminder_note",
    "is_unreachable",
)
# What a list asks the facts about, row by row; a file of a million rows says what is noted.
NOTED = ("next_reminder_at", "reminder_note")
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

    @api.model
    def _computed_values(self, name, rows):
        if name not in NOTED:
            return super()._computed_values(name, rows)
        place = NOTED.index(name)
        return [status[place] for status in self.env["recovery.outlook"]._noted(rows)]
