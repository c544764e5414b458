from odoo import fields, models


class SmsSms(models.Model):
    _inherit = "sms.sms"

    # Odoo itself knows the company of an SMS only from the record whose chatter it stands in, and
    # reminders stand in none.
    reminder_company_id = fields.Many2one(
        "res.company",
        "Company of the Reminder",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="In whose name this reminder of an unfinished order leaves.",
    )
