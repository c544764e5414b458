import logging

from werkzeug.exceptions import NotFound

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.http import Controller, content_disposition, request, route

_logger = logging.getLogger(__name__)


class Exports(Controller):
    """The files that staff have asked for, each for the one who did."""

    @route("/unfinished-orders/exports/<int:export_id>", type="http", auth="user", readonly=True)
    def download(self, export_id):
        """Send the file piece by piece: it can be larger than the memory."""
        export = request.env["unfinished.order.export"].browse(export_id)
        try:
            # An id that no database could hold is nobody's.
            if not 0 < export_id < 2**31 or not export.exists():
                raise NotFound
            export._ensure_downloadable()
        except AccessError as error:
            raise NotFound from error
        except UserError:
            # Its page says what has become of it.
            return request.redirect(export.link)
        _logger.info("User %s downloads export %s", request.env.uid, export.id)
        pieces = export._pieces()
        return request.make_response(
            self._stream(request.env.registry, pieces),
            headers=[
                ("Content-Type", export._mimetype()),
                ("Content-Disposition", content_disposition(export._file_name())),
                ("Content-Length", str(export._size_of(pieces))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _stream(self, registry, pieces):
        """Yield the bytes; for each stored piece a transaction of its own, and a short one.

        The request's is over by then, and a slow line must not keep one open for an hour.
        """
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            with registry.cursor(readonly=True) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                content = env["ir.attachment"].browse(piece).raw
            yield content
