"""Carts by the million, written by SQL: every row is a copy of one that the ORM has made.

Four kinds of orders. Those that are *due* were left today and nobody has been reminded of them; the
*old* ones were left in the two years before; the *past* ones were bought; the *anonymous* carts
belong to the website's public user, who has no address, as most carts of any shop do.
"""

from kit import say
from kit.bench import bulk

# The second language of the shop, of every fourth buyer.
LANGUAGE = "fr_FR"
# One buyer in five has several carts: N carts belong to N / 1.3 buyers.
CARTS_PER_BUYER = 1.3
WITH_SEVERAL = 0.2
PAST_ORDERS = 0.2
ANONYMOUS = 0.25
OLD_DAYS = 730
# Due carts were left less than a day ago, so that one reminder is due for each. The oldest of them
# are groups of their own, hours apart, so that a threshold in between catches exactly these.
GROUPS = ((200, 18), (300, 14))
OLDEST_HOURS, YOUNGEST_HOURS = 10, 2
MOST_DUE = 20_000


def oldest(groups):
    """Return how many carts the first so many groups have, and the hours that catch just them."""
    return sum(count for count, _hours in GROUPS[:groups]), GROUPS[groups - 1][1] - 1


def hours_of(count, due):
    """Return after how many hours about `count` of the `due` carts count as left."""
    share = min(count / due, 1)
    return OLDEST_HOURS - (OLDEST_HOURS - YOUNGEST_HOURS) * share


def default_due(count):
    """Return how many carts are due in a shop of `count` old ones."""
    return min(count, MOST_DUE)


ORDERS = """
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

    CREATE TEMPORARY TABLE gen_order AS
    WITH kinds AS (
        SELECT number, number - %(due)s AS old_number,
               CASE WHEN number <= %(due)s THEN 'due'
                    WHEN number <= %(due)s + %(old)s THEN 'old'
                    WHEN number <= %(due)s + %(old)s + %(past)s THEN 'past'
                    ELSE 'anonymous' END AS kind
          FROM generate_series(1, %(orders)s) AS o(number))
    SELECT number, kind, line.total, line.quantity,
           CASE kind
                WHEN 'due' THEN CASE WHEN number <= %(due_buyers)s THEN number
                                     ELSE 1 + number %% %(due_several)s END
                WHEN 'old' THEN %(due_buyers)s + CASE
                    WHEN old_number <= %(old_buyers)s THEN old_number
                    ELSE 1 + old_number %% %(old_several)s END
                WHEN 'past' THEN 1 + number * 7 %% %(buyers)s
            END AS buyer,
           date_trunc('second', now() AT TIME ZONE 'UTC') - make_interval(secs => 3600 * (CASE kind
                WHEN 'due' THEN CASE {groups}
                    ELSE {youngest} + ({oldest} - {youngest}) * (number::float / %(due)s) END
                WHEN 'past' THEN 240 * (1 + number %% 30) + number %% 24
                WHEN 'anonymous' THEN 24 + number::bigint * 7919 %% (24 * {days})
                ELSE 24 + 24 * {days} * (1 - old_number::float / %(old)s)
                END)) AS at
      FROM kinds
      JOIN (SELECT order_number AS number, sum(quantity * price) AS total, sum(quantity) AS quantity
              FROM gen_line GROUP BY order_number) line USING (number);
    ANALYZE gen_order;
"""


def generate(database, seed, count, due):
    """Add `count` old and `due` new carts, their buyers, and as many other orders as usual.

    :return: what a history is made from: the ids before those of buyers and orders
    """
    sizes = _sizes(count, due) | {name: seed[name] for name in ("products", "cart", "line")}
    what = f"writing {due:,} due and {count:,} older carts, {sizes['past']:,} past orders"
    tables = ("res_partner", "sale_order", "sale_order_line")
    with say.timed(what), bulk.loading(database, *tables) as cr:
        cr.execute(_orders_sql(), sizes)
        sizes["first_buyer"] = _add_buyers(cr, sizes)
        sizes["first_order"] = _add_orders(cr, sizes)
        _add_lines(cr, sizes)
        cr.execute("DELETE FROM sale_order_line WHERE order_id = %(cart)s", sizes)
        cr.execute("DELETE FROM sale_order WHERE id = %(cart)s", sizes)
    return {name: sizes[name] for name in ("first_buyer", "first_order", "due", "old", "past")}


