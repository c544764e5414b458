from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cart_idle_hours = fields.Float(related="website_id.cart_idle_hours", readonly=False)
    cart_link_days = fields.Integer(related="website_id.cart_link_days", readonly=False)
    cart_capture_contact = fields.Boolean(related="website_id.cart_capture_contact", readonly=False)

    def action_open_abandoned_cart_mail_template(self):
        """Open the template that this website uses, not always the one that Odoo shipped."""
        action = super().action_open_abandoned_cart_mail_template()
        template = self.website_id.cart_recovery_mail_template_id
        return {**action, "res_id": template.id} if template else action

    def action_open_recovery_campaign(self):
        self.ensure_one()
        campaign = self.website_id._ensure_default_recovery_campaign()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Campaign"),
            "res_model": "recovery.campaign",
            "res_id": campaign.id,
            "view_mode": "form",
        }
