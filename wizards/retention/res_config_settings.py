from odoo import api, fields, models
from odoo.tools import format_date


class ResConfigSettings(models.TransientModel):
    """How long carts are kept, what that means now, and what has been deleted so far."""

    _inherit = "res.config.settings"

    cart_retention = fields.Selection(
        related="website_id.cart_retention", readonly=False, required=True
    )
    cart_retention_days = fields.Integer(related="website_id.cart_retention_days", readonly=False)
    cart_retention_note = fields.Char(compute="_compute_cart_retention_note")
    cart_erased_note = fields.Char(compute="_compute_cart_erased")
    cart_kept_count = fields.Integer(compute="_compute_cart_erased")

    @api.depends("website_id", "cart_retention", "cart_retention_days")
    def _compute_cart_retention_note(self):
        """Say how many carts go and when, before anything is saved."""
        for settings in self:
            settings.cart_retention_note = settings._retention_note()

    def _retention_note(self):
        website, chosen = self.website_id, self._chosen_retention_days()
        if not website or not chosen:
            return False
        begins = website._retention_begins(chosen)
        count = website._count_old_carts(chosen, begins)
        if not begins:
            return self.env._(
                "Carts that are old enough, and go with the next nightly run: %(count)s",
                count=f"{count:,}",
            )
        return self.env._(
            "Deletion begins on %(date)s. Carts that will be old enough then, unless somebody"
            " changes them: %(count)s",
            date=format_date(self.env, begins),
            count=f"{count:,}",
        )

    def _chosen_retention_days(self):
        """Return the days that the screen shows, saved or not, 0 for never."""
        self.ensure_one()
        if self.cart_retention == "other":
            return max(self.cart_retention_days, 0)
        return 0 if self.cart_retention == "never" else int(self.cart_retention or 0)

    @api.depends("website_id")
    def _compute_cart_erased(self):
        # sudo: an administrator of the website sees numbers only
        erasures = self.env["unfinished.order.erasure"].sudo()
        for settings in self:
            found = erasures.search([("website_id", "=", settings.website_id.id)])
            settings.cart_erased_note = found._summary() if found.last_at else False
            settings.cart_kept_count = settings.website_id._count_kept_carts()

    def action_open_kept_carts(self):
        """Show the old carts that could not be deleted, each with its reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Carts That Could Not Be Deleted"),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "views": [
                (self.env.ref("website_sale_order_handling.kept_cart_view_list").id, "list"),
                (False, "form"),
            ],
            "domain": self.website_id._kept_carts_domain(),
        }
