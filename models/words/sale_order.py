from odoo import api, fields, models


class SaleOrder(models.Model):
    """What templates may ask a cart for, besides what core knows of it."""

    _inherit = "sale.order"

    cart_optout_url = fields.Char(
        "Unsubscribe Link",
        compute="_compute_cart_optout_url",
        compute_sudo=True,
        help="Where the buyer stops the reminders: in a reminder, the link of that reminder.",
    )

    cart_personal_line = fields.Text(
        "Personal Line",
        compute="_compute_cart_personal_line",
        help="In a reminder that somebody sends by hand: what they have added to it.",
    )

    cart_top_product = fields.Char(
        "Most Valuable Product",
        compute="_compute_cart_top_product",
        compute_sudo=True,
        help="The product that is worth most of what can be had, for the subject of a mail; empty"
        " when nothing can be had.",
    )

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Let a subject name the product without Python, which core compiles for each mail anew."""
        return (*super().mail_allowed_qweb_expressions(), "object.cart_top_product")

    @api.depends("website_id")
    @api.depends_context("lang")
    def _compute_cart_top_product(self):
        mail = self.env["recovery.mail"]
        for order in self:
            order.cart_top_product = mail._top_product(order) if order.website_id else ""

    @api.depends("website_id")
    def _compute_cart_optout_url(self):
        urls = self._optout_urls()
        for order in self:
            order.cart_optout_url = urls.get(order, False)

    def _optout_urls(self):
        """Return the unsubscribe link of each cart, as far as there is one: who reminds has them.

        :rtype: dict[sale.order, str]
        """
        return {}

    @api.depends()
    def _compute_cart_personal_line(self):
        """Have none: it is given to a cart while one mail is rendered."""
        self.cart_personal_line = False
