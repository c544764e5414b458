import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...orm.batches import run_batches
from ...orm.rows import insert_rows

# Nobody fills more carts in a day than this; a program that types a stranger's address does.
MAX_CARTS_A_DAY = 10


class UnfinishedOrder(models.Model):
    _inherit = "unfinished.order"

    @api.model
    def _cron_find(self):
        """Take in the carts that have become idle, website by website, in batches."""
        self._on_search(self.env.context.get("lastcall"))
        scan = self.env["unfinished.order.scan"]
        run_batches(self.env, scan._close_meanwhile, math.inf)
        contents = self.env["unfinished.order.contents"]
        run_batches(self.env, contents._follow_lapsed, math.inf)
        if scan._search_all():
            run_batches(self.env, scan._close_meanwhile, math.inf)

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
        snapshots = self.env["unfinished.order.snapshot"]
        rows = snapshots._read(unfinished_carts)
        unnumbered = [r for r in rows if not r["cart_number"] and r["order_id"] not in by_cart]
        numbers = iter(snapshots._next_numbers(len(unnumbered)))
        to_create, opened = [], self.browse()
        for row in rows:
            vals = snapshots._prepare_vals(row)
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
        unfit = known - opened
        unfit._follow_buyers()
        self._close_emptied(unfit)
        opened._on_idle()
        return opened

    @api.model
    def _close_emptied(self, candidates):
        """Close those whose buyer has taken everything out of the cart."""
        emptied = candidates.filtered(lambda unfinished: not unfinished.order_id._has_cart_lines())
        return emptied._move_to("emptied", closed_at=fields.Datetime.now())

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
