from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale

from ..tools.contact import MAX_EMAIL, MAX_PHONE

MAX_TIMEZONE = 64
MAX_BOX = 16
JSON_ROUTE = {
    "type": "jsonrpc",
    "auth": "public",
    "methods": ["POST"],
    "website": True,
    "sitemap": False,
}


class Checkout(WebsiteSale):
    @route("/shop/cart/contact", **JSON_ROUTE)
    def capture_contact(self, email=None, phone=None, country_code="", timezone="", **_unknown):
        """Keep what is being typed into the checkout form with the visitor's own cart.

        A field that was emptied comes as "" and is taken back; one that is missing stays.

        The answer is always the same: it must not tell whether an address is known.
        """
        cart = request.cart
        self._capture_contact(cart, email, phone, country_code)
        if self._captures_contact(cart):
            cart._note_timezone(self._short_text(timezone, MAX_TIMEZONE))
        return True

    @route("/shop/cart/consent", **JSON_ROUTE)
    def note_consent(self, box="", is_ticked=False, timezone="", **_unknown):
        """Keep what the buyer says about reminders with the visitor's own cart."""
        cart = request.cart
        if cart:
            cart._on_consent_box(self._short_text(box, MAX_BOX), is_ticked is True)
            cart._note_timezone(self._short_text(timezone, MAX_TIMEZONE))
        return True

    def _captures_contact(self, cart):
        """Tell whether what the buyer of `cart` types is kept as they type."""
        # A cart that has a customer needs no capture, and must not get another person's address.
        return bool(cart and request.website.cart_capture_contact and cart._is_anonymous_cart())

    def _capture_contact(self, cart, email, phone, country_code):
        email = self._short_text(email, MAX_EMAIL, None)
        phone = self._short_text(phone, MAX_PHONE, None)
        code = self._short_text(country_code, 2).upper()
        code = code if code.isascii() and code.isalpha() else ""
        if not (email is None and phone is None) and self._captures_contact(cart):
            countries = request.env["res.country"].sudo()  # sudo: a visitor's form names one
            cart._capture_contact(email, phone, countries.search([("code", "=", code)], limit=1))

    @staticmethod
    def _short_text(value, size, otherwise=""):
        return value if isinstance(value, str) and len(value) <= size else otherwise

    def _create_or_update_address(self, partner_sudo, *args, order_sudo=None, **form_data):
        """Keep what was typed also when the form was refused, and when scripts are off."""
        if order_sudo:
            box = self._short_text(form_data.pop("reminder_box", ""), MAX_BOX)
            order_sudo._on_consent_box(box, bool(form_data.pop("reminder_ticked", "")))
        partner, feedback = super()._create_or_update_address(
            partner_sudo, *args, order_sudo=order_sudo, **form_data
        )
        if feedback.get("invalid_fields") and order_sudo:
            country_id = self._short_text(form_data.get("country_id"), 9)
            country = request.env["res.country"].browse(
                int(country_id) if country_id.isdecimal() else []
            )
            self._capture_contact(
                order_sudo,
                form_data.get("email"),
                form_data.get("phone"),
                country.exists().code or "",
            )
        return partner, feedback

    def _prepare_address_form_values(self, *args, order_sudo=False, **kwargs):
        values = super()._prepare_address_form_values(*args, order_sudo=order_sudo, **kwargs)
        captures = self._captures_contact(order_sudo)
        asks = order_sudo and order_sudo._is_anonymous_cart()
        consent = asks and order_sudo._prepare_consent_values()
        values |= {"captures_contact": captures, "reminder_consent": consent}
        return values | self._prepare_privacy_values(captures or consent)

    def _prepare_checkout_page_values(self, order_sudo, **kwargs):
        values = super()._prepare_checkout_page_values(order_sudo, **kwargs)
        consent = order_sudo._prepare_consent_values()
        return {**values, "reminder_consent": consent, **self._prepare_privacy_values(consent)}

    def _prepare_privacy_values(self, has_notice):
        return {"privacy_url": has_notice and request.website._privacy_url()}
