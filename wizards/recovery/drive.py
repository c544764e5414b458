from odoo import api, fields, models


class RecoveryDrive(models.TransientModel):
    """Asks which cart is to go through a whole campaign, to the user's own address."""

    _name = "recovery.drive"
    _description = "Test Drive of a Campaign"

    campaign_id = fields.Many2one("recovery.campaign", required=True, ondelete="cascade")
    website_id = fields.Many2one(related="campaign_id.website_id", related_sudo=False)
    unfinished_id = fields.Many2one(
        "unfinished.order",
        "Cart",
        domain="[('website_id', '=', website_id), ('state', '=', 'open'),"
        " ('order_id', '!=', False)]",
        ondelete="cascade",
        help="Empty: the latest one that was left, or a sample in a shop without any.",
    )
    step_ids = fields.One2many(related="campaign_id.step_ids", related_sudo=False)
    address = fields.Char("To", compute="_compute_address")

    @api.depends_context("uid")
    def _compute_address(self):
        self.address = self.env.user.email_normalized

    def action_drive(self):
        """Send the whole sequence, and say what was sent."""
        self.ensure_one()
        self.unfinished_id.check_access("read")
        problems = self.campaign_id._drive(self.unfinished_id)
        text = self.env._(
            "Tests of “%(campaign)s” are on their way to %(address)s: %(count)s.",
            campaign=self.campaign_id.name,
            address=self.address,
            count=len(self.campaign_id.step_ids) - len(problems),
        )
        if problems:
            text = f"{text}\n{self.campaign_id._words_on_problems(problems)}"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if problems else "success",
                "sticky": bool(problems),
                "message": text,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
