from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY


class CartPortal(CustomerPortal):
    def _document_check_access(self, model_name, document_id, access_token=None):
        """Open a cart to its buyer and to staff only: its token has been in mails of Odoo's own.

        A guest's payment goes on working: the cart is the one of the guest's own session.
        """
        document = super()._document_check_access(model_name, document_id, access_token)
        if model_name == "sale.order" and document._is_open_cart():
            is_in_session = request.session.get(CART_SESSION_CACHE_KEY) == document.id
            own = request.env["sale.order"].browse(document.id)
            if not is_in_session and not own.has_access("read"):
                raise AccessError(
                    request.env._("This cart can be opened by its customer only. Please sign in.")
                )
        return document
