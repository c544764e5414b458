from odoo import api, fields, models
from odoo.http import request

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY

from ...tools.schedule import known_tz


class Website(models.Model):
    """What carts need to know about a website: its clock, and what is kept of its visitors."""

    _inherit = "website"

    cart_capture_contact = fields.Boolean(
        "Capture While Typing",
        default=True,
        help="Keep the e-mail and phone that a buyer types into the checkout form, as they type.",
    )

    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        default=lambda self: self.env.company.partner_id.tz or self.env.user.tz,
        help="For buyers whose own time zone is not known. A customer's day is counted by it too.",
    )

    @api.model
    def _all_shops(self):
        # sudo: what is unfinished must not depend on which websites the user may see
        # There are a few at most.
        return self.sudo().search_fetch([])  # pylint: disable=no-search-all

    def _shop_tz(self):
        """Return the name of the website's time zone, for buyers whose own is not known."""
        self.ensure_one()
        return known_tz(self.tz) or known_tz(self.company_id.partner_id.tz) or "UTC"

    def _words_env(self):
        """Return the environment for words that are stored: whoever's job it is that writes them.

        In the website's own language; in the one at hand where there is no website.
        """
        lang = self.sudo().default_lang_id.code  # sudo: a seller need not see the website
        return self.with_context(lang=lang).env if lang else self.env

    def _shows_tax_excluded(self):
        """Tell whether the shop shows prices to which tax will be added."""
        return self.show_line_subtotals_tax_selection == "tax_excluded"

    def _free_quantity(self, product):
        """Return how many of a product are free in the shop's warehouse, or in all of them."""
        self.ensure_one()
        # Computed at once for all products that are fetched together: those of the whole batch.
        own = product.with_context(allowed_company_ids=self.company_id.ids)
        return self._get_product_available_qty(own)

    # === Core's cart ===#

    def _prepare_sale_order_values(self, partner_sudo):
        """Note on a new cart whether it is a robot that makes it."""
        values = super()._prepare_sale_order_values(partner_sudo)
        # A program that does not say what it is need not be a robot.
        is_named = request and request.httprequest.environ.get("HTTP_USER_AGENT")
        is_robot = is_named and self.env["ir.http"].is_a_bot()
        return {**values, "cart_made_by": "robot" if is_robot else False}

    def _get_and_cache_current_cart(self):
        """Never offer a signed-in buyer a cart for which money has come, or may still come.

        Core picks any draft order of the customer, changes it, and drops it at the next request
        when it turns out to be in payment.
        """
        user = self.env.user
        if request and CART_SESSION_CACHE_KEY not in request.session and not user._is_public():
            # sudo: a portal user may not search orders; the domain keeps to their own
            carts = (
                self.env["sale.order"]
                .sudo()
                .search(
                    [
                        ("partner_id", "=", user.partner_id.id),
                        ("website_id", "=", self.id),
                        ("state", "=", "draft"),
                    ]
                )
            )
            usable = carts - carts._in_payment()
            if usable != carts:
                self._resume_cart(usable[:1])
        return super()._get_and_cache_current_cart()

    def _resume_cart(self, cart):
        """Make `cart` (possibly none) the one of this session, as core does with an old cart."""
        request.session[CART_SESSION_CACHE_KEY] = cart.id
        if cart and not request.env.cr.readonly:
            cart._update_address(self.env.user.partner_id.id, ["partner_id"])
            cart._verify_cart()
