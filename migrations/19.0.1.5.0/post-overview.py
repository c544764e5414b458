"""Fill the margins of orders that reminders were credited with before margins were kept."""

from odoo import SUPERUSER_ID, api

from odoo.addons.website_sale_order_handling.orm.rows import update_rows

BATCH = 1000


def migrate(cr, version):
    """Bring existing rows up to date; a new installation (no version) has none."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """SELECT id FROM unfinished_order
            WHERE credit IS NOT NULL AND placed_order_id IS NOT NULL AND placed_margin IS NULL
         ORDER BY id"""
    )
    ids = [unfinished_id for (unfinished_id,) in cr.fetchall()]
    for first in range(0, len(ids), BATCH):
        _fill_margins(env["unfinished.order"].browse(ids[first : first + BATCH]))


def _fill_margins(unfinished):
    """Note what the orders leave: what products cost then is not known, so by what they cost now.

    Odoo's own module for margins has kept it, where it is installed.
    """
    update_rows(unfinished, [{"placed_margin": one._placed_margin()} for one in unfinished])
    unfinished.env.invalidate_all()
