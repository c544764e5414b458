import binascii
from datetime import timedelta

from odoo import api, models
from odoo.tools import verify_hash_signed

from ...tools.contact import mask_email, mask_phone
from .optout_token import LINK, MAX_TOKEN, PAGE

OLD_SCOPE = "website_sale_order_handling.reminders"
ADDRESS = "/shop/reminders"
MAIL_SUBJECT = "unsubscribe"
MAX_ID = 2**31  # PostgreSQL's integer
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
    def _headers(self, url, alias_domain_id=0):
        """Return the headers that let a mail program unsubscribe, in one click where it can.

        One click is RFC 8058. A mail to a catch-all address (RFC 2369) is for programs that know
        nothing else, see `_on_mail`.

        :param str url: the unsubscribe link of the message
        :param int alias_domain_id: whose catch-all address receives mails, 0 for none
        :rtype: dict[str, str]
        """
        ways = [f"<{url}>"]
        # sudo: the address is in every mail that the company sends
        domains = self.env["mail.alias.domain"].sudo()
        if mailbox := alias_domain_id and domains.browse(alias_domain_id).catchall_email:
            token = url.rpartition("/")[2]
            ways.append(f"<mailto:{mailbox}?subject={MAIL_SUBJECT}%20{token}>")
        return {
            "List-Unsubscribe": ", ".join(ways),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    @api.model
    def _on_mail(self, subject):
        """Stop everything when a mail with this subject asks for it, as in `_headers`.

        :param str subject: from the outside
        :return: whether it was such a mail
        :rtype: bool
        """
        word, *token = (subject or "").split() or [""]
        # A long subject may have been folded.
        message = self._read_token("".join(token)) if word.lower() == MAIL_SUBJECT else None
        if message:
            self._choose(message, "all")
        return bool(message)

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
