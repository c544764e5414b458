from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Some websites are a day ahead of the server's clock, others a day behind.
KEPT = timedelta(days=2)


class RecoveryTakenDay(models.Model):
    """Who has had the one message of a day, of messages that are deleted or have forgotten whom.

    Nobody can read a customer from here, as with `recovery.bounce`; and when the day is over
    everywhere, the row goes.
    """

    _name = "recovery.taken.day"
    _description = "Customers Who Have Got a Message"
    _rec_name = "digest"
    _log_access = False

    digest = fields.Char("Customer", required=True, readonly=True)
    local_day = fields.Date("Customer's Day", required=True, readonly=True)

    _once = models.UniqueIndex("(digest, local_day)")
    _by_day = models.Index("(local_day)")

    @api.model
    def _mark_sql(self, mark):
        """Return what is kept of one of the marks of `tools.contact`, NULL for none.

        :param SQL mark: the mark
        """
        return self.env["recovery.bounce"]._digest_sql(mark, b"days")

    @api.model
    def _keep_days(self, messages):
        """Remember the days that these messages have taken, as long as they last, in one go."""
        messages.flush_recordset(["customer_key", "local_day", "phone"])
        query = """INSERT INTO recovery_taken_day (digest, local_day)
                   SELECT DISTINCT %s, m.local_day FROM recovery_message m
               CROSS JOIN unnest(ARRAY[m.customer_key, 'tel:' || NULLIF(m.phone, '')]) AS mark
                    WHERE m.id = ANY(%s) AND m.local_day >= %s AND mark != '' ORDER BY 1, 2
              ON CONFLICT DO NOTHING"""
        given = list(messages._ids), self._first_day()
        self.env.cr.execute(SQL(query, self._mark_sql(SQL("mark")), *given))

    @api.model
    def _is_taken_sql(self, unfinished, day):
        """Return whether a message that is gone has taken the day of a customer.

        The same customer, as `tools.contact.rivals` tells.

        :param SQL unfinished: the table with what is known of the customer
        :param SQL day: the day
        """
        at_phone = SQL(
            "CASE WHEN %(u)s.customer_key LIKE %(by_email)s THEN 'p:' ELSE 'tel:' END"
            " || NULLIF(%(u)s.phone, '')",
            u=unfinished,
            by_email="e:%",
        )
        marks = (SQL("%s.customer_key", unfinished), at_phone)
        return SQL(
            "EXISTS (SELECT FROM recovery_taken_day gone"
            " WHERE gone.local_day = %s AND gone.digest IN (%s))",
            day,
            SQL(", ").join(map(self._mark_sql, marks)),
        )

    @api.model
    def _taken(self, marks, days):
        """Return what is kept of these marks and days.

        :rtype: dict[tuple[str, date], recovery.taken.day]
        """
        query = """SELECT given.mark, gone.local_day, gone.id
                     FROM unnest(%s::text[]) AS given(mark)
                     JOIN recovery_taken_day gone ON gone.digest = %s
                    WHERE gone.local_day = ANY(%s)"""
        given = SQL(query, sorted(marks), self._mark_sql(SQL("given.mark")), list(days))
        return {(mark, day): self.browse(id_) for mark, day, id_ in self.env.execute_query(given)}

    @api.model
    def _first_day(self):
        return fields.Date.today() - KEPT

    @api.autovacuum
    def _gc_days(self):
        """Forget the days that are over everywhere."""
        self.search([("local_day", "<", self._first_day())]).unlink()
