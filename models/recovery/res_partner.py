from odoo import models


class ResPartner(models.Model):
    """Whose contacts are one person's is looked up for each reminder; core has no index for it."""

    _inherit = "res.partner"

    _of_email = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")
    _of_phone = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")
