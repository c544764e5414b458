"""The small shop in which all tests live, and what makes carts, buyers and products in it."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user

TOTALS = (
    "unfinished.order.day",
    "unfinished.order.day.credit",
    "unfinished.order.day.product",
    "recovery.message.day",
)


def forget_totals(env):
    """Forget what tests with transactions of their own have erased, and could not roll back."""
    for name in TOTALS:
        env[name].search([]).unlink()


def queries_of(env, work, fresh=True):
    """Return how many statements `work` takes, those that write what it has changed among them.

    :param bool fresh: whether it finds nothing in memory
    """
    env.flush_all()
    if fresh:
        env.invalidate_all()
    before = env.cr.sql_log_count
    work()
    env.flush_all()
    return env.cr.sql_log_count - before


class RecoveryCase:
    """To be mixed into TransactionCase or HttpCase, before them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The website that HTTP tests see: no domain is set for the address of the test server.
        cls.website = cls.env["website"].search([], limit=1)
        cls.public_partner = cls.website.user_id.partner_id
        forget_totals(cls.env)
        # Prices are those of the products, whatever the demo data sells at.
        cls.env["product.pricelist"].search([]).action_archive()
        cls.lamp = cls._make_product("Lamp", 40.0)
        cls.chair = cls._make_product("Chair", 90.0)

    @classmethod
    def _make_product(cls, name, price=10.0, stock=None, **vals):
        """Make a published product without taxes; with `stock`, one that can be sold out.

        :param float stock: units on hand, None for a product without stock keeping
        """
        kept = {} if stock is None else {"is_storable": True, "allow_out_of_stock_order": False}
        product = cls.env["product.product"].create(
            {
                "name": name,
                "list_price": price,
                "taxes_id": [Command.clear()],
                "is_published": True,
                **kept,
                **vals,
            }
        )
        if stock:
            warehouse = cls.env["stock.warehouse"].search(
                [("company_id", "=", cls.website.company_id.id)], limit=1
            )
            cls.env["stock.quant"]._update_available_quantity(
                product, warehouse.lot_stock_id, stock
            )
        return product

    @classmethod
    def _set_stock(cls, product, quantity):
        """Count a product that `_make_product` has made with a stock."""
        quant = cls.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        )
        quant.with_context(inventory_mode=True).write({"inventory_quantity": quantity})
        quant.action_apply_inventory()

    @classmethod
    def _make_customer(cls, name="Ada Buyer", email="ada@example.com", **vals):
        return cls.env["res.partner"].create(
            {"name": name, "email": email, "lang": "en_US", **vals}
        )

    @classmethod
    def _make_portal_user(cls, login="ada", **vals):
        """Make a buyer with an account; the password is the login."""
        return new_test_user(
            cls.env, login, groups="base.group_portal", email=f"{login}@example.com", **vals
        )

    @classmethod
    def _make_cart(cls, partner=None, products=None, hours_ago=2, website=None, **vals):
        """Make a website cart as the shop leaves it behind.

        :param res.partner partner: the buyer; a new guest with an e-mail when not given
        :param products: what is in it, once each, or a dict of products and quantities
        :param float hours_ago: hours since the buyer's last change
        """
        website = website or cls.website
        partner = cls._make_customer() if partner is None else partner
        products = [cls.lamp] if products is None else products
        quantities = products if isinstance(products, dict) else dict.fromkeys(products, 1)
        cart = cls.env["sale.order"].create(
            {
                "website_id": website.id,
                "company_id": website.company_id.id,
                "partner_id": partner.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in quantities.items()
                ],
                **vals,
            }
        )
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=hours_ago)
        return cart

    @classmethod
    def _make_anonymous_cart(cls, **kwargs):
        """Make the cart of a visitor who has told nothing about themselves."""
        return cls._make_cart(partner=cls.public_partner, **kwargs)

    @classmethod
    def _make_transaction(cls, order, state="draft", **vals):
        """Make an attempt to pay `order`."""
        provider = cls.env["payment.provider"].search(
            [("company_id", "=", order.company_id.id)], limit=1
        )
        method = cls.env.ref("payment.payment_method_unknown")
        return cls.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "reference": f"TEST-{order.id}-{state}",
                "sale_order_ids": [Command.set(order.ids)],
                "state": state,
                **vals,
            }
        )

    @classmethod
    def _make_unfinished(cls, cart):
        """Take an idle cart in as an unfinished order, as the cron does."""
        return cls.env["unfinished.order"]._take_in(cart.website_id, cart)
