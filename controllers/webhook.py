from odoo.http import Controller, request, route

from .guesses import answer_to_too_many

PAGE = "/recovery/webhook"
MAX_SIZE = 256 * 1024  # bytes; a provider's parcel of reports is far smaller


class Webhook(Controller):
    """Where providers report what became of messages, each to the address of its channel."""

    @route(
        f"{PAGE}/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,  # providers have no session; the address is a secret, and they may sign
        save_session=False,
    )
    def take(self, token, **_query):
        """Hand over what has come, as it has come: a signature holds for the raw body."""
        incoming = request.httprequest
        if (incoming.content_length or 0) > MAX_SIZE:
            return self._answer(413)
        status = request.env["recovery.webhook"]._take(
            token,
            method=incoming.method,
            parameters=incoming.args.to_dict(),
            headers={name.lower(): value for name, value in incoming.headers.items()},
            body=incoming.get_data(),
        )
        return (status == 404 and answer_to_too_many()) or self._answer(status)

    def _answer(self, status):
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
        return request.make_response("", headers, status=status)
