import hashlib
import hmac

from odoo import api, fields, models
from odoo.tools import SQL


class RecoveryBounce(models.Model):
    """Addresses that mails come back from, of messages that are deleted or have forgotten them.

    Nobody can read an address from here: only whether one that is given is among them. The digest
    is made with a key of the database's secret, so that nobody can try out addresses either.
    """

    _name = "recovery.bounce"
    _description = "Address Bounces"
    _rec_name = "digest"
    _log_access = False

    digest = fields.Char("Address", required=True, readonly=True)

    _once = models.UniqueIndex("(digest)")

    @api.model
    def _digest_sql(self, address, purpose=b"bounces"):
        """Return what is kept of an address, NULL for none.

        :param SQL address: the address
        :param bytes purpose: digests for different ones have nothing in common
        """
        key = hmac.digest(self.env["recovery.optout.token"]._key(), purpose, hashlib.sha256)
        return SQL("encode(sha256(%s || convert_to(NULLIF(%s, ''), 'UTF8')), 'hex')", key, address)

    @api.model
    def _keep_digests(self, messages):
        """Remember which addresses of these messages bounce, in one statement."""
        messages.flush_recordset(["address", "address_bounces"])
        query = """INSERT INTO recovery_bounce (digest)
                   SELECT DISTINCT %s FROM recovery_message m
                    WHERE m.id = ANY(%s) AND m.address_bounces AND m.address != '' ORDER BY 1
              ON CONFLICT DO NOTHING"""
        self.env.cr.execute(SQL(query, self._digest_sql(SQL("m.address")), list(messages._ids)))

    @api.model
    def _forget(self, addresses):
        """Forget that mails to these addresses came back: they are in use.

        :param list[str] addresses: normalised
        """
        domain = [("address_bounces", "=", True), ("address", "in", addresses)]
        self.env["recovery.message"].search(domain).address_bounces = False
        self._drop_digests(addresses)

    @api.model
    def _drop_digests(self, addresses):
        """Forget these addresses, in one statement."""
        digest = self._digest_sql(SQL("given.address"))
        query = """DELETE FROM recovery_bounce
                    WHERE digest IN (SELECT %s FROM unnest(%s::text[]) AS given(address))"""
        self.env.cr.execute(SQL(query, digest, list(addresses)))
        self.invalidate_model(flush=False)
