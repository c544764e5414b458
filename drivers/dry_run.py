from odoo import models
from odoo.tools.translate import LazyTranslate

from .base import MAIL, SENT, TEMPLATE, TEXT, Receipt

_lt = LazyTranslate(__name__)


class RecoveryDriverDryRun(models.AbstractModel):
    """Accepts everything and sends nothing: for trying a campaign, and for copies of a database."""

    _name = "recovery.driver.dry_run"
    _inherit = "recovery.driver"
    _description = "Dry run: nothing leaves the server"

    _title = _lt("Dry run")
    _terms = (_lt("Nothing leaves the server: messages are noted as sent, and nobody gets them."),)
    _contents = (MAIL, TEXT, TEMPLATE)

    def _send(self, account, envelopes):
        return [Receipt(envelope.key, SENT, ref=f"dry-{envelope.key}") for envelope in envelopes]
