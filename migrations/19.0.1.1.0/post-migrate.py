"""Fill what 19.0.1.0.0 did not keep: whom a message is for and on which day, and what it earned.

Without it the daily limit would not know yesterday's messages, staff's carts would be reminded, and
orders placed so far would be missing from what campaigns have earned.
"""

from odoo import SUPERUSER_ID, api, fields
from odoo.tools import SQL

from odoo.addons.website_sale_order_handling.orm.rows import update_rows
from odoo.addons.website_sale_order_handling.tools import schedule
from odoo.addons.website_sale_order_handling.tools.status import MESSAGE_UNSENT_STATES

BATCH = 10_000
ORDERS = 500
# Today's messages count, wherever today is.
COUNTED_DAYS = "2 days"


def migrate(cr, version):
    """Fill the new columns of existing rows; a new installation (no version) has none."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    _fill_customer_keys(env)
    _fill_makers(env)
    _fill_days(env)
    env.invalidate_all()
    _fill_credits(env)


def _in_batches(env, table, query, **values):
    """Run `query` for one range of ids after the other, so that no statement takes for ever."""
    env.flush_all()
    bounds = SQL("SELECT min(id), max(id) FROM %s", SQL.identifier(table))
    first, last = env.execute_query(bounds)[0]
    for start in range(first, last + 1, BATCH) if last else ():
        env.cr.execute(SQL(query, start=start, end=start + BATCH, **values))


def _fill_customer_keys(env):
    """Let messages know their customer, as `tools.contact.customer_key` does."""
    _in_batches(
        env,
        "unfinished_order",
        """UPDATE unfinished_order
              SET customer_key = COALESCE('e:' || NULLIF(email, ''), 'p:' || NULLIF(phone, ''),
                                          'c:' || partner_id)
            WHERE id >= %(start)s AND id < %(end)s AND COALESCE(customer_key, '') = ''""",
    )
    _in_batches(
        env,
        "recovery_message",
        """UPDATE recovery_message m
              SET customer_key = NULLIF(u.customer_key, ''), phone = NULLIF(u.phone, '')
             FROM unfinished_order u
            WHERE u.id = m.unfinished_id AND m.customer_key IS NULL
              AND m.id >= %(start)s AND m.id < %(end)s""",
    )


def _fill_makers(env):
    """Mark open carts of staff, and note the time zone of buyers with an account."""
    _in_batches(
        env,
        "unfinished_order",
        """UPDATE unfinished_order u
              SET tz = COALESCE(u.tz, p.tz),
                  made_by = CASE WHEN account.is_staff THEN 'staff' ELSE u.made_by END
             FROM res_partner p
             JOIN (SELECT partner_id, bool_or(NOT share) AS is_staff
                     FROM res_users WHERE active GROUP BY partner_id) account
               ON account.partner_id = p.id
            WHERE u.partner_id = p.id AND u.state = 'open'
              AND u.id >= %(start)s AND u.id < %(end)s""",
    )


def _fill_days(env):
    """Let the messages of today use up the one message that each customer may get today.

    Where several have left to one customer, the first holds the day: the index allows but one.
    """
    for website in env["website"].search([]):
        env.cr.execute(
            SQL(
                """WITH left_at AS (
                          SELECT id, customer_key, phone,
                                 (COALESCE(sent_at, %(now)s) AT TIME ZONE 'UTC'
                                  AT TIME ZONE %(tz)s)::date AS day
                            FROM recovery_message
                           WHERE website_id = %(website)s AND state NOT IN %(stayed)s
                             AND customer_key IS NOT NULL
                             AND COALESCE(sent_at, %(now)s) > %(now)s - %(counted)s::interval),
                        ranked AS (
                          SELECT id, day,
                                 row_number() OVER (PARTITION BY customer_key, day ORDER BY id)
                                     AS of_customer,
                                 row_number() OVER (PARTITION BY phone, day ORDER BY id)
                                     AS of_phone, phone, customer_key
                            FROM left_at)
                   UPDATE recovery_message m SET local_day = r.day
                     FROM ranked r
                    WHERE m.id = r.id AND r.of_customer = 1
                      AND (r.of_phone = 1 OR r.phone IS NULL)
                      AND NOT EXISTS (SELECT 1 FROM recovery_message d
                                       WHERE d.local_day = r.day
                                         AND (d.customer_key = r.customer_key
                                              OR d.phone = r.phone))""",
                now=fields.Datetime.now(),
                tz=schedule.known_tz(website._shop_tz()) or "UTC",
                website=website.id,
                stayed=MESSAGE_UNSENT_STATES,
                counted=COUNTED_DAYS,
            )
        )


def _fill_credits(env):
    """Say what earned the orders placed so far, by the rules that now hold."""
    unfinished = env["unfinished.order"]
    placed = unfinished.search(
        [
            ("placed_order_id.placed_at", "!=", False),
            ("state", "in", ("recovered", "own_accord")),
            ("credit", "=", False),
        ]
    )
    by_order = placed.grouped("placed_order_id")
    orders = placed.placed_order_id
    # States stay as they were reported; a credit is only added to them.
    kept = ("credit", "credit_at", "credit_message_id", "credit_campaign_id")
    for start in range(0, len(orders), ORDERS):
        some = orders[start : start + ORDERS]
        outcomes = unfinished._outcomes({order: by_order[order] for order in some})
        update_rows(
            unfinished.concat(*outcomes),
            [{name: vals[name] for name in kept} for vals in outcomes.values()],
        )
        unfinished._count_revenue(some)
        env.invalidate_all()
