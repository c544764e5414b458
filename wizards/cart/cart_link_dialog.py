from odoo import api, fields, models


class CartLinkDialog(models.AbstractModel):
    """A dialog of Odoo's in which staff make a link to a record, which may be a customer's cart.

    The cart becomes a quotation when the dialog is saved; before, it says so.
    """

    _name = "sale.order.link.dialog"
    _description = "Link to a Cart"

    is_cart = fields.Boolean(compute="_compute_cart_notice")
    cart_notice = fields.Text(compute="_compute_cart_notice")

    @api.depends("res_model", "res_id")
    def _compute_cart_notice(self):
        for dialog in self:
            cart = dialog._cart()
            dialog.is_cart = bool(cart)
            dialog.cart_notice = cart._words_about_a_link() if cart else False

    def _cart(self):
        self.ensure_one()
        return self.env["sale.order"]._cart_of_link(self.res_model, self.res_id)

    def _on_saved(self):
        """Make quotations of the carts; the dialogs call this when they are saved."""
        for dialog in self:
            dialog._cart()._make_quotations()
        self.invalidate_recordset()
        return self
