from odoo import models
from odoo.tools import SQL


class UnfinishedOrder(models.Model):
    """The products in the carts, for a batch of them at a time."""

    _inherit = "unfinished.order"

    @staticmethod
    def _line_in_cart_sql():
        """Return which order lines `l` a buyer sees as the content of the cart."""
        return SQL(
            "l.product_id IS NOT NULL AND l.display_type IS NULL"
            " AND l.is_delivery IS NOT TRUE AND l.reward_id IS NULL AND l.combo_item_id IS NULL"
        )

    @classmethod
    def _lines_of_carts_sql(cls, ids):
        """Return the lines `l` that buyers see in the carts of unfinished orders, as a table.

        Cart by cart, for which there is an index, and before anything else: without OFFSET 0,
        PostgreSQL reads all lines of a smaller shop, or all products for each of the carts.

        :param list[int] ids: of unfinished orders
        """
        return SQL(
            """(SELECT u.id AS unfinished_id, line.*
                  FROM unfinished_order u
            CROSS JOIN LATERAL (SELECT l.order_id, l.product_id
                                  FROM sale_order_line l
                                 WHERE l.order_id = u.order_id AND %s
                                OFFSET 0) line
                 WHERE u.id = ANY(%s)
                OFFSET 0) l""",
            cls._line_in_cart_sql(),
            ids,
        )

    def _refresh_products(self):
        """Write the products of a batch of carts in two statements, however many carts."""
        if not self:
            return
        self.flush_model(["order_id"])
        self.env.cr.execute(
            SQL(
                "DELETE FROM product_product_unfinished_order_rel WHERE unfinished_order_id IN %s",
                tuple(self.ids),
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO product_product_unfinished_order_rel
                               (unfinished_order_id, product_product_id)
                   SELECT DISTINCT l.unfinished_id, l.product_id FROM %s""",
                self._lines_of_carts_sql(self.ids),
            )
        )
        self.invalidate_recordset(["product_ids"], flush=False)
