import binascii
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import verify_hash_signed

from ...tools.contact import mask_email, mask_phone
from .optout_token import LINK, MAX_TOKEN, PAGE, UNDO_ALL, UNDO_CART

OLD_SCOPE = "website_sale_order_handling.reminders"
ADDRESS = "/shop/reminders"
MAX_ID = 2**31  # PostgreSQL's integer
UNDO = {"cart": UNDO_CART, "all": UNDO_ALL}
UNDO_LASTS = timedelta(hours=1)
# A page may be left open for days; its buttons act on what it shows all the same.
PAGE_LASTS = timedelta(days=30)


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    # A buyer who opts out has few messages that could still leave, among millions that have left.
    _open_by_address = models.Index("(address) WHERE state IN ('waiting', 'sending')")


class RecoveryOptout(models.AbstractModel):
    """The way out of reminders: the link in every one of them, and what it does.

    The link names one reminder and, sealed, the address that it went to: see
    `recovery.optout.token`. It works for ever, also when cart and reminder have been deleted: an
    unsubscribe link that expires would be none. It shows no more of the buyer than a masked
    address, and all that it can do is to write less to them.

    Where the reminder is gone, or has been made to forget its person, the link still takes its own
    address off: a person who was erased may ask for that as well. Then "this cart" is not offered.
    """

    _name = "recovery.optout"
    _description = "Opting Out of Reminders"

    # === The link ===#

    @api.model
    def _make_token(self, message):
        return self._seal(LINK, message)

    @api.model
    def _make_page_token(self, message):
        """Return what the buttons of a page about `message` carry: the link's own token must not
        be in the page, where scripts of others could read it for good.
        """
        return self._seal(PAGE, message, lasts=PAGE_LASTS)

    @api.model
    def _make_undo_token(self, message, choice):
        """Return what takes back for a while what has just been chosen."""
        return self._seal(UNDO[choice], message, lasts=UNDO_LASTS)

    @api.model
    def _seal(self, kind, message, lasts=None):
        tokens = self.env["recovery.optout.token"]
        return tokens._seal(kind, message.id or 0, message.address, lasts)

    @api.model
    def _make_url(self, message):
        """Return the absolute unsubscribe link of `message`, on its own website."""
        links = self.env["unfinished.order.link"]
        base = links._base_url_of(message.website_id) or message.get_base_url()
        return f"{base}{ADDRESS}/{self._make_token(message)}"

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
        """Return the message (in sudo) that the link with `token` stands for.

        :param str token: anything at all, it comes from the outside
        :return: an empty `recovery.message` when the token is garbage; one that is in no database,
            and has an address only, when the message is gone or its person has been erased
        """
        return self._read(LINK, token) or self._read_old_token(token)

    @api.model
    def _read_page_token(self, token):
        """Return the message (in sudo) that the page with `token` was about."""
        return self._read(PAGE, token)

    @api.model
    def _read_undo_token(self, token):
        """Return the message (in sudo) and the choice that may still be taken back.

        :return: an empty `recovery.message` and "" when there is none
        :rtype: tuple[recovery.message, str]
        """
        for choice, kind in UNDO.items():
            if message := self._read(kind, token):
                return message, choice
        return message, ""

    @api.model
    def _read(self, kind, token):
        # sudo: the buyer is a visitor
        messages = self.env["recovery.message"].sudo()
        message_id, address = self.env["recovery.optout.token"]._open(kind, token)
        if not address:
            return messages
        message = messages.browse(message_id).exists() if message_id else messages
        return message if message.address == address else messages.new({"address": address})

    @api.model
    def _read_old_token(self, token):
        """Return the message that a link from before 19.0.1.2.0 names, as long as we know it."""
        # sudo: the buyer is a visitor; the database's secret has signed the link
        messages = self.env["recovery.message"].sudo()
        try:
            payload = verify_hash_signed(self.sudo().env, OLD_SCOPE, str(token or "")[:MAX_TOKEN])
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
    def _choices(self, message):
        """Return what may be chosen: nothing about a cart that we do not know any more."""
        return ("cart", "all") if message.unfinished_id else ("all",)

    @api.model
    def _choose(self, message, choice):
        """Stop the reminders of the message's cart ("cart"), or all advertising ("all").

        :param recovery.message message: in sudo
        :return: whether this has changed anything, and could hence be undone
        :rtype: bool
        """
        if choice not in self._choices(message):
            return False
        return self._stop_all(message) if choice == "all" else self._stop_cart(message)

    @api.model
    def _undo(self, message, choice):
        """Take back what `_choose` has just done, and plan again what was withdrawn for it."""
        if choice not in self._choices(message):
            return
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
