from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ...orm.batches import claim

BEGINNING = fields.Datetime.to_datetime("1900-01-01")
CART_STATES = ("draft", "cancel")


class UnfinishedOrderErasure(models.Model):
    """What of a website's old carts has been erased, and how far the current round has come.

    The worker that holds this row erases the website's carts: several workers share the websites.
    The row without a website is for what is left of websites that have been deleted.
    """

    _name = "unfinished.order.erasure"
    _description = "Deletion of Old Carts"
    _rec_name = "website_id"

    website_id = fields.Many2one("website", readonly=True, ondelete="cascade")
    cart_count = fields.Integer("Carts", readonly=True)
    unfinished_count = fields.Integer("Unfinished Orders", readonly=True)
    message_count = fields.Integer("Messages", readonly=True)
    contact_count = fields.Integer("Guest Contacts", readonly=True)
    placed_count = fields.Integer("Buyers Forgotten, Orders Kept", readonly=True)
    last_at = fields.Datetime("Last Deletion", readonly=True)

    # A keyset, not an offset: what had to be kept is not looked at again in the same round.
    phase = fields.Char(readonly=True)
    activity_at = fields.Datetime(readonly=True)
    record_id = fields.Integer(readonly=True)

    _website_unique = models.UniqueIndex("(COALESCE(website_id, 0))", "A website is counted once.")

    @api.model
    def _of(self, website):
        found = self.search([("website_id", "=", website.id)])
        return found or self.create({"website_id": website.id})

    def _count(self, **counts):
        """Add to what has been erased; undone together with what it counts."""
        for name, count in counts.items():
            self[f"{name}_count"] += count
        self.last_at = fields.Datetime.now()

    def _summary(self):
        """Say what has been erased, in one line."""
        self.ensure_one()
        return self.env._(
            "Deleted so far: %(carts)s carts, %(unfinished)s unfinished orders, %(messages)s"
            " messages, %(contacts)s guest contacts. Buyers forgotten whose orders are kept:"
            " %(placed)s. Last on %(date)s.",
            carts=f"{self.cart_count:,}",
            unfinished=f"{self.unfinished_count:,}",
            messages=f"{self.message_count:,}",
            contacts=f"{self.contact_count:,}",
            placed=f"{self.placed_count:,}",
            date=format_datetime(self.env, self.last_at),
        )

    def _claim(self, phase, source, limit):
        """Lock the next records of a round, passing over those that somebody else works on.

        :param SQL source: the rest of the query, with the record as `r`
        :return: their ids
        :rtype: list[int]
        """
        resumed = self.phase == phase
        rows = claim(
            self.env,
            SQL(
                """SELECT r.id, %(at)s %(source)s
                      AND (%(at)s, r.id) > (%(after)s, %(after_id)s)
                 ORDER BY %(at)s, r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED""",
                at=SQL("r.cart_activity_at" if phase in CART_STATES else "r.activity_at"),
                source=source,
                after=(resumed and self.activity_at) or BEGINNING,
                after_id=(resumed and self.record_id) or 0,
                limit=limit,
            ),
        )
        is_over = len(rows) < limit
        record_id, activity_at = (False, False) if is_over else rows[-1]
        self.write(
            {
                "phase": not is_over and phase,
                "activity_at": activity_at,
                "record_id": record_id,
            }
        )
        return [row[0] for row in rows]
