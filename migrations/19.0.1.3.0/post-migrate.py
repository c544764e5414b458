"""Let unfinished orders know their salespeople, who alone may see them from now on."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

BATCH = 10_000


def migrate(cr, version):
    """Bring existing rows up to date; a new installation (no version) has none."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    _fill_salespeople(env)


def _fill_salespeople(env):
    """Note the salesperson of the order that each became, else of its cart."""
    first, last = env.execute_query(SQL("SELECT min(id), max(id) FROM unfinished_order"))[0]
    for start in range(first, last + 1, BATCH) if last else ():
        env.cr.execute(
            SQL(
                """UPDATE unfinished_order u SET user_id = o.user_id
                     FROM sale_order o
                    WHERE o.id = COALESCE(u.placed_order_id, u.order_id)
                      AND u.user_id IS DISTINCT FROM o.user_id
                      AND u.id >= %s AND u.id < %s""",
                start,
                start + BATCH,
            )
        )
