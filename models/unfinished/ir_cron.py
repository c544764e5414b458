from odoo import api, models


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _shared_jobs(self):
        return super()._shared_jobs() | {"ir_cron_find": None}
