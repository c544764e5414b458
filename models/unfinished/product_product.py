from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _on_taken_out(self, carts):
        result = super()._on_taken_out(carts)
        self.env["unfinished.order.contents"]._on_products_gone(carts)
        return result
