"""A small shop made through the ORM, with one cart for the generator to multiply."""

from odoo.fields import Command

from kit.bench.carts import LANGUAGE

PRODUCTS = 200
THINGS = ("Desk", "Chair", "Lamp", "Drawer", "Cabinet", "Shelf", "Bin", "Screen", "Stand", "Mat")
KINDS = ("Large", "Small", "Corner", "Office", "Oak", "Black", "Folding", "Customisable")


def run(env):
    """Make the shop and return its first cart, its products and an address to order to."""
    env.company.email = "shop@example.com"
    # Activated without its translations: a batch has buyers of two languages, and that is all.
    env["res.lang"]._activate_lang(LANGUAGE)
    website = env["website"].search([], limit=1)
    website.write({"send_abandoned_cart_email": True, "cart_abandoned_delay": 1})
    products = env["product.product"].create([_product(number) for number in range(PRODUCTS)])
    _stock(env, website, products.filtered(lambda product: not product.allow_out_of_stock_order))
    _make_delivery_free(env)
    cart = _cart(env, website, products[0])
    return {
        "cart": cart.id,
        "line": cart.order_line.id,
        "products": products.ids,
        "templates": products.product_tmpl_id.ids,
        "pages": products.mapped("website_url"),
        "country_id": env.ref("base.us").id,
        "state_id": env.ref("base.state_us_5").id,
    }


def _product(number):
    thing, kind = THINGS[number % len(THINGS)], KINDS[number // len(THINGS) % len(KINDS)]
    return {
        "name": f"{kind} {thing} {number + 1}",
        "default_code": f"FURN_{number + 1:04d}",
        "list_price": 20 + number * 7 % 480,
        "description_sale": f"{kind} {thing.lower()}, delivered to your door.",
        "is_storable": True,
        # Of every other product, both sides have to ask how many are left.
        "allow_out_of_stock_order": bool(number % 2),
        "website_published": True,
    }


def _stock(env, website, products):
    """Put more of each product in stock than all carts hold."""
    domain = [("company_id", "=", website.company_id.id)]
    location = env["stock.warehouse"].search(domain, limit=1).lot_stock_id
    for product in products:
        env["stock.quant"]._update_available_quantity(product, location, 10_000_000)


def _make_delivery_free(env):
    """Give the shop one delivery method, or nobody gets as far as the payment."""
    carriers = env["delivery.carrier"].search([])
    carriers.is_published = False
    service = env["product.product"].create(
        {"name": "Delivery", "type": "service", "list_price": 0, "sale_ok": False}
    )
    env["delivery.carrier"].create(
        {
            "name": "Standard delivery",
            "product_id": service.id,
            "delivery_type": "fixed",
            "is_published": True,
        }
    )


def _cart(env, website, product):
    country = env.ref("base.us")
    partner = env["res.partner"].create(
        {
            "name": "Buyer",
            "email": "buyer@example.com",
            "phone": "+1 212 555 0100",
            "country_id": country.id,
            "lang": "en_US",
        }
    )
    return env["sale.order"].create(
        {
            "partner_id": partner.id,
            "website_id": website.id,
            "company_id": website.company_id.id,
            "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 1})],
        }
    )
