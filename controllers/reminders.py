from odoo.http import Controller, request, route

from .guesses import answer_to_too_many
from .recover import GET_ROUTE, HEADERS

PAGE = "/shop/reminders"
STOP = "/stop"
SESSION_TOKEN = "reminders_token"
# No CSRF token: RFC 8058 has the mail provider post without cookies and without having seen any
# page, and a browser without cookies has no session that could hold one. The token in the address
# or in the page is the secret that a forger would need.
POST_ROUTE = {**GET_ROUTE, "methods": ["POST"], "readonly": False, "csrf": False}


class Reminders(Controller):
    """The unsubscribe link. A visit changes nothing; its buttons and one-click do.

    A page shows what is true at this moment, whatever has made it so, and offers what would change
    it. It carries a sealed token of whom it is about, and its buttons act on that: in two tabs with
    two links, each does what it says, and a browser without cookies is served as well. The session
    only lets the page be reloaded.
    """

    @route(f"{PAGE}/<string:token>", **GET_ROUTE)
    def open_link(self, token, **_query):
        """Take the token out of the address, where scripts and other sites could read it."""
        message = self._optout()._read_token(token)
        return self._lead_to_page(message, token) if message else self._show_unknown()

    def _lead_to_page(self, message, token):
        request.session[SESSION_TOKEN] = token
        if request.httprequest.cookies.get("session_id"):
            return self._private(request.redirect(PAGE))
        # Nobody knows yet whether this browser keeps a session: it gets a token for a while.
        page_token = self._optout()._make_page_token(message)
        return self._private(request.redirect(f"{PAGE}?page={page_token}"))

    @route(f"{PAGE}/<string:token>", **POST_ROUTE, save_session=False)
    def one_click(self, token, **form):
        """Stop everything at once, as the button of a mail program promises."""
        answer = self._answer_one_click(token, form)
        # RFC 8058 asks for no cookies; the website's language would be in one.
        request.future_response.headers.remove("Set-Cookie")
        return self._private(answer)

    def _answer_one_click(self, token, form):
        message = self._optout()._read_token(token)
        if not message:
            return self._show_unknown()
        if form.get("List-Unsubscribe") != "One-Click":
            return request.redirect(f"{PAGE}/{token}")
        self._optout()._choose(message, "all")
        text = request.env._("You get no more reminders and no other advertising.")
        return request.make_response(text, [("Content-Type", "text/plain; charset=utf-8")])

    @route(PAGE, **GET_ROUTE)
    def show_choices(self, page="", **_query):
        """Show what is so, and what can be chosen."""
        message = self._optout()._read_token(request.session.get(SESSION_TOKEN))
        if message and page:
            return self._private(request.redirect(PAGE))
        message = message or self._optout()._read_page_token(page)
        return self._show(message) if message else self._show_unknown()

    @route(PAGE, **POST_ROUTE)
    def choose(self, page="", choice="", **_form):
        """Do what the buyer has chosen on a page, to whom that page shows."""
        message = self._optout()._read_page_token(page)
        if not message:
            return self._show_unknown(status=400)
        has_changed = self._optout()._choose(message, choice)
        request.session[SESSION_TOKEN] = self._optout()._make_token(message)
        return self._show(message, done=choice if has_changed else "")

    # === The short link in a text ===#

    @route(f"{STOP}/<string:code>", **GET_ROUTE)
    def open_code(self, code, **_query):
        """Take the code out of the address, as with the link in a mail."""
        message = self._optout()._read_stop_code(code)
        if not message:
            return self._show_unknown()
        return self._lead_to_page(message, self._optout()._make_token(message))

    @route(f"{STOP}/<string:code>", **POST_ROUTE)
    def stop(self, code, **_form):
        """Stop everything at once, and show that it is so."""
        message = self._optout()._read_stop_code(code)
        if not message:
            return self._show_unknown()
        self._optout()._choose(message, "all")
        return self._show(message)

    # === Answers ===#

    def _optout(self):
        return request.env["recovery.optout"]

    def _show(self, message, done=""):
        optout = self._optout()
        values = {
            "page_token": optout._make_page_token(message),
            "silence": optout._silence(message),
            "choices": optout._choices(message),
            "address": optout._masked_address(message),
            "kind": optout._kind(message),
            "done": done,
        }
        return self._private(request.render("website_sale_order_handling.reminders", values))

    def _show_unknown(self, status=404):
        """Answer alike for whatever is no link of ours."""
        template = "website_sale_order_handling.reminders_unknown"
        return self._private(answer_to_too_many() or request.render(template, status=status))

    def _private(self, response):
        response.headers.update(HEADERS)
        return response
