from odoo import api, fields, models
from odoo.tools import SQL


class RecoveryMessage(models.Model):
    """What a message says: while it waits in Odoo's mail queue, the text is there and only there.

    A text has ten thousand letters. Writing each of them twice for hundreds of messages takes
    longer than everything else that the database has to do for them.
    """

    _inherit = "recovery.message"

    text = fields.Html(compute="_compute_text", sanitize=False)

    @api.depends("body", "provider_ref", "address")
    def _compute_text(self):
        texts = self._texts()
        for message in self:
            message.text = texts[message]

    def _texts(self):
        """Return what each message says, False for those that say nothing, or nothing any more.

        :rtype: dict[recovery.message, str | bool]
        """
        self.fetch(["body"])  # of these and no others
        # Whoever was erased has no address.
        queued = self.filtered(lambda message: message.address and not message.body)
        refs = [ref for ref in queued.mapped("provider_ref") if ref]
        texts = self.env["mail.mail"]._reminder_texts(refs)
        return {message: message.body or texts.get(message.provider_ref, False) for message in self}

    def _keep_texts(self):
        """Copy what the mails of these messages say, which go when they have left or failed.

        The text of an erased message stays erased.
        """
        if not self:
            return
        self.env["mail.mail"].flush_model(["body_html", "mail_message_id"])
        self.flush_recordset(["address", "body", "provider_ref"])
        self.env.cr.execute(
            SQL(
                """UPDATE recovery_message SET body = mail.body_html
                     FROM mail_message head
                     JOIN mail_mail mail ON mail.mail_message_id = head.id
                    WHERE recovery_message.id = ANY(%s)
                      AND recovery_message.address IS NOT NULL
                      AND recovery_message.body IS NULL
                      AND head.message_id = recovery_message.provider_ref""",
                self.ids,
            )
        )
        self.invalidate_recordset(["body"], flush=False)
