from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.website_sale.controllers.cart import Cart

from .guesses import answer_to_too_many

NOTICE = "recovery_notice"


def leave_notice(kind, changes=(), **values):
    """Keep for the visitor's cart page, which shows it once.

    What is still to be shown of the same kind stays: a button may be pressed twice.
    """
    waiting = request.session.get(NOTICE) or {}
    if waiting.get("kind") == kind:
        changes = dict.fromkeys([*waiting.get("changes", ()), *changes])
        values["others"] = max(values.get("others", 0), waiting.get("others", 0))
        values["is_there"] = values.get("is_there") and waiting.get("is_there")
    request.session[NOTICE] = {"kind": kind, "changes": list(changes), **values}


class RecoveryCart(Cart):
    @route()
    def cart(self, id=None, access_token=None, revive_method="", **post):
        """Lead the links in mails of Odoo's own to our safe page; change nothing.

        Core binds the visitor to the cart's customer, or takes the lines out of a cart that may
        be on its way to the bank (B19 to B23). `revive_method` does nothing any more.
        """
        if id is None and access_token is None:
            return super().cart(**post)
        if access_token == "" and str(id or "").isdecimal():
            return self._explain_link_without_token()
        links = request.env["unfinished.order.link"]
        given = isinstance(id, str) and isinstance(access_token, str)
        order = given and links._find_by_core_link(id, access_token)
        if not order:
            if answer := answer_to_too_many():
                return answer
            raise NotFound()
        return request.redirect(f"/shop/recover/{links._make_token(order)}")

    def _explain_link_without_token(self):
        """Core's cron has mailed links whose token is missing: they can open nothing (B2)."""
        if not request.cart:
            leave_notice(kind="incomplete")
        return request.redirect("/shop/cart")

    def _cart_values(self, **post):
        values = super()._cart_values(**post)
        return {**values, "recovery_notice": request.session.pop(NOTICE, None)}

    @route()
    def clear_cart(self):
        """Let the cart see that it is empty: core leaves the old quantity in the header (B25)."""
        result = super().clear_cart()
        if request.cart:
            request.cart._verify_cart_after_update()
        return result
