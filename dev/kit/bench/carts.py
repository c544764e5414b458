"""Carts by the thousand, written by SQL: every row is a copy of one that the ORM has made."""

from kit import say, sql

# The second language of the shop, of every fourth buyer.
LANGUAGE = "fr_FR"
# One buyer in five has several carts: N carts belong to N / 1.3 buyers.
CARTS_PER_BUYER = 1.3
WITH_SEVERAL = 0.2
PAST_ORDERS = 0.2
# All carts were left less than a day ago, so that one reminder is due for each. The oldest of them
# are groups of their own, hours apart, so that a threshold in between catches exactly these.
GROUPS = ((200, 18), (300, 14))
OLDEST_HOURS, YOUNGEST_HOURS = 10, 2


def oldest(groups):
    """Return how many carts the first so many groups have, and the hours that catch just them."""
    return sum(count for count, _hours in GROUPS[:groups]), GROUPS[groups - 1][1] - 1


IDS = """
    CREATE TEMPORARY TABLE gen_product AS
    SELECT row_number() OVER (ORDER BY p.id) - 1 AS number, p.id, t.uom_id,
           t.list_price::numeric AS price,
           '[' || p.default_code || '] ' || (t.name ->> 'en_US') AS name
      FROM product_product p JOIN product_template t ON t.id = p.product_tmpl_id
     WHERE p.id = ANY(%(products)s);
    CREATE TEMPORARY TABLE gen_line AS
    SELECT o.number AS order_number, l.number, p.id AS product_id, p.uom_id, p.name, p.price,
           1 + (o.number + l.number) %% 3 AS quantity
      FROM generate_series(1, %(orders)s) AS o(number)
      CROSS JOIN LATERAL generate_series(1, 1 + o.number * 7 %% 4) AS l(number)
      JOIN gen_product p
        ON p.number = (o.number * 31 + l.number * 17) %% (SELECT count(*) FROM gen_product);
    ANALYZE gen_line;
"""
CLEAN_UP = "DROP TABLE gen_line, gen_product"


def generate(database, seed, count):
    """Add `count` carts, their buyers, and past orders of some of them."""
    buyers = max(1, int(count / CARTS_PER_BUYER))
    past = int(count * PAST_ORDERS)
    sizes = {
        "buyers": buyers,
        "several": max(1, int(buyers * WITH_SEVERAL)),
        "carts": count,
        "orders": count + past,
        "products": seed["products"],
        "cart": seed["cart"],
        "line": seed["line"],
    }
    what = f"writing {count:,} carts of {buyers:,} buyers and {past:,} past orders"
    with say.timed(what), sql.cursor(database) as cr:
        cr.execute(IDS, sizes)
        _add_buyers(cr, sizes)
        _add_orders(cr, sizes)
        _add_lines(cr, sizes)
        cr.execute(CLEAN_UP)
        cr.execute("DELETE FROM sale_order WHERE id = %(cart)s", sizes)
        cr.execute("VACUUM ANALYZE")


def _next_id(cr, table):
    cr.execute(f"SELECT max(id) FROM {table}")
    return cr.fetchone()[0]


def _clone(cr, table, source, template, values, sizes):
    """Insert a copy of the row `template` for each row of `source`, with `values` of its own."""
    first = _next_id(cr, table)
    cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = 'public' AND is_generated = 'NEVER'",
        [table],
    )
    columns = [name for (name,) in cr.fetchall()]
    expressions = [values.get(name, f"template.{sql.name(name)}") for name in columns]
    names = ", ".join(map(sql.name, columns))
    cr.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(expressions)}"
        f" FROM ({source}) gen JOIN {table} template ON template.id = %(template)s",
        {**sizes, "first": first, "template": template},
    )
    cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    return first


