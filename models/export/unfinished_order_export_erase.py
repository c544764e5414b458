from odoo import models
from odoo.fields import Domain


class UnfinishedOrder(models.Model):
    """Erasing a person takes the files with it in which they may be."""

    _inherit = "unfinished.order"

    def _erase_traces(self, person):
        counts = super()._erase_traces(person)
        # sudo: whose exports they are does not matter
        self.env["unfinished.order.export"].sudo()._forget(person)
        return counts


class UnfinishedOrderExport(models.Model):
    _inherit = "unfinished.order.export"

    def _forget(self, person):
        """Delete every file of these companies, and the exports that were about this person.

        Nobody looks into a file to see whether somebody is in it; it can be written again.
        """
        exports = self.search([("company_ids", "in", person.companies.ids)])
        known = person.known_as()
        if known:
            exports.filtered_domain(
                Domain.OR(Domain("domain", "ilike", contact) for contact in known)
            ).unlink()
            exports = exports.exists()
        exports.filtered(lambda export: export.state == "running")._move_to("cancelled")
        (exports._move_to("expired") | exports)._drop_parts()
