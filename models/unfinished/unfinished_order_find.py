import logging
import math
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...orm.batches import Pace, isolate, run_batches
from ...orm.rows import insert_rows
from ...orm.sequences import take_numbers
from ...tools.contact import Buyer
from ...tools.schedule import known_tz
from ..cart.payment_transaction import FAILED_STATES
from ..cart.sale_order_buyer import CONTACT_JOIN, buyer_sql

_logger = logging.getLogger(__name__)

# A batch takes about so long: until its end it holds what it writes.
BATCH, BATCH_SECONDS = 2000, 0.1
# Nobody fills more carts in a day than this; a program that types a stranger's address does.
MAX_CARTS_A_DAY = 10
BEGINNING = fields.Datetime.to_datetime("1900-01-01")
SEQUENCE = "unfinished.order"


class UnfinishedOrderScan(models.Model):
    """How far the carts of a website have been looked through: a keyset, not an offset.

    A cart that changes moves to the end, so each idle spell of each cart is met exactly once.
    """

    _name = "unfinished.order.scan"
    _description = "Progress of the Search for Unfinished Orders"

    website_id = fields.Many2one("website", required=True, ondelete="cascade")
    activity_at = fields.Datetime()
    order_id = fields.Integer()

    _website_unique = models.UniqueIndex("(website_id)", "A website is looked through once.")

    @api.model
    def _of(self, website):
        found = self.search([("website_id", "=", website.id)])
        return found or self.create({"website_id": website.id})


