import binascii

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import hash_sign, verify_hash_signed

from ...tools.contact import mask_email, mask_phone

SCOPE = "website_sale_order_handling.reminders"
PAGE = "/shop/reminders"
MAX_TOKEN = 512
MAX_ID = 2**31  # PostgreSQL's integer


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    # Whoever opts out has few messages that could still leave, among millions that have left.
    _open_by_address = models.Index("(address) WHERE state IN ('waiting', 'sending')")


class RecoveryOptout(models.AbstractModel):
    """The way out of reminders: the link in every one of them, and what it does.

    The link names one reminder. It is signed and works for as long as we know that reminder: an
    unsubscribe link that expires would be none. It shows no more of the buyer than a masked
    address, and all that it can do is to write less to them.
    """

    _name = "recovery.optout"
    _description = "Opting Out of Reminders"

    # === The link ===#

    @api.model
    def _make_token(self, message):
        # sudo: the database's secret signs it
        return hash_sign(self.sudo().env, SCOPE, [message.id])

    @api.model
    def _make_url(self, message):
        """Return the absolute unsubscribe link of `message`, on its own website."""
        links = self.env["unfinished.order.link"]
        base = links._base_url_of(message.website_id) or message.get_base_url()
        return f"{base}{PAGE}/{self._make_token(message)}"

    @api.model
    def _headers(self, url):
        """Return the headers that let a mail program unsubscribe in one click (RFC 8058).

        :param str url: the unsubscribe link of the message
        :rtype: dict[str, str]
        """
        return {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    @api.model
    def _read_token(self, token):
        """Return the message (in sudo) that `token` stands for.

        :param str token: anything at all, it comes from the outside
        :return: an empty `recovery.message` when the token is garbage, when its message is gone,
            or when its person has been erased
        """
        # sudo: the buyer is a visitor
        messages = self.env["recovery.message"].sudo()
        try:
            payload = verify_hash_signed(self.sudo().env, SCOPE, str(token or "")[:MAX_TOKEN])
            (message_id,) = payload
        except (ValueError, TypeError, binascii.Error, OverflowError):
            return messages
        if not isinstance(message_id, int) or not 0 < message_id < MAX_ID:
            return messages
        return messages.browse(message_id).exists().filtered("address")

    @api.model
    def _urls_of(self, orders):
        """Return the unsubscribe link of the latest reminder of each cart that had one.

        :rtype: dict[sale.order, str]
        """
        # sudo: a seller who previews a mail need not be able to read all messages
        messages = self.env["recovery.message"].sudo()
        latest = messages._read_group(
            [("unfinished_id.order_id", "in", orders.ids), ("address", "!=", False)],
            ["unfinished_id"],
            ["id:max"],
        )
        return {
            unfinished.order_id: self._make_url(messages.browse(message_id))
            for unfinished, message_id in latest
        }

    @api.model
    def _kind(self, message):
        """Return what the message's address is: "email", "phone", or "" for anything else."""
        address = message.address or ""
        if "@" in address:
            return "email"
        return "phone" if address.startswith("+") else ""

    @api.model
    def _masked_address(self, message):
        """Return enough of the address for its owner to know it by, and for nobody else."""
        mask = mask_phone if self._kind(message) == "phone" else mask_email
        return mask(message.address)

    # === What the buyer can choose ===#

    @api.model
    def _choose(self, message, choice):
        """Stop the reminders of the message's cart ("cart"), or all advertising ("all").

        :param recovery.message message: in sudo
        :return: whether this has changed anything, and could hence be undone
        :rtype: bool
        """
        return self._stop_all(message) if choice == "all" else self._stop_cart(message)

    @api.model
    def _undo(self, message, choice):
        """Take back what `_choose` has just done, and plan again what was withdrawn for it."""
        if choice == "all":
            self._set_blacklisted(message, False)
            about, reason = [("address", "=", message.address)], "opted_out"
        else:
            message.unfinished_id.stopped_at = False
            about, reason = [("unfinished_id", "=", message.unfinished_id.id)], "stopped"
        withdrawn = message.search([*about, ("reason", "=", reason)])
        withdrawn.reason = "undone"
        unfinished = withdrawn.unfinished_id.filtered(lambda u: u.state == "open")
        unfinished._plan_next_reminders()

    @api.model
    def _stop_cart(self, message):
        unfinished = message.unfinished_id
        changed = not unfinished.stopped_at
        if changed:
            unfinished.stopped_at = fields.Datetime.now()
        unfinished.message_ids._withdraw("stopped")
        return changed

    @api.model
    def _stop_all(self, message):
        added = not self._is_blacklisted(message) and self._set_blacklisted(message, True)
        unsent = [("address", "=", message.address), ("state", "in", ("waiting", "sending"))]
        message.search(unsent)._withdraw("opted_out")
        return added

    # === Core's lists ===#

    @api.model
    def _blacklist(self, message):
        """Return core's list for this kind of address, and the name of its column."""
        # sudo: those lists belong to the system
        if self._kind(message) == "phone":
            return self.env["phone.blacklist"].sudo(), "number"
        return self.env["mail.blacklist"].sudo(), "email"

    @api.model
    def _is_blacklisted(self, message):
        blacklist, column = self._blacklist(message)
        return bool(blacklist.search_count([(column, "=", message.address)], limit=1))

    @api.model
    def _set_blacklisted(self, message, listed):
        """Put the message's address on core's list, or take it off.

        :return: whether it was done: not for an address of another kind, which has no list, and
            not when somebody else did it at this very moment
        """
        kind = self._kind(message)
        if not kind:
            return False
        blacklist, _column = self._blacklist(message)
        address = [message.address] if kind == "phone" else message.address
        note = (
            self.env._("Asked for in a reminder of an unfinished order.")
            if listed
            else self.env._("Taken back by the person who had just asked for it.")
        )
        try:
            with self.env.cr.savepoint():
                (blacklist._add if listed else blacklist._remove)(address, message=note)
        except psycopg2.errors.UniqueViolation:
            return False
        return True
