from odoo import fields, models


class Website(models.Model):
    """What the checkout asks about reminders, in whose words."""

    _inherit = "website"

    reminder_consent_text = fields.Text(
        "Wording of Consent",
        translate=True,
        help="Beside the box by whose ticking a buyer agrees to reminders. Leave it empty for our"
        " sentence, which is translated.",
    )
    reminder_decline_text = fields.Text(
        "Wording of Refusal",
        translate=True,
        help="Beside the box by whose ticking a buyer refuses reminders. Leave it empty for our"
        " sentence, which is translated.",
    )

    def _sends_reminders(self):
        """Tell whether any campaign of this website is running."""
        # sudo: a shop's page may ask about the website's settings
        return any(self.sudo().recovery_campaign_ids.mapped("is_running"))

    def _consent_words(self, box):
        """Return the words beside the checkout's box, in the language of the page.

        :param str box: "agree" or "decline", as `sale.order._consent_box` tells
        :rtype: str
        """
        self.ensure_one()
        if box == "agree":
            shipped = self.env._("Remind me by e-mail if I do not finish my order")
            return (self.reminder_consent_text or "").strip() or shipped
        shipped = self.env._("Do not remind me of this order")
        return (self.reminder_decline_text or "").strip() or shipped
