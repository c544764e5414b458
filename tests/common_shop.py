"""Visitors of the shop, as real HTTP sessions."""

from lxml import html

from odoo.http import root
from odoo.tests import HttpCase

from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY

from .common import RecoveryCase

# Everything that a visit could leave behind.
WATCHED = (
    "sale_order",
    "sale_order_line",
    "unfinished_order",
    "recovery_message",
    "recovery_event",
    "res_partner",
    "payment_transaction",
    "mail_message",
)


class ShopCase(RecoveryCase, HttpCase):
    def setUp(self):
        super().setUp()
        self._come_as(None)

    def _come_as(self, user):
        """Start a new browser session: of `user`, or of somebody who is not signed in."""
        self.authenticate(user and user.login, user and user.login)

    def _session(self):
        return root.session_store.get(self.session.sid)

    def _session_cart(self):
        self.env.invalidate_all()
        return self.env["sale.order"].browse(self._session().get(CART_SESSION_CACHE_KEY) or [])

    def _set_session_cart(self, cart):
        session = self._session()
        session[CART_SESSION_CACHE_KEY] = cart.id
        root.session_store.save(session)

    def _add_to_cart(self, product, quantity=1):
        """Put a product in the visitor's cart, as the button in the shop does."""
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
            },
        )
        return self._session_cart()

    def _link(self, cart, message_id=0):
        """Return the path of the recovery link of `cart`."""
        return f"/shop/recover/{self.env['unfinished.order.link']._make_token(cart, message_id)}"

    def _press_continue(self, link):
        """Open a recovery link and press its button; return the page that comes then."""
        page = self.url_open(link)
        form = self._form(page)
        self.assertIsNotNone(form, "the page has a button to continue")
        return self.url_open(form.get("action"), data=dict(form.fields))

    def _form(self, page):
        forms = html.fromstring(page.text).xpath("//form[@name='recover']")
        return forms[0] if forms else None

    def _text(self, page):
        """Return what a person reads in the main part of a page."""
        return " ".join(
            html.fromstring(page.text).xpath("//*[@id='wrap']")[0].text_content().split()
        )

    def _contents(self, order):
        """Return what is in a cart: quantities by product."""
        self.env.invalidate_all()
        lines = order.order_line.filtered("product_id")
        return {line.product_id: line.product_uom_qty for line in lines}

    def _fingerprint(self, *orders):
        """Return the exact content of the tables (or of these orders) that a visit could change."""
        self.env.flush_all()
        self.env.invalidate_all()
        if orders:
            ids = tuple(order.id for order in orders)
            queries = (
                ("SELECT t::text FROM sale_order t WHERE id IN %s ORDER BY id", [ids]),
                ("SELECT t::text FROM sale_order_line t WHERE order_id IN %s ORDER BY id", [ids]),
            )
        else:
            queries = [(f"SELECT t::text FROM {table} t ORDER BY id", []) for table in WATCHED]
        rows = []
        for query, parameters in queries:
            self.env.cr.execute(query, parameters)
            rows.append(self.env.cr.fetchall())
        return rows
