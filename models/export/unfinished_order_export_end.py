import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...orm.batches import isolate

_logger = logging.getLogger(__name__)

KEEP_FILE_DAYS = 7
# The line that tells of an export outlives its file, but not for ever.
KEEP_RECORD_DAYS = 90


class UnfinishedOrderExport(models.Model):
    """How an export ends: the file is there, or it is said why not; and some day it is gone."""

    _inherit = "unfinished.order.export"

    wait_text = fields.Char(compute="_compute_texts")
    is_told = fields.Boolean(
        "Told by E-mail", compute="_compute_texts", help="What has come of it."
    )

    def _fail(self, error):
        """Give up, say why, and tell the requester."""
        self._move_to("failed", error=self._explain(error))._drop_parts()
        self._tell()

    def _explain(self, error):
        """Return what went wrong in the words of the requester's language."""
        self.ensure_one()
        env = self.with_context(lang=self.user_id.lang).env
        if isinstance(error, UserError):
            return str(error)
        if isinstance(error, OSError):
            return env._(
                "The file could not be stored: %(reason)s. Ask your administrator to look at the"
                " disk, then press “Try Again”.",
                reason=error.strerror or error,
            )
        return env._(
            "Something unexpected happened: %(reason)s. Press “Try Again”; if that does not help,"
            " tell your administrator.",
            reason=str(error) or repr(error),
        )

    def _finish(self):
        """Offer the file, and tell the requester."""
        self.ensure_one()
        now = fields.Datetime.now()
        self._keep_frame()
        self._move_to(
            "done",
            written_count=self.row_count,
            file_size=self._size_of(self._pieces()),
            done_at=now,
            expires_at=now + timedelta(days=KEEP_FILE_DAYS),
        )
        self._tell()

    def _tell(self):
        """Write to the requester what came of it; that this fails changes nothing about it."""
        isolate(
            self,
            lambda export: export._send_outcome(),
            lambda export, error: _logger.error("No mail about %s: %s", export.name, error),
        )

    def _send_outcome(self):
        self.ensure_one()
        if not self.is_told:
            return
        name = "done" if self.state == "done" else "failed"
        template = self.env.ref(
            f"website_sale_order_handling.mail_template_export_{name}", raise_if_not_found=False
        )
        if template:
            template.send_mail(self.id, email_layout_xmlid="mail.mail_notification_light")
            # Core runs the queue once an hour.
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    # === The end ===#

    @api.depends("state", "end_reason", "user_id.active", "user_id.email")
    def _compute_texts(self):
        """Say how one learns of a file that is not there yet, or why it is not there any more."""
        told = self.env._(
            "This file is not finished yet. You need not wait here: you get an e-mail when it is"
            " ready."
        )
        not_told = self.env._(
            "This file is not finished yet. You need not wait here. You get no e-mail when it is"
            " ready, as your user has no e-mail address: come back to this page."
        )
        texts = {
            "about": self.env._(
                "There is no file any more: its conditions named a person who has been erased."
                " Nobody can be exported by them; choose “Export” once more with others."
            ),
            "stopped": self.env._(
                "This export was stopped, because a person was erased meanwhile who may have been"
                " in it. Press “Try Again” for one without that person."
            ),
            "erasure": self.env._(
                "This file has been deleted, because a person was erased who may have been in it."
                " Press “Try Again” for one without that person."
            ),
        }
        age = self.env._(
            "This file has been deleted: it holds addresses of customers, and is kept for %(days)s"
            " days. Press “Try Again” for a new one.",
            days=KEEP_FILE_DAYS,
        )
        for export in self:
            is_stopped = export.state == "cancelled" and export.end_reason == "erasure"
            export.gone_text = texts.get("stopped" if is_stopped else export.end_reason, age)
            # sudo: whether a colleague has an address is all that is asked
            user = export.sudo().user_id
            export.is_told = user.active and bool(user.email)
            export.wait_text = told if export.is_told else not_told

    @api.ondelete(at_uninstall=False)
    def _unlink_file(self):
        self._drop_parts()

    @api.autovacuum
    def _gc_files(self):
        """Delete the files that have expired, what cancelled ones left, and very old lines."""
        now = fields.Datetime.now()
        over = self.search([("state", "=", "done"), ("expires_at", "<", now)])
        over._move_to("expired", end_reason="age")
        useless = [("state", "in", ("failed", "cancelled", "expired")), ("part_ids", "!=", False)]
        self.search(useless)._drop_parts()
        ended = ("done", "failed", "cancelled", "expired")
        old = now - timedelta(days=KEEP_RECORD_DAYS)
        self.search([("state", "in", ended), ("create_date", "<", old)]).unlink()
        self._gc_orphans()

    @api.model
    def _gc_orphans(self):
        """Delete what the database has left of the exports of a deleted user."""
        parts = self.env["unfinished.order.export.part"]
        domain = [("res_model", "=", parts._name), ("res_id", "not in", parts._search([]))]
        self.env["ir.attachment"].search(domain).unlink()
