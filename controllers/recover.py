from functools import partial

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY

from .cart import leave_notice
from .guesses import answer_to_too_many

PAGE = "/shop/recover"
# Over the steps of the checkout that are done, to the payment when all of them are.
PAYMENT = "/shop/checkout?try_skip_step=true"
SESSION_TOKEN = "recovery_token"
SESSION_OPENED = "recovery_opened"  # the link whose button was pressed, and the cart that it filled
SECOND_TRY = "again"  # in the address, when the browser has been asked once to keep a cookie
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
GET_ROUTE = {
    "type": "http",
    "auth": "public",
    "website": True,
    "sitemap": False,
    "methods": ["GET"],
}


class Recover(Controller):
    """The recovery link. A visit changes nothing; the button on the page does."""

    @route(f"{PAGE}/<string:token>", **GET_ROUTE)
    def open_link(self, token, **query):
        """Take the token out of the address, where scripts and other sites could read it.

        A browser without cookies could not be led to the page then; it sees it here.
        """
        order, _message_id = self._read(token)
        status = self._status(order)
        if status == "elsewhere" and (url := self._url_elsewhere(order, token)):
            return self._private(request.redirect(url, local=False))
        if status in ("unknown", "elsewhere"):
            return self._show_unknown()
        request.session[SESSION_TOKEN] = token
        request.session.pop(SESSION_OPENED, None)  # who comes anew wants to see it anew
        if self._keeps_cookies():
            return self._private(request.redirect(PAGE))
        if SECOND_TRY not in query:
            return self._private(request.redirect(f"{PAGE}/{token}?{SECOND_TRY}=1"))
        if not request.website.has_ecommerce_access():
            return self._private(request.redirect("/web/login"))
        return self._show(order, status, token)

    @route(PAGE, **GET_ROUTE)
    def show_link(self, **_query):
        """Show what is in the cart, what has changed, and the button; or that it is open."""
        if not request.website.has_ecommerce_access():
            return self._private(request.redirect(f"/web/login?redirect={PAGE}"))
        token = request.session.get(SESSION_TOKEN)
        order, _message_id = self._read(token)
        status = self._status(order)
        if status in ("unknown", "elsewhere"):
            return self._show_unknown()
        return self._show(order, status, token)

    @route(
        f"{PAGE}/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def restore(self, token, **_form):
        """Bring the products back, into the visitor's own cart, and go there."""
        if not request.website.has_ecommerce_access():
            return self._private(request.redirect("/web/login"))
        order, message_id = self._read(token)
        # Locked like a payment locks it: the two must not happen at once. Nobody waits.
        locked = order.try_lock_for_update(allow_referencing=True)
        status = self._status(order)
        if status in ("unknown", "elsewhere"):
            return self._show_unknown()
        if status != "open":
            return self._show(order, status, token)
        if not locked:  # a payment that has just begun, or the other half of a double click
            request.session[SESSION_TOKEN] = token
            return self._private(request.redirect(PAGE))
        if self._is_buyer():
            request.env["recovery.message"]._on_link_followed(message_id, order)
        cart, page = self._attempt(
            order,
            request.website._create_cart,
            is_wanted=lambda page: page.can_continue() or page.is_itself,
        )
        if not cart:
            return self._show(order, status, token)
        request.session[CART_SESSION_CACHE_KEY] = cart.id
        request.session[SESSION_OPENED] = [token, cart.id]
        return self._private(request.redirect(self._go_on(order, message_id, cart, page)))

    def _go_on(self, order, message_id, cart, page):
        """Return where the buyer goes on: at the payment that has failed, or else in their cart.

        :param cart: the visitor's own, which is filled by now
        :param page: what there is to tell of it, which the cart tells once
        """
        has_news = page.changes or page.others_quantity or not cart._has_cart_lines()
        campaigns = request.env["recovery.campaign"]
        if not has_news and campaigns._leads_to_payment(message_id, order):
            return PAYMENT
        leave_notice(
            kind="restored",
            changes=page.changes,
            is_empty=not cart._has_cart_lines(),
            others=0 if page.is_there else page.others_quantity,
            is_there=page.is_there,
        )
        return "/shop/cart"

    def _is_buyer(self):
        """Tell whether a buyer has pressed the button: no robot, prefetcher or colleague has."""
        headers = request.httprequest.headers
        purposes = (headers.get("Sec-Purpose", ""), headers.get("Purpose", ""))
        is_prefetch = any("prefetch" in purpose.lower() for purpose in purposes)
        is_colleague = request.env.user._is_internal()
        return not (is_prefetch or is_colleague or request.env["ir.http"].is_a_bot())

    # === What the button does, or would do ===#

    def _look_ahead(self, order):
        """Do what the button does, take all of it back, and return what there is to tell.

        Only so are the discounts known that the shop would give then.
        """
        make_cart = partial(self._make_trial_cart, request.website)
        return self._attempt(order, make_cart, is_wanted=lambda _page: False)[1]

    def _attempt(self, order, make_cart, is_wanted):
        """Restore the cart `order`, and take all of it back unless that is wanted.

        :param make_cart: makes a cart for the visitor, if they need one
        :param is_wanted: tells by the page whether it stays so
        :return: the visitor's cart, None when it was taken back; and what there is to tell
        """
        session, was_dirty = dict(request.session), request.session.is_dirty
        known = {name: getattr(request, name) for name in ("cart", "pricelist", "fiscal_position")}
        with request.env.cr.savepoint() as savepoint:
            cart, page = self._restores()._restore(order, request.cart[:1], make_cart)
            if is_wanted(page):
                return cart, page
            savepoint.rollback()
        # The shop notes in the session what it does to a cart.
        request.session.clear()
        request.session.update(session)
        request.session.is_dirty = was_dirty
        for name, value in known.items():
            setattr(request, name, value)
        return None, page

    def _make_trial_cart(self, website):
        """Make a cart as the shop makes it for this visitor, without taking a number for it."""
        vals = website._prepare_sale_order_values(request.env.user.partner_id)
        carts = request.env["sale.order"].with_user(SUPERUSER_ID).with_company(website.company_id)
        # sudo: a visitor may not make orders; this one is taken back
        return carts.create({**vals, "name": "-"}).with_user(request.env.user).sudo()

    # === Answers ===#

    def _restores(self):
        return request.env["unfinished.order.restore"]

    def _read(self, token):
        return request.env["unfinished.order.link"]._read_token(token)

    def _status(self, order):
        status = self._restores()._status(order, request.website)
        if status != "open":
            return status
        if not self._restores()._may_have_cart(request.website):
            return "other_company"
        is_at_the_bank = self._restores()._is_at_the_bank(self._cart_of_session())
        return "in_payment" if is_at_the_bank else "open"

    def _cart_of_session(self):
        """Return the visitor's own cart, without taking one up as the shop does."""
        # sudo: the session says that the cart is the visitor's own
        carts = request.env["sale.order"].sudo()
        return carts.browse(request.session.get(CART_SESSION_CACHE_KEY) or []).exists()

    def _keeps_cookies(self):
        """Tell whether the browser has sent a cookie back, so that it has a session."""
        return "session_id" in request.httprequest.cookies

    def _url_elsewhere(self, order, token):
        """Return the same link on the cart's own website, "" when that has no address."""
        website = order.website_id
        base = website.domain and website.get_base_url()
        here = request.httprequest.host_url.rstrip("/")
        return f"{base}{PAGE}/{token}" if base and base != here else ""

    def _show(self, order, status, token):
        """Show the link in the state in which it is, for this visitor."""
        filled = self._filled_by(token)
        if filled and (its_status := self._status(filled)) in ("placed", "in_payment"):
            order, status = filled, its_status
        restores = self._restores()
        page = self._look_ahead(order) if status == "open" else None
        if page and filled and filled == request.cart and filled._has_cart_lines():
            status = "opened"
        values = {
            "status": status,
            "token": token,
            "page": page,
            "can_continue": page and page.can_continue(),
            "keeps_cookies": self._keeps_cookies(),
            "is_own": restores._is_own(order),
            "awaits_payment": restores._awaits_payment(order),
        }
        return self._private(request.render("website_sale_order_handling.recover", values))

    def _filled_by(self, token):
        """Return the cart that this visitor has filled by this link, possibly none."""
        opened, cart_id = request.session.get(SESSION_OPENED) or (None, None)
        # sudo: the session says that the cart is the visitor's own
        carts = request.env["sale.order"].sudo()
        return carts.browse(cart_id).exists() if opened == token else carts

    def _show_unknown(self):
        """Answer alike for garbage, expired and revoked links, and for other websites' carts."""
        template = "website_sale_order_handling.recover_unknown"
        return self._private(answer_to_too_many() or request.render(template, status=404))

    def _private(self, response):
        response.headers.update(HEADERS)
        return response
