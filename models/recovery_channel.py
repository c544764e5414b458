from odoo import api, fields, models

from ..drivers.base import Account


class RecoveryChannel(models.Model):
    """A connected account through which reminders leave. Its driver knows how."""

    _name = "recovery.channel"
    _description = "Recovery Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    driver = fields.Selection(
        selection="_selection_driver", required=True, default="recovery.driver.dry_run"
    )
    sender = fields.Char(
        help="Leave empty to send in the name of the template's sender or the company."
    )

    @api.model
    def _selection_driver(self):
        names = self.env.registry.descendants(["recovery.driver"], "_inherit") - {"recovery.driver"}
        return sorted((name, self.env[name]._title) for name in names)

    @api.model
    def _default_channel(self):
        """Return the e-mail channel that is shipped, or the first there is."""
        shipped = self.env.ref(
            "website_sale_order_handling.channel_email", raise_if_not_found=False
        )
        return shipped or self.search([], limit=1)

    def _driver(self):
        self.ensure_one()
        return self.env[self.driver]

    def _account(self):
        self.ensure_one()
        return Account(sender=self.sender or "")
