from odoo import api, fields, models


class UnfinishedOrderErase(models.TransientModel):
    """Counts the messages among what is erased of a person."""

    _inherit = "unfinished.order.erase"

    message_count = fields.Integer("Messages", compute="_compute_what")

    @api.model
    def _counts_of(self, person, unfinished):
        counts = super()._counts_of(person, unfinished)
        return {**counts, "message_count": len(unfinished._messages_of(person))}

    @api.model
    def _say_erased(self, counts):
        return self.env._(
            "Erased. Unfinished orders: %(unfinished)s, messages: %(messages)s,"
            " other orders: %(orders)s, carts deleted: %(carts)s, guest contacts"
            " deleted: %(contacts)s.",
            **counts,
        )