def _sizes(count, due):
    buyers = {
        "due": max(1, int(due / CARTS_PER_BUYER)),
        "old": max(1, int(count / CARTS_PER_BUYER)),
    }
    past = int(count * PAST_ORDERS)
    return {
        "due": due,
        "old": count,
        "past": past,
        "orders": due + count + past + int(count * ANONYMOUS),
        "buyers": sum(buyers.values()),
        "due_buyers": buyers["due"],
        "old_buyers": buyers["old"],
        "due_several": max(1, int(buyers["due"] * WITH_SEVERAL)),
        "old_several": max(1, int(buyers["old"] * WITH_SEVERAL)),
    }


def _orders_sql():
    """Return the statements that make `gen_order` and `gen_line`: what, whose, and when."""
    up_to, groups = 0, []
    for count, hours in GROUPS:
        up_to += count
        groups.append(f"WHEN number <= {up_to} THEN {hours} + number::float / {3 * up_to}")
    return ORDERS.format(
        groups=" ".join(groups), youngest=YOUNGEST_HOURS, oldest=OLDEST_HOURS, days=OLD_DAYS
    )


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
    return bulk.clone(cr, "res_partner", template, source, values, sizes)


PARTNER = "COALESCE(%(first_buyer)s + gen.buyer, gen.visitor)"


def _add_orders(cr, sizes):
    is_past, is_known = "gen.kind = 'past'", "gen.kind != 'anonymous'"
    number = "lpad((100000 + gen.number)::text, 7, '0')"
    source = """
        SELECT gen_order.*, u.partner_id AS visitor FROM gen_order, website w
          JOIN res_users u ON u.id = w.user_id WHERE w.id = (SELECT min(id) FROM website)"""
    values = {
        "id": "%(first)s + gen.number",
        "name": f"CASE WHEN {is_past} THEN 'S' ELSE 'UO' END || {number}",
        "partner_id": PARTNER,
        "partner_invoice_id": PARTNER,
        "partner_shipping_id": PARTNER,
        "state": f"CASE WHEN {is_past} THEN 'sale' ELSE 'draft' END",
        "date_order": "gen.at",
        "create_date": "gen.at",
        "write_date": "gen.at",
        "amount_untaxed": "gen.total",
        "amount_tax": "0",
        "amount_total": "gen.total",
        "access_token": "NULL",
        # What the addon has seen of them; without it, there are no such columns.
        "cart_number": f"CASE WHEN NOT {is_past} THEN 'UO' || {number} END",
        "cart_activity_at": "gen.at",
        "cart_email": f"CASE WHEN {is_known} THEN 'buyer' || gen.buyer || '@example.com' END",
        "cart_lang": f"CASE WHEN gen.buyer %% 4 = 0 THEN '{LANGUAGE}' ELSE 'en_US' END",
        "cart_tz": "'UTC'",
        "cart_consent": f"CASE WHEN {is_known} THEN 'given' END",
        "placed_at": f"CASE WHEN {is_past} THEN gen.at END",
    }
    return bulk.clone(cr, "sale_order", sizes["cart"], source, values, sizes)


def _add_lines(cr, sizes):
    source = """
        SELECT l.*, o.buyer, o.kind, u.partner_id AS visitor,
               row_number() OVER (ORDER BY l.order_number, l.number) AS row
          FROM gen_line l JOIN gen_order o ON o.number = l.order_number, website w
          JOIN res_users u ON u.id = w.user_id WHERE w.id = (SELECT min(id) FROM website)"""
    values = {
        "id": "%(first)s + gen.row",
        "order_id": "%(first_order)s + gen.order_number",
        "sequence": "gen.number * 10",
        "order_partner_id": PARTNER,
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
        "state": "CASE WHEN gen.kind = 'past' THEN 'sale' ELSE 'draft' END",
    }
    bulk.clone(cr, "sale_order_line", sizes["line"], source, values, sizes)
