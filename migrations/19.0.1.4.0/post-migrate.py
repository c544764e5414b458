"""Let carts of which staff have made quotations in an early version say so, as later ones do."""

from odoo.tools import SQL


def migrate(cr, version):
    """Bring existing rows up to date; a new installation (no version) has none."""
    if not version:
        return
    # An order's number was all that told of it. A colleague may merely have looked at the mail:
    # nobody can tell any more, and a quotation must not be deleted.
    cr.execute(
        SQL(
            """UPDATE sale_order
                  SET cart_quoted_at = COALESCE(write_date, create_date)
                WHERE state IN ('draft', 'cancel') AND cart_quoted_at IS NULL
                  AND placed_at IS NULL AND website_id IS NOT NULL
                  AND cart_activity_at IS NOT NULL AND cart_number != name"""
        )
    )
