"""What two years of carts have left in the addon's own tables: written by SQL, as the engine would.

Of the old carts, those of the last month are open and the others expired or emptied. Two of three
past orders had been unfinished. Every one has got a reminder, every other one a second; the
youngest wait for their third.
"""

from kit import say
from kit.bench import bulk
from kit.bench.carts import LANGUAGE

OPEN_DAYS = 30
TABLES = (
    "unfinished_order",
    "product_product_unfinished_order_rel",
    "recovery_message",
    "recovery_event",
)

SOURCE = """
    CREATE TEMPORARY TABLE gen_unfinished AS
    SELECT row_number() OVER (ORDER BY o.id) AS row, o.id AS order_id,
           o.id - %(first_order)s AS number, o.cart_number, o.name, o.amount_total,
           o.partner_id, o.partner_id - %(first_buyer)s AS buyer, o.cart_email,
           o.state = 'sale' AS is_past, o.cart_activity_at AS at, line.quantity
      FROM sale_order o
      JOIN (SELECT order_id, sum(product_uom_qty) AS quantity
              FROM sale_order_line GROUP BY order_id) line ON line.order_id = o.id
     WHERE o.id > %(first_order)s + %(due)s
       AND o.id <= %(first_order)s + %(due)s + %(old)s + %(past)s
       AND (o.state = 'draft' OR o.id %% 3 != 0);
    ANALYZE gen_unfinished;
"""
MESSAGES = """
    CREATE TEMPORARY TABLE gen_message AS
    SELECT row_number() OVER (ORDER BY due_at) AS row, m.*,
           CASE WHEN step = 3 THEN 'waiting'
                WHEN is_past AND order_id %% 3 = 1 AND step = 1 THEN 'clicked'
                ELSE (ARRAY['sent', 'sent', 'sent', 'sent', 'sent', 'delivered', 'delivered',
                            'clicked', 'bounced', 'skipped'])[1 + (number * 3 + step) %% 10]
            END AS state
      FROM (SELECT u.row AS unfinished_row, u.order_id, u.number, u.is_past, u.cart_email, u.buyer,
                   u.at, step,
                   u.at + make_interval(hours => (ARRAY[1, 49, 97])[step]) AS due_at,
                   (%(steps)s::int[])[step] AS step_id
              FROM gen_unfinished u CROSS JOIN generate_series(1, 3) AS s(step)) m
     WHERE CASE step WHEN 1 THEN true
                     WHEN 2 THEN number %% 2 = 0 AND NOT is_past
                     ELSE NOT is_past AND due_at > now() AT TIME ZONE 'UTC' END;
    DELETE FROM gen_message WHERE state != 'waiting' AND due_at > now() AT TIME ZONE 'UTC';
    ANALYZE gen_message;
"""


def generate(database, template, sizes):
    """Add the unfinished orders of all old carts, their messages and events.

    :param dict template: a cart's unfinished order, message and event, which the engine has made
    :param dict sizes: what `carts.generate` has returned
    """
    parameters = {**sizes, **template}
    with (
        say.timed("writing their unfinished orders and messages"),
        bulk.loading(database, *TABLES) as cr,
    ):
        cr.execute(SOURCE, parameters)
        parameters["first_unfinished"] = _add_unfinished(cr, parameters)
        _add_products(cr, parameters)
        cr.execute(MESSAGES, parameters)
        parameters["first_message"] = _add_messages(cr, parameters)
        _add_events(cr, parameters)
        _credit(cr, parameters)
        for table, name in (
            ("recovery_event", "event"),
            ("recovery_message", "message"),
            ("unfinished_order", "unfinished"),
        ):
            cr.execute(f"DELETE FROM {table} WHERE id = %({name})s", parameters)
        cr.execute(
            "DELETE FROM product_product_unfinished_order_rel"
            " WHERE unfinished_order_id = %(unfinished)s",
            parameters,
        )


