import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from odoo import api, models

from ...tools.contact import only_number
from ...tools.short_code import decode, encode

STOP = "/stop"
PURPOSE = b"stop"
# 128 bits in letters and digits.
LENGTH, BLOCK = 22, 16
NUMBER = 7  # bytes, for the fifteen digits of E.164 and a mark before them


class RecoveryOptout(models.AbstractModel):
    """The way out in a text: a link that is short, because each letter of an SMS costs.

    It holds the number that it went to, and nothing else: one block of AES, encrypted by a key that
    is made of the database's secret, in which nine bytes of nothing tell a code of ours from any
    other. So it works for ever, and nothing has to be remembered about anybody for that.
    """

    _inherit = "recovery.optout"

    @api.model
    def _make_stop_url(self, message):
        """Return the absolute link by which who has got a text stops them."""
        links = self.env["unfinished.order.link"]
        base = links._base_url_of(message.website_id) or message.get_base_url()
        return f"{base}{STOP}/{self._make_stop_code(message.address)}"

    @api.model
    def _make_stop_code(self, number):
        """Return the code of a phone number in E.164, "" for what is none."""
        if not only_number(number):
            return ""
        value = int(f"1{number[1:]}")  # the mark keeps a zero at the beginning
        content = value.to_bytes(NUMBER, "big") + bytes(BLOCK - NUMBER)
        encryptor = self._stop_cipher().encryptor()
        return encode(encryptor.update(content) + encryptor.finalize(), LENGTH)

    @api.model
    def _read_stop_code(self, code):
        """Return a message that stands for the number of a code, in no database and in sudo.

        :param str code: anything at all, it comes from the outside
        :return: an empty `recovery.message` when it is none of ours
        """
        # sudo: the buyer is a visitor
        messages = self.env["recovery.message"].sudo()
        sealed = decode(str(code or ""), LENGTH, BLOCK)
        if not sealed:
            return messages
        decryptor = self._stop_cipher().decryptor()
        content = decryptor.update(sealed) + decryptor.finalize()
        if any(content[NUMBER:]):
            return messages
        number = only_number(f"+{str(int.from_bytes(content[:NUMBER], 'big'))[1:]}")
        return messages.new({"address": number}) if number else messages

    @api.model
    def _stop_cipher(self):
        key = hmac.digest(self.env["recovery.optout.token"]._key(), PURPOSE, hashlib.sha256)
        return Cipher(algorithms.AES(key), modes.ECB())  # of one single block
