from odoo.http import Controller, request, route

from .guesses import answer_to_too_many
from .recover import GET_ROUTE, HEADERS

PAGE = "/shop/reminders"
SESSION_TOKEN = "reminders_token"
SESSION_DONE = "reminders_page"
CHOICES = ("cart", "all")
# No CSRF token: RFC 8058 has the mail provider post without cookies and without having seen any
# page, and a browser without cookies has no session that could hold one. The token in the address
# or in the page is the secret that a forger would need.
POST_ROUTE = {**GET_ROUTE, "methods": ["POST"], "readonly": False, "csrf": False}


class Reminders(Controller):
    """The unsubscribe link. A visit changes nothing; its buttons and one-click do.

    Each page carries a sealed token of what it shows, and its buttons act on that: in two tabs
    with two links, each does what it says, and a browser without cookies is served as well. The
    session only lets the page be reloaded.
    """

    @route(f"{PAGE}/<string:token>", **GET_ROUTE)
    def open_link(self, token, **_query):
        """Take the token out of the address, where scripts and other sites could read it."""
        message = self._optout()._read_token(token)
        if not message:
            return self._show_unknown()
        if request.session.get(SESSION_TOKEN) != token:
            self._remember(token)
        if request.httprequest.cookies.get("session_id"):
            return self._private(request.redirect(PAGE))
        # Nobody knows yet whether this browser keeps a session: it gets a token for a while.
        page_token = self._optout()._make_page_token(message)
        return self._private(request.redirect(f"{PAGE}?page={page_token}"))

    @route(f"{PAGE}/<string:token>", **POST_ROUTE, save_session=False)
    def one_click(self, token, **form):
        """Stop everything at once, as the button of a mail program promises."""
        message = self._optout()._read_token(token)
        if not message:
            return self._show_unknown()
        if form.get("List-Unsubscribe") != "One-Click":
            return self._private(request.redirect(f"{PAGE}/{token}"))
        self._optout()._choose(message, "all")
        text = request.env._("You get no more reminders and no other advertising.")
        return self._private(request.make_response(text, [("Content-Type", "text/plain")]))

    @route(PAGE, **GET_ROUTE)
    def show_choices(self, page="", **_query):
        """Show what can be chosen, or what has just been."""
        message = self._optout()._read_token(request.session.get(SESSION_TOKEN))
        if message and page:
            return self._private(request.redirect(PAGE))
        if message:
            return self._show(message, **request.session.get(SESSION_DONE, {}))
        message = self._optout()._read_page_token(page)
        return self._show(message) if message else self._show_unknown()

    @route(PAGE, **POST_ROUTE)
    def choose(self, page="", undo="", choice="", **_form):
        """Do what the buyer has chosen on a page, to whom that page shows."""
        message = self._optout()._read_page_token(page)
        if not message:
            return self._show_unknown(status=400)
        done = {}
        if choice == "undo":
            done = self._undo(message, undo)
        elif choice in CHOICES:
            done = self._do(message, choice, undo)
        self._remember(self._optout()._make_token(message), done)
        return self._show(message, **done)

    def _do(self, message, choice, undo):
        """Do it, and return what the page says then."""
        if self._optout()._choose(message, choice):
            return {"done": choice, "undo": self._optout()._make_undo_token(message, choice)}
        # The second half of a double click changes nothing, and takes no Undo away.
        known = request.session.get(SESSION_DONE, {})
        is_same = request.session.get(SESSION_TOKEN) == self._optout()._make_token(message)
        if is_same and known.get("done") == choice:
            return known
        return {"done": choice, "undo": undo if self._may_undo(message, undo, choice) else ""}

    def _undo(self, message, undo):
        """Take back what has just been done to the very same address, and nothing else."""
        of_message, choice = self._optout()._read_undo_token(undo)
        if of_message.address != message.address or not choice:
            return {}
        self._optout()._undo(of_message, choice)
        return {"done": "undo"}

    def _may_undo(self, message, undo, choice=None):
        """Tell whether `undo` takes back a choice about the address of `message`, by now."""
        of_message, chosen = self._optout()._read_undo_token(undo)
        is_same = bool(of_message) and of_message.address == message.address
        return is_same and choice in (None, chosen)

    def _remember(self, token, done=None):
        """Let the page be reloaded, in browsers that keep a session."""
        request.session[SESSION_TOKEN] = token
        request.session[SESSION_DONE] = done or {}

    # === Answers ===#

    def _optout(self):
        return request.env["recovery.optout"]

    def _show(self, message, done=None, undo=""):
        optout = self._optout()
        values = {
            "page_token": optout._make_page_token(message),
            "undo": undo if self._may_undo(message, undo) else "",
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
