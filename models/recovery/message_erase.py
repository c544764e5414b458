from odoo import api, models
from odoo.fields import Domain

# What tells of a person; every other column is kept, so that totals hold.
PERSONAL_COLUMNS = (
    "customer_key",
    "phone",
    "address",
    "lang",
    "subject",
    "body",
    "detail",
    "personal_line",
    "hand_text",
)


class UnfinishedOrder(models.Model):
    """Erasing a person: the messages that we have written to them."""

    _inherit = "unfinished.order"

    def _erase_traces(self, person):
        messages = self._messages_of(person)
        messages._withdraw("erased")
        addresses = {*person.emails, *person.phones, *messages.mapped("address")} - {False}
        self.env["recovery.bounce"]._drop_digests(addresses)
        messages._erase()
        return {"messages": len(messages), **super()._erase_traces(person)}

    def _messages_of(self, person):
        """Return the messages about these unfinished orders, and others to the same address."""
        keys = [f"p:{phone}" for phone in person.phones_beside]
        to_them = Domain("address", "in", [*person.emails, *person.phones])
        to_them |= Domain("phone", "in", list(person.phones)) | Domain("customer_key", "in", keys)
        same_company = Domain("company_id", "in", person.companies.ids)
        about_these = Domain("unfinished_id", "in", self.ids)
        return self.env["recovery.message"].search(about_these | (same_company & to_them))


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    def _erase(self):
        """Forget to whom these messages went and what they said, also in the drivers' queues."""
        self.env["recovery.taken.day"]._keep_days(self)
        self.env["recovery.attempt"]._forget_whom(self)
        self._clear_queues()
        self.write(dict.fromkeys(self._personal_columns(), False))
        # What is leaving at this moment will be reported by this reference.
        self.filtered(lambda message: message.state != "sending").provider_ref = False

    @api.model
    def _personal_columns(self):
        """Return the columns that tell of a person: a room that adds such a column extends this."""
        return PERSONAL_COLUMNS
