from datetime import timedelta

from odoo import fields
from odoo.http import Controller, request, route

from .guesses import answer_to_too_many
from .recover import GET_ROUTE, HEADERS

PAGE = "/shop/reminders"
SESSION_TOKEN = "reminders_token"
SESSION_DONE = "reminders_done"
CHOICES = ("cart", "all")
UNDO_FOR = timedelta(hours=1)
POST_ROUTE = {**GET_ROUTE, "methods": ["POST"], "readonly": False}


class Reminders(Controller):
    """The unsubscribe link. A visit changes nothing; its buttons and one-click do."""

    @route(f"{PAGE}/<string:token>", **GET_ROUTE)
    def open_link(self, token, **_query):
        """Take the token out of the address, where scripts and other sites could read it."""
        if not self._read(token):
            return self._show_unknown()
        if request.session.get(SESSION_TOKEN) != token:
            request.session.pop(SESSION_DONE, None)
            request.session[SESSION_TOKEN] = token
        return self._private(request.redirect(PAGE))

    # No CSRF token: RFC 8058 has the mail provider post this, without cookies and without having
    # seen any page. The token in the address is the secret that a forger would need.
    @route(f"{PAGE}/<string:token>", **POST_ROUTE, csrf=False, save_session=False)
    def one_click(self, token, **form):
        """Stop everything at once, as the button of a mail program promises."""
        message = self._read(token)
        if not message:
            return self._show_unknown()
        if form.get("List-Unsubscribe") != "One-Click":
            return self._private(request.redirect(f"{PAGE}/{token}"))
        self._optout()._choose(message, "all")
        text = request.env._("You get no more reminders and no other advertising.")
        return self._private(request.make_response(text, [("Content-Type", "text/plain")]))

    @route(PAGE, **GET_ROUTE)
    def show_choices(self, **_query):
        """Show what can be chosen, or what has just been."""
        message = self._read(request.session.get(SESSION_TOKEN))
        if not message:
            return self._show_unknown()
        done = self._done()
        optout = self._optout()
        values = {
            "address": optout._masked_address(message),
            "kind": optout._kind(message),
            "done": done.get("choice"),
            "can_undo": self._can_undo(done),
        }
        return self._private(request.render("website_sale_order_handling.reminders", values))

    @route(PAGE, **POST_ROUTE)
    def choose(self, choice="", **_form):
        """Do what the buyer has chosen on the page, which is then shown again."""
        message = self._read(request.session.get(SESSION_TOKEN))
        if not message:
            return self._show_unknown()
        if choice == "undo":
            self._undo(message)
        elif choice in CHOICES:
            self._do(message, choice)
        return self._private(request.redirect(PAGE))

    def _do(self, message, choice):
        changed = self._optout()._choose(message, choice)
        # The second half of a double click changes nothing, and takes no Undo away.
        if changed or self._done().get("choice") != choice:
            now = fields.Datetime.to_string(fields.Datetime.now())
            request.session[SESSION_DONE] = {"choice": choice, "at": changed and now}

    def _undo(self, message):
        """Take back what this very session has just done, and nothing that was so before."""
        done = request.session.pop(SESSION_DONE, {})
        if self._can_undo(done):
            self._optout()._undo(message, done["choice"])
            request.session[SESSION_DONE] = {"choice": "undo", "at": False}

    def _done(self):
        return request.session.get(SESSION_DONE) or {}

    def _can_undo(self, done):
        at = fields.Datetime.to_datetime(done.get("at"))
        return bool(at) and fields.Datetime.now() - at < UNDO_FOR

    # === Answers ===#

    def _optout(self):
        return request.env["recovery.optout"]

    def _read(self, token):
        return self._optout()._read_token(token)

    def _show_unknown(self):
        """Answer alike for whatever is no link of ours, or none any more."""
        template = "website_sale_order_handling.reminders_unknown"
        return self._private(answer_to_too_many() or request.render(template, status=404))

    def _private(self, response):
        response.headers.update(HEADERS)
        return response
