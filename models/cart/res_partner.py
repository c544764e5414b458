from odoo import models

from ...tools.contact import normalize_email, normalize_phone


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_recovery_contact(self):
        """Return the contact's normalised e-mail and phone, each "" when there is none.

        :rtype: tuple[str, str]
        """
        self.ensure_one()
        country = self.country_id or self.company_id.country_id or self.env.company.country_id
        return normalize_email(self.email), normalize_phone(self.phone, country.code)
