import binascii

from odoo import api, fields, models
from odoo.tools import consteq, hash_sign, verify_hash_signed

from ...orm.memory import asked_once

SCOPE = "website_sale_order_handling.recover"
MAX_TOKEN = 512


class UnfinishedOrderLink(models.AbstractModel):
    """The recovery link: what it holds, when it is valid, and what it may never do.

    A link names a cart and, when a reminder carried it, that reminder. It is signed, expires,
    and is void once its cart has been revoked. It opens a list of products; it never signs
    anyone in and never shows who the buyer is.
    """

    _name = "unfinished.order.link"
    _description = "Recovery Link"

    @api.model
    def _make_token(self, order, message_id=0):
        """Return a signed token for the cart `order`.

        :param sale.order order: the cart, in sudo
        :param int message_id: id of the reminder that carries the link, 0 for none
        :rtype: str
        """
        payload = [order.id, message_id, order.cart_link_version]
        hours = self._hours(order.website_id)
        return hash_sign(self.sudo().env, SCOPE, payload, expiration_hours=hours)

    @api.model
    @asked_once
    def _hours(self, website):
        """Return for how long a new link of a website works."""
        return website._link_days() * 24

    @api.model
    def _make_url(self, order, message_id=0):
        """Return the absolute recovery link of the cart `order`, on the cart's own website."""
        base = self._base_url_of(order.website_id) or order.get_base_url()
        return f"{base}/shop/recover/{self._make_token(order, message_id)}"

    @api.model
    @asked_once
    def _base_url_of(self, website):
        """Return where the website is, without a slash at the end."""
        return website.get_base_url()

    @api.model
    def _read_token(self, token):
        """Return the cart (in sudo) and the id of the reminder that `token` stands for.

        :param str token: anything at all, it comes from the outside
        :return: an empty `sale.order` when the token is garbage, expired or revoked
        :rtype: tuple[sale.order, int]
        """
        # sudo: who holds the link is a visitor; the database's secret has signed it
        nothing = self.env["sale.order"].sudo(), 0
        try:
            payload = verify_hash_signed(self.sudo().env, SCOPE, str(token or "")[:MAX_TOKEN])
            order_id, message_id, version = payload
        except (ValueError, TypeError, binascii.Error, OverflowError):
            return nothing
        order = nothing[0].browse(order_id).exists()
        if not order or order.cart_link_version != version:
            return nothing
        return order, message_id

    @api.model
    def _find_by_core_link(self, order_id, access_token):
        """Return the cart (in sudo) that a link in a mail of Odoo's own stands for.

        :param str order_id: from the outside, possibly no number at all
        :param str access_token: from the outside
        """
        orders = self.env["sale.order"].sudo()
        if (
            not (order_id or "").isdecimal()
            or len(order_id) > 9
            or not (access_token or "").isascii()
        ):
            return orders
        order = orders.browse(int(order_id)).exists()
        known = (order.core_recovery_token, order.access_token) if order.website_id else ()
        if not any(token and consteq(token, access_token) for token in known):
            return orders
        since = order.cart_activity_at
        days_old = (fields.Datetime.now() - since).days if since else 0
        return order if days_old < order.website_id._link_days() else orders

    @api.model
    def _revoke(self, order):
        """Make every recovery link of the cart `order` void, those of Odoo's own mails too."""
        # sudo: a user who may revoke a link may have no right to change the order
        order = order.sudo()
        order.cart_link_version += 1
        order.core_recovery_token = False
        order.access_token = False
