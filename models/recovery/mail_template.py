from odoo import api, models
from odoo.exceptions import UserError


class MailTemplate(models.Model):
    """The words of reminders stay as long as reminders need them."""

    _inherit = "mail.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_reminders(self):
        for template in self:
            if steps := self.env["recovery.step"]._used_with("mail_template_id", template):
                raise UserError(
                    self.env._(
                        "The template “%(template)s” cannot be deleted: it holds the words of"
                        " reminders, %(steps)s. Choose another template there first.",
                        template=template.name,
                        steps=steps._list_in_words(),
                    )
                )
        # sudo: a message of another company is in the way as well
        messages = self.env["recovery.message"].sudo()
        waiting = [("mail_template_id", "in", self.ids), ("state", "=", "waiting")]
        if message := messages.search(waiting, limit=1):
            raise UserError(
                self.env._(
                    "The template “%(template)s” cannot be deleted: a reminder of %(order)s, sent"
                    " by hand, waits to leave with its words. Try again when it has left.",
                    template=message.mail_template_id.name,
                    order=message.unfinished_id.name,
                )
            )
