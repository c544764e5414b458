from odoo import api, models
from odoo.tools import SQL

from ...orm.sequences import take_numbers
from ...tools.contact import Buyer
from ...tools.schedule import known_tz
from ..cart.sale_order_buyer import CONTACT_JOIN, buyer_sql
from .unfinished_order_buyer import buyer_vals

SEQUENCE = "unfinished.order"
# Who signs in as the contact `p` of a cart.
ACCOUNT_JOIN = SQL(
    """LEFT JOIN LATERAL (SELECT count(*) > 0 AS exists, bool_or(NOT account.share) AS is_staff
                            FROM res_users account
                           WHERE account.partner_id = p.id AND account.active) account ON true"""
)


def _buyer_columns():
    """Return all that tells of the buyer of a cart `o` with its contact `p` and `account`."""
    columns = (
        SQL("%s AS %s", column, SQL.identifier(f"buyer_{name}"))
        for name, column in buyer_sql().items()
    )
    return SQL(
        """%s, COALESCE(p.lang, o.cart_lang) AS lang, o.cart_tz, p.tz AS profile_tz,
           account.exists AS has_account""",
        SQL(", ").join(columns),
    )


class UnfinishedOrderSnapshot(models.AbstractModel):
    """What an unfinished order keeps of its cart, read for a batch of carts in one query."""

    _name = "unfinished.order.snapshot"
    _description = "Snapshot of a Cart"

    @api.model
    def _read(self, carts):
        """Read all that a snapshot needs of a batch of carts, in one query."""
        if not carts:
            return []
        self.env.flush_all()
        rows = self.env.execute_query_dict(self._read_sql(carts))
        self._follow_rewards([row for row in rows if row["has_rewards"]])
        return rows

    @api.model
    def _follow_rewards(self, rows):
        """Let carts cost what their pages say, without promotions that have ended since."""
        carts = self.env["sale.order"].browse(row["order_id"] for row in rows)
        for row, cart in zip(rows, carts, strict=True):
            row.update(self.env["unfinished.order.contents"]._prepare_amount_vals(cart))

    @api.model
    def _read_sql(self, carts):
        return SQL(
            """SELECT o.id AS order_id, o.name, o.cart_number, o.cart_activity_at, o.website_id,
                      o.company_id, o.team_id, o.user_id, o.currency_id, o.amount_total,
                      round(o.amount_total / COALESCE(NULLIF(o.currency_rate, 0), 1)::numeric,
                            currency.decimal_places) AS amount_company,
                      %(buyer)s,
                      CASE WHEN account.is_staff THEN 'staff' ELSE o.cart_made_by END
                          AS made_by,
                      line.quantity, %(payment_failed)s AS payment_failed,
                      %(has_rewards)s AS has_rewards
                      %(more)s
                 FROM sale_order o
                 %(contact)s %(account)s
                 JOIN res_company company ON company.id = o.company_id
                 JOIN res_currency currency ON currency.id = company.currency_id
            LEFT JOIN LATERAL (SELECT sum(l.product_uom_qty) AS quantity
                                 FROM sale_order_line l
                                WHERE l.order_id = o.id AND %(in_cart)s) line ON true
                WHERE o.id IN %(ids)s
             ORDER BY o.cart_activity_at, o.id""",
            ids=tuple(carts.ids),
            in_cart=self.env["sale.order.line"]._cart_product_sql(),
            payment_failed=self.env["payment.transaction"]._last_has_failed_sql(SQL("o.id")),
            has_rewards=self.env["sale.order.line"]._has_rewards_sql(),
            contact=CONTACT_JOIN,
            account=ACCOUNT_JOIN,
            buyer=_buyer_columns(),
            more=SQL("").join(SQL(", o.%s", SQL.identifier(n)) for n in self._cart_columns()),
        )

    @api.model
    def _cart_columns(self):
        """Return further columns of the cart `o` that a snapshot needs; others extend this."""
        return ()

    @api.model
    def _prepare_vals(self, row):
        return {
            **self._prepare_buyer_vals(row),
            "order_id": row["order_id"],
            "website_id": row["website_id"],
            "company_id": row["company_id"],
            "team_id": row["team_id"],
            "user_id": row["user_id"],
            "made_by": row["made_by"],
            "payment_failed": row["payment_failed"],
            **self._contents_vals(row),
        }

    @staticmethod
    def _contents_vals(row):
        """Return what a snapshot keeps of what is in the cart, and since when."""
        return {
            "activity_at": row["cart_activity_at"],
            "quantity": row["quantity"] or 0.0,
            "amount_total": row["amount_total"],
            "amount_company": row["amount_company"],
            "currency_id": row["currency_id"],
        }

    @api.model
    def _read_buyers(self, carts):
        """Return what is to be kept of the buyers of these carts, in one query.

        :rtype: dict[int, dict]
        """
        if not carts:
            return {}
        carts.flush_model(
            ["cart_email", "cart_lang", "cart_phone", "cart_tz", "partner_id", "website_id"]
        )
        self.env["res.partner"].flush_model(
            ["active", "email_normalized", "lang", "name", "phone_sanitized", "tz"]
        )
        self.env["res.users"].flush_model(["active", "partner_id", "share"])
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT o.id AS order_id, %s FROM sale_order o %s %s WHERE o.id IN %s",
                _buyer_columns(),
                CONTACT_JOIN,
                ACCOUNT_JOIN,
                carts._ids,
            )
        )
        return {row["order_id"]: self._prepare_buyer_vals(row) for row in rows}

    @api.model
    def _prepare_buyer_vals(self, row):
        buyer = Buyer(**{name: row[f"buyer_{name}"] for name in Buyer._fields})
        return buyer_vals(buyer, row["lang"], self._tz_of(row))

    @staticmethod
    def _tz_of(row):
        """Return the buyer's time zone: of their profile, or what a guest's browser said."""
        zones = (row["profile_tz"], row["cart_tz"])
        return known_tz(*zones if row["has_account"] else reversed(zones)) or False

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
