import zlib
from base64 import b64decode, b64encode

from odoo import api, fields, models
from odoo.tools import SQL

from ...orm.batches import claim, isolate, run_batches
from ...tools import cells, xlsx

# Rows that are read, written and committed in one go: one or two megabytes.
BATCH = 8000
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes a CSV file for an old encoding
MIMETYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class UnfinishedOrderExportPart(models.Model):
    """What one batch has added to a file: its bytes, as an attachment, and how far it got.

    A part and its bytes are committed together, so that a worker that takes an export up again,
    after a crash or in the scheduler's next run, goes on after the last part. No user reads these:
    the download asks for the rights of the export, and nothing else leads here.
    """

    _name = "unfinished.order.export.part"
    _description = "Part of an Exported File"
    _order = "id"

    export_id = fields.Many2one(
        "unfinished.order.export", required=True, index=True, ondelete="cascade"
    )
    row_count = fields.Integer()
    last_id = fields.Integer(help="The last unfinished order in this part.")
    follows_id = fields.Integer(help="The part before this one.")
    sheet = fields.Json(help="How much of the XLSX sheet has been written, this part included.")
    attachment_id = fields.Many2one("ir.attachment", ondelete="restrict")
    # Known when the file is complete, and never made again: a download is what was written.
    before = fields.Binary(attachment=False, help="Bytes of the file before those of this part.")
    after = fields.Binary(attachment=False, help="Bytes of the file after those of this part.")

    _one_follows = models.UniqueIndex(
        "(follows_id) WHERE follows_id > 0", "A part of a file is followed by one other."
    )

    @api.model
    def _add(self, export, last, content, **values):
        """Keep these bytes as the next part of the file.

        :param last: the part that they follow, possibly none
        :raise OSError: they could not be stored
        """
        part = self._begin(export, last)
        part.write(values)
        part.attachment_id = self.env["ir.attachment"].create(
            {
                "name": f"{self._name}-{part.id}",
                "res_model": self._name,
                "res_id": part.id,
                "raw": content,
                # Of a text, and of what might be one, core keeps the words for search.
                "mimetype": "application/x-part-of-export",
            }
        )
        part.attachment_id.invalidate_recordset(["raw"])
        if zlib.crc32(part._content()) != zlib.crc32(content):
            raise OSError(self.env._("What was written cannot be read back"))
        return part

    @api.model
    def _begin(self, export, last):
        """Make a part; when another worker has made it since we looked, that is a conflict.

        Not by `create`, and not by the lock on the export alone: it lets a worker in whose snapshot
        is older than that part.
        """
        ((part_id,),) = claim(
            self.env,
            SQL(
                """INSERT INTO unfinished_order_export_part (export_id, follows_id)
                   VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING id""",
                export.id,
                last.id or None,
            ),
        )
        export.invalidate_recordset(["part_ids", "row_count"])
        return self.browse(part_id)

    def _content(self):
        """Return the bytes of this part; b"" when they are gone."""
        return self.attachment_id.raw or b""

    def _pieces(self):
        """Return what these parts are of the file, in order.

        :rtype: list[bytes | int]
        """
        pieces = []
        for part in self.sorted("id"):
            frame = [b64decode(part[name] or b"") for name in ("before", "after")]
            pieces += [frame[0], part.attachment_id.id, frame[1]]
        return [piece for piece in pieces if piece]


