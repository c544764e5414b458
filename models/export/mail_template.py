from odoo import api, models
from odoo.exceptions import UserError

XML_IDS = ("mail_template_export_done", "mail_template_export_failed")


class MailTemplate(models.Model):
    """The words that tell who has asked for a file what came of it stay."""

    _inherit = "mail.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_exports(self):
        for xml_id in XML_IDS:
            template = self.env.ref(
                f"website_sale_order_handling.{xml_id}", raise_if_not_found=False
            )
            if template and template in self:
                raise UserError(
                    self.env._(
                        "The template “%(template)s” cannot be deleted: it tells whoever exports"
                        " unfinished orders what came of the file. Change its words instead.",
                        template=template.name,
                    )
                )
