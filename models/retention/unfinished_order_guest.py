from odoo import api, models
from odoo.tools import SQL, ormcache

from ...orm.batches import isolate

# The contacts asked about: spelled out once, and not for each of a hundred tables.
GIVEN = SQL("(SELECT ids FROM given)::int[]")


class UnfinishedOrder(models.Model):
    """Guests: contacts that were made for a cart, and that go with it."""

    _inherit = "unfinished.order"

    @api.model
    def _unlink_guests(self, contacts):
        """Delete those contacts that were made for a cart and that nothing refers to any more.

        :return: how many were deleted
        :rtype: int
        """
        visitors = self.env["website"]._all_shops().user_id.partner_id
        users = contacts.with_context(active_test=False).filtered("user_ids")
        guests = self._without_references(contacts - users - visitors)
        # One that something keeps after all, which has its reasons, keeps no other one.
        kept = []
        isolate(guests, lambda some: some.unlink(), lambda guest, _error: kept.append(guest))
        return len(guests) - len(kept)

    @api.model
    def _guests_of(self, carts):
        """Return the contacts that visitors have made at the checkout of these carts.

        An address goes with the guest whose address it is: the address book of a customer who
        stays, stays whole.
        """
        visitors = self.env["website"]._all_shops().user_id
        contacts = carts.partner_id | carts.partner_invoice_id | carts.partner_shipping_id
        made = contacts.filtered(lambda contact: contact.create_uid in visitors)
        return made.filtered(lambda contact: not contact.parent_id or contact.parent_id in made)

    @api.model
    def _without_references(self, contacts):
        """Return those contacts that no row of any table refers to, except by each other."""
        self.env.flush_all()
        columns = self._columns_that_refer_to_contacts()
        among_contacts = [column for column in columns if column[0] == "res_partner"]
        while contacts and (referred := self._referred(columns, contacts)):
            contacts = contacts.filtered(lambda contact, ids=referred: contact.id not in ids)
            columns = among_contacts  # only what is kept by now can refer to others anew
        return contacts

    @api.model
    @ormcache()
    def _columns_that_refer_to_contacts(self):
        """Return table and column of every foreign key to the contacts, of whatever addon.

        :rtype: tuple[tuple[str, str]]
        """
        return tuple(
            self.env.execute_query(
                SQL(
                    """SELECT t.relname, a.attname
                         FROM pg_constraint c
                         JOIN pg_class t ON t.oid = c.conrelid
                         JOIN pg_attribute a
                           ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                        WHERE c.contype = 'f' AND c.confrelid = 'res_partner'::regclass"""
                )
            )
        )

    @api.model
    def _referred(self, columns, contacts):
        """Return the ids of those contacts that something else refers to, in one query."""
        parts = [
            SQL(
                "SELECT %(column)s AS id FROM %(table)s WHERE %(column)s = ANY(%(given)s) %(own)s",
                column=SQL.identifier(column),
                table=SQL.identifier(table),
                given=GIVEN,
                own=SQL("AND id != ALL(%s)", GIVEN) if table == "res_partner" else SQL(),
            )
            for table, column in columns
        ]
        query = SQL(
            "WITH given AS (SELECT %s AS ids) SELECT DISTINCT id FROM (%s) reference",
            list(contacts._ids),
            SQL(" UNION ALL ").join(parts),
        )
        return {row[0] for row in self.env.execute_query(query)}