class UnfinishedOrderExport(models.Model):
    """Writing the file: batch by batch, by any number of workers, wherever the last one stopped."""

    _inherit = "unfinished.order.export"

    @api.model
    def _cron_export(self):
        """Write the files that are asked for, for as long as the scheduler lets us."""
        run_batches(self.env, self._write_next, 1)

    @api.model
    def _count_to_write(self, limit):
        """Return for how many workers there are files to write, up to `limit`."""
        return self.search_count([("state", "in", ("waiting", "running"))], limit=limit)

    @api.model
    def _write_next(self, batch=BATCH):
        """Add one batch to the oldest file that no other worker is at.

        :param int batch: how many rows at most
        :return: how many batches: 1, or 0 when there is nothing to do
        :rtype: int
        """
        export = self._claim()
        if export:
            isolate(
                export, lambda one: one._write_batch(batch), lambda one, error: one._fail(error)
            )
        return len(export)

    @api.model
    def _claim(self):
        """Lock an unfinished file; the lock ends with the batch, or with the worker's death."""
        self.flush_model(["state"])
        rows = claim(
            self.env,
            SQL(
                """SELECT id FROM unfinished_order_export
                    WHERE state IN ('waiting', 'running')
                 ORDER BY id
                    LIMIT 1
               FOR NO KEY UPDATE SKIP LOCKED"""
            ),
        )
        return self.browse(row[0] for row in rows)

    def _write_batch(self, batch=BATCH, sheet_rows=xlsx.SHEET_ROWS):
        """Read the next rows with the requester's rights, and add them to the file.

        :param int batch: how many rows at most
        :param int sheet_rows: how many rows an XLSX sheet holds at most
        """
        self.ensure_one()
        self._move_to("running")
        requester = self._as_writer()
        last = self.part_ids.browse(self._last_part_id())
        sheet = self._sheet_to_go_on(last)
        limit = min(batch, sheet_rows - sheet.rows) if sheet else batch
        ids, text = requester._read_rows(last.last_id, limit)
        is_last = len(ids) < limit
        # Nothing more, and the last sheet is complete: there is nothing to add.
        if ids or not last or (sheet and sheet.rows):
            values = {"row_count": len(ids), "last_id": ids[-1] if ids else last.last_id}
            if sheet:
                is_full = is_last or sheet.rows + len(ids) >= sheet_rows
                text = ("" if sheet.size else requester._sheet_head()) + text
                content, values["sheet"] = self._pack(sheet, text, len(ids), is_full)
            else:
                content = (("" if last else requester._csv_head()) + text).encode()
            self.part_ids._add(self, last, content, **values)
        if is_last:
            self._finish()

    def _last_part_id(self):
        parts = self.env["unfinished.order.export.part"]
        return parts.search([("export_id", "=", self.id)], order="id desc", limit=1).id

    def _sheet_to_go_on(self, last):
        """Return the XLSX sheet that the next rows belong on; None for a CSV file."""
        if self.file_format != "xlsx":
            return None
        sheet = xlsx.Sheet(**(last.sheet or {}))
        return xlsx.following(sheet) if sheet.is_full else sheet

    def _pack(self, sheet, text, rows, is_full):
        """Return the bytes of these rows, and what the sheet then is."""
        is_full = is_full or sheet.size > xlsx.SHEET_BYTES
        foot = xlsx.FOOT if is_full else ""
        sheet, content = xlsx.pack(sheet, text + foot, rows, is_last=is_full)
        return content, xlsx.to_dict(sheet)

    def _drop_parts(self):
        # sudo: nobody has rights on parts
        parts = self.env["unfinished.order.export.part"].sudo()
        parts.search([("export_id", "in", self.ids)]).unlink()

    # === Putting it together ===#

    def _keep_frame(self):
        """Keep what stands around the sheets of a complete XLSX file, with its parts."""
        self.ensure_one()
        if self.file_format != "xlsx":
            return
        of_sheet = self.part_ids.sorted("id").grouped(lambda part: part.sheet["number"])
        sheets = [xlsx.Sheet(**ones[-1].sheet) for ones in of_sheet.values()]
        fronts, end = xlsx.container(sheets, self.wording["title"])
        for front, ones in zip(fronts, of_sheet.values(), strict=True):
            ones[0].before = b64encode(front)
        ones[-1].after = b64encode(end)

    def _pieces(self):
        """Return the file: bytes, and the ids of the attachments with most of them.

        :rtype: list[bytes | int]
        """
        self.ensure_one()
        # sudo: nobody has rights on parts; who may download has been asked before
        return self.sudo().part_ids._pieces()

    def _size_of(self, pieces):
        """Return how many bytes these pieces of the file have."""
        ids = [piece for piece in pieces if isinstance(piece, int)]
        # sudo: nobody has rights on parts
        sizes = sum(self.env["ir.attachment"].sudo().browse(ids).mapped("file_size"))
        return sizes + sum(len(piece) for piece in pieces if isinstance(piece, bytes))

    def _file_name(self):
        """Return the name under which the file is saved."""
        day = fields.Date.to_string(self.create_date)
        return f"unfinished-orders-{day}-{self.id}.{self.file_format}"

    def _mimetype(self):
        return MIMETYPES[self.file_format]

    # === Its words ===#

    def _as_writer(self):
        """Return this export as its requester, with the words in which the file was begun.

        A change of language, time zone or label while a file grows is seen in other files only.
        """
        requester = self._as_requester()
        if not self.wording:
            self.wording = requester._choose_wording()
        lang, tz = self.wording["lang"], self.wording["tz"]
        if not self.env["res.lang"]._get_data(code=lang):
            lang = requester.env.lang  # it has been removed meanwhile
        return requester.with_context(lang=lang, tz=tz)

    def _choose_wording(self):
        return {
            "lang": self.env.lang or "en_US",
            "tz": self.env.context["tz"],
            "title": self.env._("Unfinished Orders"),
            "heads": list(self._labels().values()),
        }

    def _csv_head(self):
        return BYTE_ORDER_MARK + ",".join(map(cells.csv_text, self.wording["heads"])) + "\r\n"

    def _sheet_head(self):
        heads = self.wording["heads"]
        widths = map(self._width, self.columns, heads)
        return xlsx.head([cells.xlsx_text(head, cells.HEAD) for head in heads], list(widths))
