from odoo import api, models
from odoo.tools import SQL

from ...orm.memory import asked_once


class RecoveryMail(models.AbstractModel):
    """Which products have a picture, asked once for a batch of mails."""

    _inherit = "recovery.mail"

    @api.model
    def _has_image(self, product):
        """Tell whether a product has a picture, its own or that of its template."""
        known = self._known_images()
        if product.id not in known:
            ids = [id_ for id_ in {product.id, *product._prefetch_ids} if id_]
            with_image = self._ids_with_image(ids)
            known.update((id_, id_ in with_image) for id_ in ids)
        return known[product.id]

    @api.model
    @asked_once(in_each_language=False)
    def _known_images(self):
        """Return of which products it is known whether they have a picture, by their ids."""
        return {}

    @api.model
    def _ids_with_image(self, product_ids):
        """Return which of these products have a picture, from where Odoo stores it."""
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id
                     FROM product_product p
                     JOIN ir_attachment a
                       ON a.res_model = 'product.product' AND a.res_id = p.id
                          AND a.res_field = 'image_variant_1920'
                       OR a.res_model = 'product.template' AND a.res_id = p.product_tmpl_id
                          AND a.res_field = 'image_1920'
                    WHERE p.id IN %s""",
                tuple(product_ids),
            )
        )
        return {product_id for (product_id,) in rows}
