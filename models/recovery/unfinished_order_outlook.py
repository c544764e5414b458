from odoo import api, fields, models


class UnfinishedOrder(models.Model):
    """What comes next for the rows that somebody looks at: what the senders would say now."""

    _inherit = "unfinished.order"

    next_reminder_at = fields.Datetime("Next Reminder", compute="_compute_reminder_note")
    reminder_note = fields.Char(
        "Reminders",
        compute="_compute_reminder_note",
        help="What will be sent next, or why nothing was or will be sent.",
    )

    @api.depends("message_ids.state", "message_ids.due_at", "message_ids.reason", "state")
    @api.depends_context("lang")
    def _compute_reminder_note(self):
        statuses = self.env["recovery.outlook"]._foreseen(self)
        for unfinished, (at, note) in zip(self, statuses, strict=True):
            unfinished.next_reminder_at = at
            unfinished.reminder_note = note
