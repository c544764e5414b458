from odoo import api, models
from odoo.tools import SQL


class UnfinishedOrder(models.Model):
    """The contents of the carts, for a batch of them at a time."""

    _inherit = "unfinished.order"

    @api.model
    def _lines_of_carts_sql(self, ids):
        """Return the lines `l` that buyers see in the carts of unfinished orders, as a table.

        Cart by cart, for which there is an index, and before anything else: without OFFSET 0,
        PostgreSQL reads all lines of a smaller shop, or all products for each of the carts.

        :param list[int] ids: of unfinished orders
        """
        return SQL(
            """(SELECT u.id AS unfinished_id, u.website_id, line.*
                  FROM unfinished_order u
            CROSS JOIN LATERAL (SELECT l.id, l.order_id, l.product_id
                                  FROM sale_order_line l
                                 WHERE l.order_id = u.order_id AND %s
                                OFFSET 0) line
                 WHERE u.id = ANY(%s)
                OFFSET 0) l""",
            self.env["sale.order.line"]._cart_product_sql(),
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

    @api.model
    def _on_cart_edited(self, orders):
        """Show at once what colleagues have made of carts; a buyer's change is seen when idle.

        :param sale.order orders: changed just now
        :return: the open unfinished orders of those that are carts
        """
        known = self._of_orders(orders.filtered("cart_activity_at"))
        edited = known.filtered(lambda u: u.state == "open" and u.order_id in orders)
        self.env["unfinished.order.contents"]._refresh(edited, edited_by=self.env.uid)
        return edited
