"""Many carts at once, for a sender in a process of its own."""

import json
import sys

import pytest

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..common_senders import SenderCase

FEW, MANY = 1_000, 4_000
MEGABYTES = 32


@pytest.mark.slow
@tagged("post_install", "-at_install")
class TestVolume(SenderCase):
    carts = 1
    batch = 500

    def _clean_up(self):
        with self.transaction() as env:
            copies = SQL("SELECT id FROM sale_order WHERE client_order_ref = 'copy'")
            env.cr.execute(SQL("DELETE FROM unfinished_order WHERE order_id IN (%s)", copies))
            self.forget_mails(env)
            env.cr.execute(SQL("DELETE FROM sale_order_line WHERE order_id IN (%s)", copies))
            env.cr.execute("DELETE FROM sale_order WHERE client_order_ref = 'copy'")
            env.cr.execute("DELETE FROM res_partner WHERE ref = 'copy'")
        return super()._clean_up()

    def multiply(self, count):
        """Leave `count` carts of as many buyers, made from the one that there is."""
        with self.transaction() as env:
            self._forget(env)
            env["sale.order"].browse(self.made["order"]).cart_activity_at = fields.Datetime.now()
            order, partner = self.made["order"][0], self.made["partner"][0]
            env.flush_all()
            rows = env.execute_query(
                SQL(
                    """SELECT nextval('res_partner_id_seq'), nextval('sale_order_id_seq')
                         FROM generate_series(1, %s)""",
                    count,
                )
            )
            self.copy_row(env, "res_partner", partner, [p for p, _o in rows], self.buyer_of)
            orders = {o: {"partner_id": p, **self.left(env)} for p, o in rows}
            self.copy_row(env, "sale_order", order, list(orders), orders.get)
            line = env["sale.order"].browse(order).order_line.id
            lines = {100_000_000 + o: {"order_id": o} for o in orders}
            self.copy_row(env, "sale_order_line", line, list(lines), lines.get)
        with self.transaction() as env:
            env.cr.execute("ANALYZE")

    @staticmethod
    def buyer_of(number):
        email = f"copy{number}@example.com"
        return {"email": email, "email_normalized": email, "name": f"Copy {number}", "ref": "copy"}

    @staticmethod
    def left(env):
        two_hours_ago = fields.Datetime.subtract(fields.Datetime.now(), hours=2)
        return {
            "client_order_ref": "copy",
            "cart_activity_at": fields.Datetime.to_string(two_hours_ago),
        }

    def copy_row(self, env, table, original, ids, values_of):
        """Copy one row as often as there are `ids`, each with some values of its own."""
        changes = [json.dumps({"id": number, **values_of(number)}) for number in ids]
        env.cr.execute(
            SQL(
                """INSERT INTO %(table)s
                   SELECT (jsonb_populate_record(original, change.value)).*
                     FROM %(table)s original, unnest(%(changes)s::jsonb[]) change(value)
                    WHERE original.id = %(id)s""",
                table=SQL.identifier(table),
                changes=changes,
                id=original,
            )
        )

    @staticmethod
    def forget_mails(env):
        env.cr.execute("DELETE FROM mail_message WHERE message_id LIKE '%-recovery@%'")

    def run_with(self, senders, count):
        self.multiply(count)
        status, counts, _seconds = senders.run()
        self.assertEqual(status, 0, senders.logged())
        with self.transaction() as env:
            queued = env["mail.mail"].search_count([("message_id", "like", "-recovery@")])
            self.assertEqual(queued, count)
            self.forget_mails(env)
        return counts

    def test_fault_70_many_due_carts_cost_no_more_each_and_no_memory(self):
        self.cron_ids = self.cron_ids[:2]  # find and send; the queue would deliver them all
        with self.senders() as senders:
            self.run_with(senders, 50)
            few, many = (self.run_with(senders, count) for count in (FEW, MANY))
        sys.stdout.write(f"{FEW} carts: {few}; {MANY} carts: {many}\n")
        per_batch = [
            counts["statement"] / (count / self.batch)
            for counts, count in ((few, FEW), (many, MANY))
        ]
        self.assertLess(per_batch[1], per_batch[0] * 1.05, "as many statements per batch")
        growth = (many["memory"] - few["memory"]) / 1024
        self.assertLess(growth, MEGABYTES, "memory stays flat")