def _add_buyers(cr, sizes):
    cr.execute("SELECT partner_id FROM sale_order WHERE id = %(cart)s", sizes)
    template = cr.fetchone()[0]
    values = {
        "id": "%(first)s + gen.number",
        "commercial_partner_id": "%(first)s + gen.number",
        "name": "'Buyer ' || gen.number",
        "complete_name": "'Buyer ' || gen.number",
        "email": "'buyer' || gen.number || '@example.com'",
        "email_normalized": "'buyer' || gen.number || '@example.com'",
        "phone": "'+1 212 ' || lpad((gen.number %% 10000000)::text, 7, '0')",
        "phone_sanitized": "'+1212' || lpad((gen.number %% 10000000)::text, 7, '0')",
        "lang": f"CASE WHEN gen.number %% 4 = 0 THEN '{LANGUAGE}' ELSE 'en_US' END",
    }
    source = "SELECT number FROM generate_series(1, %(buyers)s) AS n(number)"
    sizes["first_buyer"] = _clone(cr, "res_partner", source, template, values, sizes)


ORDERS = """
    SELECT number, number > %(carts)s AS is_past, total,
           %(first_buyer)s + CASE WHEN number <= %(buyers)s THEN number
                                  ELSE 1 + number %% %(several)s END AS buyer,
           date_trunc('second', now() AT TIME ZONE 'UTC') - make_interval(mins => (60 * CASE
               WHEN number > %(carts)s THEN 240 * (1 + number %% 30)
               {groups}
               ELSE {youngest} + ({oldest} - {youngest}) * (number::float / %(carts)s)
               END)::int) AS at
      FROM (SELECT order_number AS number, sum(quantity * price) AS total
              FROM gen_line GROUP BY order_number) line
"""


def _orders():
    """Return the query of the carts and past orders: number, buyer, total, and when."""
    up_to, groups = 0, []
    for count, hours in GROUPS:
        up_to += count
        groups.append(f"WHEN number <= {up_to} THEN {hours} + number::float / {3 * up_to}")
    cases = " ".join(groups)
    return ORDERS.format(groups=cases, youngest=YOUNGEST_HOURS, oldest=OLDEST_HOURS)


def _add_orders(cr, sizes):
    values = {
        "id": "%(first)s + gen.number",
        "name": "'S' || lpad((100000 + gen.number)::text, 7, '0')",
        "partner_id": "gen.buyer",
        "partner_invoice_id": "gen.buyer",
        "partner_shipping_id": "gen.buyer",
        "state": "CASE WHEN gen.is_past THEN 'sale' ELSE 'draft' END",
        "date_order": "gen.at",
        "create_date": "gen.at",
        "write_date": "gen.at",
        "amount_untaxed": "gen.total",
        "amount_tax": "0",
        "amount_total": "gen.total",
        "access_token": "NULL",
    }
    sizes["first_order"] = _clone(cr, "sale_order", _orders(), sizes["cart"], values, sizes)


def _add_lines(cr, sizes):
    source = "SELECT *, row_number() OVER (ORDER BY order_number, number) AS row FROM gen_line"
    values = {
        "id": "%(first)s + gen.row",
        "order_id": "%(first_order)s + gen.order_number",
        "sequence": "gen.number * 10",
        "order_partner_id": (
            "(SELECT partner_id FROM sale_order WHERE id = %(first_order)s + gen.order_number)"
        ),
        "product_id": "gen.product_id",
        "product_uom_id": "gen.uom_id",
        "name": "gen.name",
        "product_uom_qty": "gen.quantity",
        "price_unit": "gen.price",
        "price_subtotal": "gen.quantity * gen.price",
        "price_total": "gen.quantity * gen.price",
        "price_tax": "0",
        "price_reduce_taxexcl": "gen.price",
        "price_reduce_taxinc": "gen.price",
        "state": "CASE WHEN gen.order_number > %(carts)s THEN 'sale' ELSE 'draft' END",
    }
    _clone(cr, "sale_order_line", source, sizes["line"], values, sizes)
