from odoo import models

from .base import Receipt


class RecoveryDriverDryRun(models.AbstractModel):
    """Accepts everything and sends nothing: for trying a campaign, and for copies of a database."""

    _name = "recovery.driver.dry_run"
    _inherit = "recovery.driver"
    _description = "Dry run: nothing leaves the server"

    _title = "Dry run"

    def _send(self, account, envelopes):
        return [Receipt(envelope.key, "sent", ref=f"dry-{envelope.key}") for envelope in envelopes]