def _add_unfinished(cr, parameters):
    phone = "'+1212' || lpad((gen.buyer %% 10000000)::text, 7, '0')"
    values = {
        "id": "%(first)s + gen.row",
        "name": "COALESCE(gen.cart_number, 'UO' || gen.name)",
        "order_id": "gen.order_id",
        "state": f"""CASE WHEN gen.is_past AND gen.order_id %% 3 = 1 THEN 'recovered'
                          WHEN gen.is_past THEN 'own_accord'
                          WHEN gen.number %% 50 = 0 THEN 'emptied'
                          WHEN gen.at < now() AT TIME ZONE 'UTC' - interval '{OPEN_DAYS} days'
                          THEN 'expired' ELSE 'open' END""",
        "partner_id": "gen.partner_id",
        "customer_name": "'Buyer ' || gen.buyer",
        "email": "gen.cart_email",
        "phone": phone,
        "customer_key": "'e:' || gen.cart_email",
        "lang": f"CASE WHEN gen.buyer %% 4 = 0 THEN '{LANGUAGE}' ELSE 'en_US' END",
        "activity_at": "gen.at",
        "create_date": "gen.at + interval '1 hour'",
        "write_date": "gen.at + interval '1 hour'",
        "quantity": "gen.quantity",
        "amount_total": "gen.amount_total",
        "amount_company": "gen.amount_total",
        "payment_failed": "gen.number %% 40 = 0",
        "made_by": """CASE gen.number %% 100 WHEN 1 THEN 'staff' WHEN 2 THEN 'robot' END""",
        "placed_order_id": "CASE WHEN gen.is_past THEN gen.order_id END",
        "placed_amount": "CASE WHEN gen.is_past THEN gen.amount_total END",
        "credit": """CASE WHEN gen.is_past AND gen.order_id %% 3 = 1 THEN 'clicked'
                          WHEN gen.is_past THEN 'own_accord' END""",
        "closed_at": """CASE WHEN gen.is_past THEN gen.at + interval '1 day'
                             ELSE gen.at + interval '30 days' END""",
    }
    source = "SELECT * FROM gen_unfinished"
    return bulk.clone(cr, "unfinished_order", parameters["unfinished"], source, values, parameters)


def _add_products(cr, parameters):
    cr.execute(
        """INSERT INTO product_product_unfinished_order_rel
                       (unfinished_order_id, product_product_id)
           SELECT DISTINCT %(first_unfinished)s + gen.row, l.product_id
             FROM gen_unfinished gen JOIN sale_order_line l ON l.order_id = gen.order_id""",
        parameters,
    )


def _add_messages(cr, parameters):
    left = "gen.state NOT IN ('waiting', 'skipped')"
    key = "md5('message' || gen.row)"
    values = {
        "id": "%(first)s + gen.row",
        "key": key,
        "state": "gen.state",
        "reason": "CASE gen.state WHEN 'skipped' THEN 'daily_limit' END",
        "unfinished_id": "%(first_unfinished)s + gen.unfinished_row",
        "step_id": "gen.step_id",
        "customer_key": "'e:' || gen.cart_email",
        "phone": "'+1212' || lpad((gen.buyer %% 10000000)::text, 7, '0')",
        # What was bought on a day of its own could share it with another of the buyer's carts.
        "local_day": f"CASE WHEN {left} AND NOT gen.is_past THEN gen.due_at::date END",
        "planned_for": "gen.at",
        "due_at": "gen.due_at",
        "create_date": "gen.at",
        "write_date": "gen.due_at",
        "sent_at": f"CASE WHEN {left} THEN gen.due_at + interval '3 minutes' END",
        "clicked_at": "CASE gen.state WHEN 'clicked' THEN gen.due_at + interval '2 hours' END",
        "address": "gen.cart_email",
        "lang": f"CASE WHEN gen.buyer %% 4 = 0 THEN '{LANGUAGE}' ELSE 'en_US' END",
        "subject": f"CASE WHEN {left} THEN 'You left something in your cart' END",
        "body": f"CASE WHEN {left} THEN '<p>Your cart is still here.</p>' END",
        "provider_ref": f"CASE WHEN {left} THEN '<' || {key} || '@shop.example.com>' END",
    }
    source = "SELECT * FROM gen_message"
    return bulk.clone(cr, "recovery_message", parameters["message"], source, values, parameters)


def _add_events(cr, parameters):
    values = {
        "id": "%(first)s + gen.event_row",
        "message_id": "%(first_message)s + gen.row",
        "kind": "gen.state",
        "at": "gen.due_at + interval '2 hours'",
        "create_date": "gen.due_at + interval '2 hours'",
    }
    source = """
        SELECT *, row_number() OVER (ORDER BY row) AS event_row FROM gen_message
         WHERE state IN ('clicked', 'delivered', 'bounced')"""
    bulk.clone(cr, "recovery_event", parameters["event"], source, values, parameters)


def _credit(cr, parameters):
    """Say which message has earned each recovered order."""
    cr.execute(
        """UPDATE unfinished_order u
              SET credit_message_id = %(first_message)s + gen.row,
                  credit_campaign_id = m.campaign_id, credit_at = m.clicked_at
             FROM gen_message gen
             JOIN recovery_message m ON m.id = %(first_message)s + gen.row
            WHERE u.id = %(first_unfinished)s + gen.unfinished_row
              AND u.credit = 'clicked' AND gen.step = 1""",
        parameters,
    )
