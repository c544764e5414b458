from odoo.http import Controller, request, route

from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY

from .cart import leave_notice
from .guesses import answer_to_too_many

PAGE = "/shop/recover"
SESSION_TOKEN = "recovery_token"
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
    "readonly": True,
}


class Recover(Controller):
    """The recovery link. A visit changes nothing; the button on the page does."""

    @route(f"{PAGE}/<string:token>", **GET_ROUTE)
    def open_link(self, token, **_query):
        """Take the token out of the address, where scripts and other sites could read it."""
        order, _message_id = self._read(token)
        status = self._status(order)
        if status == "elsewhere" and (url := self._url_elsewhere(order, token)):
            return self._private(request.redirect(url, local=False))
        if status in ("unknown", "elsewhere"):
            return self._show_unknown()
        request.session[SESSION_TOKEN] = token
        return self._private(request.redirect(PAGE))

    @route(PAGE, **GET_ROUTE)
    def show_link(self, **_query):
        """Show what is in the cart, what has changed, and the button."""
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
            return self._private(request.redirect(f"{PAGE}/{token}"))
        if self._is_buyer():
            request.env["recovery.message"]._on_link_followed(message_id, order)
        if request.cart != order and not self._fill_cart(order):
            return self._show(order, status, token)
        request.session.pop(SESSION_TOKEN, None)
        return self._private(request.redirect("/shop/cart"))

    def _fill_cart(self, order):
        """Give the visitor what can be had of the cart `order`, and say what has changed.

        :return: whether anything could be had
        """
        restore = request.env["unfinished.order.restore"]
        page = restore._link_page(order, request.website, request.cart)
        if not page.can_continue():
            return False
        changes = [*restore._describe_changes(page.rows), *page.notes]
        if restore._may_take_over(order, request.cart):
            request.session[CART_SESSION_CACHE_KEY] = order.id
            restore._bring_up_to_date(order, page.rows)
        else:
            cart = request.cart or request.website._create_cart()
            changes += restore._copy(order, page.rows, cart)
        leave_notice(kind="restored", changes=changes)
        return True

    def _is_buyer(self):
        """Tell whether a buyer has pressed the button: no robot, prefetcher or colleague has."""
        headers = request.httprequest.headers
        purposes = (headers.get("Sec-Purpose", ""), headers.get("Purpose", ""))
        is_prefetch = any("prefetch" in purpose.lower() for purpose in purposes)
        is_colleague = request.env.user._is_internal()
        return not (is_prefetch or is_colleague or request.env["ir.http"].is_a_bot())

    # === Answers ===#

    def _read(self, token):
        return request.env["unfinished.order.link"]._read_token(token)

    def _status(self, order):
        return request.env["unfinished.order.restore"]._status(order, request.website)

    def _url_elsewhere(self, order, token):
        """Return the same link on the cart's own website, "" when that has no address."""
        website = order.website_id
        base = website.domain and website.get_base_url()
        here = request.httprequest.host_url.rstrip("/")
        return f"{base}{PAGE}/{token}" if base and base != here else ""

    def _show(self, order, status, token):
        restore = request.env["unfinished.order.restore"]
        page = status == "open" and restore._link_page(order, request.website, request.cart)
        values = {
            "status": status,
            "token": token,
            "page": page,
            "currency": request.website.currency_id,
            "can_continue": page and page.can_continue(),
        }
        return self._private(request.render("website_sale_order_handling.recover", values))

    def _show_unknown(self):
        """Answer alike for garbage, expired and revoked links, and for other websites' carts."""
        template = "website_sale_order_handling.recover_unknown"
        return self._private(answer_to_too_many() or request.render(template, status=404))

    def _private(self, response):
        response.headers.update(HEADERS)
        return response
