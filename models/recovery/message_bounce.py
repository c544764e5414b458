from odoo import api, fields, models
from odoo.tools import SQL


class RecoveryMessage(models.Model):
    """Addresses that mails come back from: nothing more is sent there, about any cart.

    What counts is the address. A buyer who gives another one is written to again, and so is the
    same one once a mail has come from it. (Odoo counts bounces too, but of contacts, and a change
    of address does not matter to it; it stops at none.)
    """

    _inherit = "recovery.message"

    address_bounces = fields.Boolean(
        readonly=True,
        help="This message came back or was refused, for a reason that does not pass. Nothing is"
        " sent to the address until a mail comes from it.",
    )

    _bouncing = models.Index("(address) WHERE address_bounces")

    @api.model
    def _bounces_sql(self, address):
        """Return whether mails to an address come back; `_address_bounces` tells the same.

        :param SQL address: the address
        """
        return SQL(
            """(EXISTS (SELECT FROM recovery_message back
                         WHERE back.address_bounces AND back.address = NULLIF(%s, ''))
                OR EXISTS (SELECT FROM recovery_bounce kept WHERE kept.digest = %s))""",
            address,
            self.env["recovery.bounce"]._digest_sql(address),
        )

    @api.model
    def _address_bounces(self, address):
        """Tell whether mails to `address` come back."""
        self.flush_model(["address", "address_bounces"])
        bounces = self._bounces_sql(SQL("%s", address or ""))
        return self.env.execute_query(SQL("SELECT %s", bounces)) == [(True,)]

    def _note_address_bounces(self):
        """Note that nothing arrives where these messages went."""
        # What the buyer has clicked has arrived, whatever is reported afterwards.
        lost = self.filtered(lambda message: message.state in ("bounced", "failed"))
        lost.address_bounces = True

    @api.model
    def _on_mail_from(self, address):
        """Note that a mail has come from `address`: it is in use.

        :param str address: normalised
        """
        # sudo: incoming mail is handled in anybody's name
        self.env["recovery.bounce"].sudo()._forget([address])

    def action_write_again(self):
        """Send to the addresses of these messages again: a person says that they are in use."""
        self._ensure_may_retry()
        # sudo: nobody edits messages; an address is one in all companies
        bounces = self.env["recovery.bounce"].sudo()
        bounces._forget([address for address in self.mapped("address") if address])
        return {"type": "ir.actions.client", "tag": "soft_reload"}
