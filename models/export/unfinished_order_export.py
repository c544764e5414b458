from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import human_size
from odoo.tools.misc import format_datetime

from ...orm.big_integer import BigInteger
from ...tools import conditions, status

MAY_EXPORT = "base.group_allow_export"


class UnfinishedOrderExport(models.Model):
    """A file of unfinished orders that one person has asked for, written in the background.

    The rows are read with that person's rights, companies, language and time zone.

    waiting    nobody has begun
    running    a part of the file is there, which nobody can download
    done       the file is there, until it expires
    failed     it could not be written; `error` says why
    cancelled  somebody wants it no more
    expired    it was deleted, as it holds addresses of customers

    This row is not written to while the file grows: `unfinished.order.export.part` keeps how far
    it is. A request to cancel waits for the end of a batch, and is seen before the next one.
    """

    _name = "unfinished.order.export"
    _description = "Export of Unfinished Orders"
    _order = "id desc"

    # === What is asked for ===#
    name = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", "Requested By", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_ids = fields.Many2many("res.company", string="Companies", readonly=True)
    domain = fields.Char("Conditions", required=True, readonly=True, default="[]")
    columns = fields.Json(required=True, readonly=True)
    file_format = fields.Selection(
        [("xlsx", "Excel (XLSX)"), ("csv", "CSV")],
        "Format",
        required=True,
        readonly=True,
        default="xlsx",
    )
    total_count = fields.Integer("Rows Asked For", readonly=True, aggregator=None)

    # === How it goes ===#
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
            ("expired", "Expired"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    part_ids = fields.One2many(
        "unfinished.order.export.part", "export_id", groups="base.group_system"
    )
    row_count = fields.Integer("Rows", compute="_compute_progress", compute_sudo=True)
    progress = fields.Float(compute="_compute_progress", compute_sudo=True, help="In percent.")
    error = fields.Text("What Went Wrong", readonly=True)
    end_reason = fields.Selection(
        [
            ("age", "Its time was over"),
            ("erasure", "A person was erased"),
            ("about", "It was about a person who was erased"),
        ],
        "Gone Because",
        readonly=True,
    )
    wording = fields.Json(
        readonly=True,
        help="Language, time zone, title and heads of the file, as of its first part.",
    )

    # === What came of it ===#
    written_count = fields.Integer("Rows Written", readonly=True, aggregator=None)
    file_size = BigInteger("Bytes", readonly=True, aggregator=None)
    file_size_text = fields.Char("File Size", compute="_compute_file_size_text")
    done_at = fields.Datetime("Done On", readonly=True)
    expires_at = fields.Datetime("Available Until", readonly=True)
    gone_text = fields.Char(compute="_compute_texts")
    is_mine = fields.Boolean(compute="_compute_is_mine")
    link = fields.Char(
        compute="_compute_link", help="Its page in the back office, where one has to sign in."
    )

    @api.depends("state", "total_count", "written_count", "part_ids.row_count")
    def _compute_progress(self):
        counts = dict(
            self.env["unfinished.order.export.part"]._read_group(
                [("export_id", "in", self.ids)], ["export_id"], ["row_count:sum"]
            )
        )
        for export in self:
            export.row_count = export.written_count or counts.get(export, 0)
            share = export.row_count / export.total_count if export.total_count else 0
            is_written = export.state in ("done", "expired")
            export.progress = 100 if is_written else min(99, int(100 * share))

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_mine(self):
        for export in self:
            export.is_mine = export.user_id == self.env.user

    @api.depends("file_size")
    def _compute_file_size_text(self):
        for export in self:
            export.file_size_text = export.file_size and human_size(export.file_size)

    def _compute_link(self):
        for export in self:
            export.link = f"{export.get_base_url()}/odoo/unfinished-order-exports/{export.id}"

    # === Who may ===#

    @api.model
    def _ensure_may_export(self):
        """Raise when the current user may not export unfinished orders.

        :raise AccessError: no right to export, or none to see unfinished orders
        """
        self.env["unfinished.order"].check_access("read")
        if not self.env.user.active or not self.env.user.has_group(MAY_EXPORT):
            raise AccessError(
                self.env._(
                    "You may not export. Ask an administrator for the right “%(right)s”.",
                    # sudo: only to name the group
                    right=self.env.ref(MAY_EXPORT).sudo().full_name,
                )
            )

    def _as_requester(self):
        """Return this export as the one who asked for it: rights, companies, language, time zone.

        :raise AccessError: they may no longer see or export this
        """
        self.ensure_one()
        user = self.user_id
        companies = self.company_ids & user.company_ids
        context = {
            "lang": user.lang,
            "tz": user.tz or "UTC",
            "allowed_company_ids": companies.ids,
        }
        # Not one key of the job's own context: it is none of the requester's.
        requester = self.with_env(self.env(user=user.id, su=False, context=context))
        requester._ensure_may_export()
        if companies != self.company_ids:
            raise AccessError(
                requester.env._("You no longer have access to all companies of this export.")
            )
        return requester

    # === Asking ===#

    @api.model
    def _start(self, domain, columns, file_format):
        """Ask for a file; it is begun at once, in the background.

        :param str domain: conditions, as Python writes a list
        :param list[str] columns: in their order
        :return: the new export
        :raise AccessError: the current user may not export
        :raise UserError: a condition or a column is not known, or there is no column
        """
        self._ensure_may_export()
        columns = self._check_columns(columns)
        found = self.env["unfinished.order"].search_count(self._parse_domain(domain))
        now = format_datetime(self.env, fields.Datetime.now(), dt_format="short")
        # sudo: nobody writes exports but through this method
        export = self.sudo().create(
            {
                "name": self.env._("Unfinished orders, %(moment)s", moment=now),
                "user_id": self.env.uid,
                "company_ids": [(6, 0, self.env.companies.ids)],
                "domain": domain,
                "columns": columns,
                "file_format": file_format,
                "total_count": found,
            }
        )
        self._wake()
        return export.sudo(False)

    @api.model
    def _parse_domain(self, text):
        """Return conditions that came from a browser, read as data and checked.

        :rtype: Domain
        :raise UserError: they cannot be read, or ask for something else
        """
        try:
            domain = Domain(conditions.parse(text, self._condition_fields()))
            domain.validate(self.env["unfinished.order"])
        except (ValueError, TypeError) as error:
            raise UserError(
                self.env._(
                    "This condition cannot be used for an export: %(condition)s. Take it out of"
                    " the filter, or choose other conditions.",
                    condition=str(error)[:200],
                )
            ) from error
        return domain

    @api.model
    def _wake(self):
        # sudo: a user who asks may have no right to know the scheduler
        self.env.ref("website_sale_order_handling.ir_cron_export").sudo()._trigger()

    # === Buttons ===#

    def _action_open(self):
        """Return the action that shows how this export goes."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_handling.action_unfinished_order_export"
        )
        return {**action, "views": [(False, "form")], "res_id": self.id}

    def action_cancel(self):
        """Stop before the next batch, and drop what has been written."""
        self.check_access("read")
        # sudo: one may stop one's own exports, and change nothing else about them
        self.sudo()._move_to("cancelled")._drop_parts()

    def action_retry(self):
        """Begin again from the start."""
        self.check_access("read")
        for export in self:
            if export.end_reason == "about":
                raise UserError(export.gone_text)
            found = export._as_requester()._count()
            # sudo: one may begin one's own exports again, and change nothing else about them
            again = export.sudo()._move_to(
                "waiting",
                error=False,
                end_reason=False,
                done_at=False,
                expires_at=False,
                wording=False,
                written_count=0,
                file_size=0,
                total_count=found,
            )
            again._drop_parts()
        self._wake()

    def action_download(self):
        """Download the file, while it is there."""
        self.check_access("read")
        self.ensure_one()
        self._ensure_downloadable()
        return {"type": "ir.actions.act_url", "url": self._download_path(), "target": "download"}

    def _ensure_downloadable(self):
        """Raise when the current user may not have the file, or when there is none.

        :raise AccessError: it is somebody else's, or they may no longer export
        :raise UserError: it is not finished, or it has expired
        """
        self.check_access("read")
        if self.user_id != self.env.user:
            raise AccessError(self.env._("Only who has asked for an export may download it."))
        self._as_requester()
        if self.state == "expired" or (self.expires_at and self.expires_at < fields.Datetime.now()):
            raise UserError(self.gone_text)
        if self.state != "done":
            raise UserError(self.wait_text)

    def _download_path(self):
        return f"/unfinished-orders/exports/{self.id}"

    # === State ===#

    def _move_to(self, state, **values):
        """Write `state`, here and nowhere else; a move that makes no sense is ignored."""
        movable = self.filtered(
            lambda export: status.may_move(status.EXPORT_MOVES, export.state, state)
        )
        movable.write({"state": state, **values})
        return movable
