from odoo import api, fields, models
from odoo.tools import SQL


class UnfinishedOrderKeptProduct(models.Model):
    """What was in a cart that has been deleted, for as long as its unfinished order is there.

    It cannot be in the daily totals yet, where each row has an outcome: a copy of the cart, which
    the recovery link has filled, may still be ordered.
    """

    _name = "unfinished.order.kept.product"
    _description = "Product of a Deleted Cart"
    _rec_name = "product_id"
    _log_access = False

    unfinished_id = fields.Many2one(
        "unfinished.order", required=True, readonly=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one(
        "product.product", readonly=True, ondelete="set null", index="btree_not_null"
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    amount = fields.Float(readonly=True, digits=0, help="In the company's currency.")

    @api.model
    def _keep_of(self, unfinished):
        """Keep what is in the carts of these, which are about to go, in one statement."""
        self.env.flush_all()
        mine = SQL("u.id IN %s", unfinished._ids)
        self.env.cr.execute(
            SQL(
                """INSERT INTO unfinished_order_kept_product
                               (unfinished_id, product_id, quantity, amount)
                   SELECT unfinished_id, product_id, quantity, amount FROM (%s) figure""",
                self.env["unfinished.order.total"]._product_figures_sql(mine),
            )
        )
