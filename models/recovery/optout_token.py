import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from odoo import api, fields, models

SCOPE = b"website_sale_order_handling.reminders"
MAX_TOKEN = 512
NONCE = 12
HEAD = 8  # id of the message and time of expiry, four bytes each

# What a token may be used for. A token of one kind is none of another.
LINK = b"link"  # in a mail: for ever
PAGE = b"page"  # in the buttons of a page


class OptoutToken(models.AbstractModel):
    """Tokens of the way out of reminders: sealed, so that they need nobody to remember them.

    A token holds the number of a reminder and the address that it went to. The address is what has
    to be left alone, also years later, when the cart and the reminder have been deleted; and to
    keep it here for that day is what nobody may do. So the recipient keeps it, in their own mail,
    encrypted by a key that is made of the database's secret (AES-GCM, RFC 5116). The nonce is made
    of the content: the same link is the same text each time, and two contents never share one.
    """

    _name = "recovery.optout.token"
    _description = "Token of the Unsubscribe Link"

    @api.model
    def _seal(self, kind, message_id, address, lasts=None):
        """Return a token that `_open` reads.

        :param bytes kind: what it may be used for
        :param int message_id: id of the reminder
        :param str address: to which the reminder went
        :param timedelta lasts: for how long it works; for ever when not given
        :rtype: str
        """
        until = int((fields.Datetime.now() + lasts).timestamp()) if lasts else 0
        head = message_id.to_bytes(4, "big") + until.to_bytes(4, "big")
        content = head + (address or "").encode()
        key = self._key()
        nonce = hmac.digest(key, kind + b"\0" + content, hashlib.sha256)[:NONCE]
        sealed = nonce + AESGCM(key).encrypt(nonce, content, kind)
        return self._encode(sealed)

    @api.model
    def _open(self, kind, token):
        """Return the id of the reminder and the address that `token` holds.

        :param bytes kind: what it is to be used for
        :param str token: anything at all, it comes from the outside
        :return: ``(0, "")`` when it is none of ours, of another kind, or too old
        :rtype: tuple[int, str]
        """
        sealed = self._decode(token)
        try:
            content = AESGCM(self._key()).decrypt(sealed[:NONCE], sealed[NONCE:], kind)
        except (ValueError, InvalidTag):  # a ValueError: it is too short
            return 0, ""
        until = int.from_bytes(content[4:HEAD], "big")
        if until and until < fields.Datetime.now().timestamp():
            return 0, ""
        return int.from_bytes(content[:4], "big"), content[HEAD:].decode()

    @staticmethod
    def _encode(sealed):
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    @classmethod
    def _decode(cls, token):
        """Return the bytes of a token; none of what is not spelled exactly as `_encode` does."""
        if not isinstance(token, str) or len(token) > MAX_TOKEN:
            return b""
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return b""
        return sealed if cls._encode(sealed) == token else b""

    @api.model
    def _key(self):
        # sudo: the database's secret; it never leaves the server
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return hmac.digest(secret.encode(), SCOPE, hashlib.sha256)
