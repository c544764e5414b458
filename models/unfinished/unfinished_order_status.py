from odoo import api, fields, models


class UnfinishedOrderStatus(models.AbstractModel):
    """What one column says of an unfinished order beside its state, read for a page at a time.

    at            when it came to its end
    dots          what was sent, one by one: `tone`, `title`, `at`
    next          when something happens by itself
    note          what happens next, or why nothing does, in full
    alert         what a person should look at
    """

    _name = "unfinished.order.status"
    _description = "Status of Unfinished Orders"

    @api.model
    def _depends_on(self):
        """Return which fields of an unfinished order change its status."""
        return ["state", "closed_at", "payment_failed", "made_by"]

    @api.model
    def _of(self, unfinished):
        """Return the status of each of `unfinished`; the rooms above extend this.

        :rtype: dict[unfinished.order, dict]
        """
        return {
            one: {
                "at": fields.Datetime.to_string(one.closed_at),
                "dots": [],
                "next": False,
                "note": self._made_by_note(one),
                "alert": one.state == "open"
                and one.payment_failed
                and self.env._("Payment failed"),
            }
            for one in unfinished
        }

    @api.model
    def _made_by_note(self, one):
        notes = {
            "staff": self.env._("Made by staff: gets no reminders"),
            "robot": self.env._("Probably made by a robot: gets no reminders"),
        }
        return notes.get(one.made_by, False)