class UnfinishedOrder(models.Model):
    _inherit = "unfinished.order"

    @api.model
    def _cron_find(self):
        """Take in the carts that have become idle, website by website, in batches."""
        self._on_search(self.env.context.get("lastcall"))
        run_batches(self.env, self._close_placed_meanwhile, math.inf)
        if self._search_all():
            run_batches(self.env, self._close_placed_meanwhile, math.inf)

    @api.model
    def _search_all(self):
        """Look through all websites, for as long as the scheduler lets us.

        :return: whether all is done
        :rtype: bool
        """
        for website in self.env["website"]._all_shops():
            for search in (self._find_next, self._expire_old):
                pace = Pace(BATCH, BATCH_SECONDS)
                if not run_batches(self.env, pace.of(partial(search, website)), pace):
                    return False
        return True

    @api.model
    def _find_next(self, website, limit=BATCH):
        scan = self.env["unfinished.order.scan"]._of(website)
        # Another worker that holds the scan is looking through this website already.
        return self._find_batch(website, scan, limit) if scan.try_lock_for_update() else 0

    @api.model
    def _find_batch(self, website, scan, limit=BATCH):
        """Take in up to `limit` carts of `website` that have become idle since `scan`.

        :return: how many carts were looked at
        :rtype: int
        """
        now = fields.Datetime.now()
        idle_since = now - timedelta(hours=website.cart_idle_hours)
        after = scan.activity_at or BEGINNING
        if after > now:  # the server's clock was wrong, and carts may lie before that moment
            after = BEGINNING
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT o.id, o.cart_activity_at
                     FROM sale_order o
                    WHERE o.state = 'draft' AND o.website_id = %(website)s
                      AND (o.cart_activity_at, o.id) > (%(after)s, %(after_id)s)
                      AND o.cart_activity_at <= %(idle_since)s
                 ORDER BY o.cart_activity_at, o.id
                    LIMIT %(limit)s""",
                website=website.id,
                after=after,
                after_id=scan.order_id,
                idle_since=idle_since,
                limit=limit,
            )
        )
        if rows:
            carts = self.env["sale.order"].browse(row[0] for row in rows)
            isolate(carts, partial(self._take_in, website), self._leave_out)
            scan.write({"activity_at": rows[-1][1], "order_id": rows[-1][0]})
        return len(rows)

    @api.model
    def _leave_out(self, cart, error):
        _logger.error("Cart %s cannot be taken in as an unfinished order: %s", cart.id, error)

    @api.model
    def _take_in(self, website, carts):
        """Create, refresh or close the unfinished orders of carts that have become idle.

        :return: those that are open now
        """
        known = self.search([("order_id", "in", carts.ids)])
        # What has been counted as placed stays so, also when staff set the order back to draft.
        carts -= known.filtered(lambda unfinished: not unfinished._can_reopen()).order_id
        domain = Domain("id", "in", carts.ids) & self._unfinished_domain(website)
        unfinished_carts = carts.search(domain)
        by_cart = {unfinished.order_id.id: unfinished for unfinished in known}
        rows = self._read_carts(unfinished_carts)
        numbers = iter(
            self._next_numbers(sum(1 for row in rows if self._lacks_number(row, by_cart)))
        )
        to_create, opened = [], self.browse()
        for row in rows:
            vals = self._prepare_snapshot_vals(row)
            if unfinished := by_cart.get(row["order_id"]):
                unfinished.write(vals)
                opened |= unfinished
            else:
                name = row["cart_number"] or next(numbers, row["name"])
                to_create.append({**vals, "name": name})
        opened._move_to("open", closed_at=False)
        opened = opened | insert_rows(self, to_create)
        opened._refresh_products()
        opened._mark_robots()
        self._close_emptied(known - opened)
        opened._on_idle()
        return opened

    @staticmethod
    def _lacks_number(row, by_cart):
        return not row["cart_number"] and row["order_id"] not in by_cart

    @api.model
    def _close_emptied(self, candidates):
        """Close those whose buyer has taken everything out of the cart."""
        emptied = candidates.filtered(lambda unfinished: not unfinished.order_id._has_cart_lines())
        return emptied._move_to("emptied", closed_at=fields.Datetime.now())

    @api.model
    def _expire_old(self, website, limit=BATCH):
        """Close what is older than its recovery link: nobody can be brought back to it.

        :return: how many were closed
        :rtype: int
        """
        before = fields.Datetime.now() - timedelta(days=website._link_days())
        old = self.search(
            [("state", "=", "open"), ("website_id", "=", website.id), ("activity_at", "<", before)],
            limit=limit,
            order="activity_at",
        )
        return len(old._move_to("expired", closed_at=fields.Datetime.now()))

    # === Snapshots ===#

    @api.model
    def _read_carts(self, carts):
        """Read all that a snapshot needs of a batch of carts, in one query."""
        if not carts:
            return []
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                """SELECT o.id AS order_id, o.name, o.cart_number, o.cart_activity_at, o.website_id,
                          o.company_id, o.team_id, o.currency_id, o.amount_total,
                          round(o.amount_total / COALESCE(NULLIF(o.currency_rate, 0), 1)::numeric,
                                currency.decimal_places) AS amount_company,
                          COALESCE(p.lang, o.cart_lang) AS lang, %(buyer)s,
                          o.cart_tz, p.tz AS profile_tz, account.exists AS has_account,
                          CASE WHEN account.is_staff THEN 'staff' ELSE o.cart_made_by END
                              AS made_by,
                          line.quantity, COALESCE(payment.state, '') AS payment_state
                          %(more)s
                     FROM sale_order o
                     %(contact)s
                     JOIN res_company company ON company.id = o.company_id
                     JOIN res_currency currency ON currency.id = company.currency_id
                LEFT JOIN LATERAL (SELECT sum(l.product_uom_qty) AS quantity
                                     FROM sale_order_line l
                                    WHERE l.order_id = o.id AND %(in_cart)s) line ON true
                LEFT JOIN LATERAL (SELECT count(*) > 0 AS exists,
                                          bool_or(NOT account.share) AS is_staff
                                     FROM res_users account
                                    WHERE account.partner_id = p.id AND account.active) account
                       ON true
                LEFT JOIN LATERAL (SELECT t.state
                                     FROM sale_order_transaction_rel r
                                     JOIN payment_transaction t ON t.id = r.transaction_id
                                    WHERE r.sale_order_id = o.id
                                 ORDER BY t.id DESC LIMIT 1) payment ON true
                    WHERE o.id IN %(ids)s
                 ORDER BY o.cart_activity_at, o.id""",
                ids=tuple(carts.ids),
                in_cart=self.env["sale.order.line"]._cart_product_sql(),
                contact=CONTACT_JOIN,
                buyer=SQL(", ").join(
                    SQL("%s AS %s", column, SQL.identifier(f"buyer_{name}"))
                    for name, column in buyer_sql().items()
                ),
                more=SQL("").join(SQL(", o.%s", SQL.identifier(n)) for n in self._cart_columns()),
            )
        )

    @api.model
    def _cart_columns(self):
        """Return further columns of the cart `o` that a snapshot needs; others extend this."""
        return ()

    @api.model
    def _prepare_snapshot_vals(self, row):
        buyer = Buyer(**{name: row[f"buyer_{name}"] for name in Buyer._fields})
        return {
            **self._prepare_buyer_vals(buyer),
            "order_id": row["order_id"],
            "website_id": row["website_id"],
            "company_id": row["company_id"],
            "team_id": row["team_id"],
            "lang": row["lang"],
            "tz": self._tz_of(row),
            "made_by": row["made_by"],
            "activity_at": row["cart_activity_at"],
            "quantity": row["quantity"] or 0.0,
            "amount_total": row["amount_total"],
            "amount_company": row["amount_company"],
            "currency_id": row["currency_id"],
            "payment_failed": row["payment_state"] in FAILED_STATES,
        }

    @staticmethod
    def _tz_of(row):
        """Return the buyer's time zone: of their profile, or what a guest's browser said."""
        zones = (row["profile_tz"], row["cart_tz"])
        return known_tz(*zones if row["has_account"] else reversed(zones)) or False

    def _mark_robots(self):
        """Mark the carts of an address that has been given for more carts than a person makes."""
        since = fields.Datetime.now() - timedelta(days=1)
        keys = tuple({unfinished.customer_key for unfinished in self})
        if not keys:
            return
        self.flush_model(["customer_key", "activity_at", "made_by"])
        rows = self.env.execute_query(
            SQL(
                """SELECT customer_key FROM unfinished_order
                    WHERE customer_key IN %s AND activity_at > %s
                 GROUP BY customer_key HAVING count(*) > %s""",
                keys,
                since,
                MAX_CARTS_A_DAY,
            )
        )
        busy = {key for (key,) in rows}
        if busy:
            domain = [("customer_key", "in", list(busy)), ("activity_at", ">", since)]
            self.search([*domain, ("made_by", "=", False)]).made_by = "robot"

    @api.model
    def _next_numbers(self, count):
        """Take `count` numbers of the sequence, none where there is no sequence.

        Only carts from before the installation need this: the others bring their number along.
        """
        if not count:
            return []
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo().search([("code", "=", SEQUENCE)], limit=1)
        return take_numbers(sequence, count)
