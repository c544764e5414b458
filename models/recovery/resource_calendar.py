from odoo import api, models
from odoo.exceptions import UserError


class ResourceCalendar(models.Model):
    """A calendar that says when messages may leave stays."""

    _inherit = "resource.calendar"

    # Before the database does, which logs what it refuses as an error.
    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_channels(self):
        # sudo: who manages calendars need not see channels
        channels = self.env["recovery.channel"].sudo().with_context(active_test=False)
        if used := channels.search([("calendar_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "The calendar “%(calendar)s” cannot be deleted: it says on which days messages"
                    " leave through the recovery channel “%(channel)s”. Choose another one there"
                    " first.",
                    calendar=used.calendar_id.name,
                    channel=used.name,
                )
            )
