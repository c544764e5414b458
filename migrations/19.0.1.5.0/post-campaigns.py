"""Give websites the campaigns that new ones have, switched off."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Bring existing rows up to date; a new installation (no version) has none."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["recovery.campaign"]._create_shipped(env["website"].search([]))
