from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get

from ...tools.schedule import known_tz


class Website(models.Model):
    """What reminders need to know about a website: its clock, and whom it may write to."""

    _inherit = "website"

    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        default=lambda self: self.env.company.partner_id.tz or self.env.user.tz,
        help="For buyers whose own time zone is not known. A customer's day is counted by it too.",
    )
    reminder_consent = fields.Selection(
        [
            ("opt_out", "Everybody, until they say no"),
            ("soft_opt_in", "Customers who have ordered before, and whoever agrees"),
            ("opt_in", "Only who agrees"),
        ],
        "Who Is Reminded",
        default="opt_out",
        required=True,
        help="What the law asks for depends on where you sell.",
    )

    def _recovery_tz(self):
        """Return the name of the website's time zone, for buyers whose own is not known."""
        self.ensure_one()
        return known_tz(self.tz) or known_tz(self.company_id.partner_id.tz) or "UTC"
