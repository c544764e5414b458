from odoo import api, models

COLUMNS = ("credit", "credit_campaign_id", "credit_at", "placed_amount")


class UnfinishedOrderExport(models.Model):
    """What credit adds to an export: what the reminders earned."""

    _inherit = "unfinished.order.export"

    @api.model
    def _known_columns(self):
        return (*super()._known_columns(), *COLUMNS)

    @api.model
    def _condition_fields(self):
        return {*super()._condition_fields(), "credit_message_id"}
