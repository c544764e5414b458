"""Rows by the hundred in one statement: each record is the one of its dictionary."""

from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from ...orm.rows import insert_rows
from ..common_engine import EngineCase

MANY = 40


@tagged("post_install", "-at_install")
class TestInsertRows(EngineCase, TransactionCase):
    def setUp(self):
        super().setUp()
        carts = self.env["sale.order"].concat(*(self._make_cart(hours_ago=0) for _n in range(MANY)))
        self.orders = self.env["unfinished.order"]
        # Neither sorted by cart nor by name, so that no order but the list's own fits.
        self.vals_list = [self._prepare(number, cart) for number, cart in enumerate(carts)]
        self.vals_list = self.vals_list[::3] + self.vals_list[1::3] + self.vals_list[2::3][::-1]

    def _prepare(self, number, cart):
        return {
            "name": f"N{number * 7 % MANY:03}",
            "order_id": cart.id,
            "company_id": cart.company_id.id,
            "currency_id": cart.currency_id.id,
            "activity_at": cart.cart_activity_at,
        }

    def shuffled(self, change):
        """Let the database answer in another order, which it is free to do."""
        environment = type(self.env)
        execute = environment.execute_query
        return patch.object(
            environment, "execute_query", lambda env, query: change(list(execute(env, query)))
        )

    def assertEachItsOwn(self, records, vals_list):
        self.env.invalidate_all()
        self.assertEqual(
            [(record.name, record.order_id.id) for record in records],
            [(vals["name"], vals["order_id"]) for vals in vals_list],
        )

    def test_records_are_in_the_order_of_the_list_whatever_the_order_of_the_answer(self):
        for name, change in (
            ("as it comes", list),
            ("reversed", lambda rows: rows[::-1]),
            ("interleaved", lambda rows: rows[1::2] + rows[::2]),
        ):
            with self.subTest(order=name), self.env.cr.savepoint(flush=False) as savepoint:
                with self.shuffled(change):
                    records = insert_rows(self.orders, self.vals_list)
                self.assertEqual(len(records), MANY)
                self.assertEachItsOwn(records, self.vals_list)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_what_is_known_is_left_out_and_moves_nothing_else(self):
        known = [vals for number, vals in enumerate(self.vals_list) if number % 5 == 2]
        first = insert_rows(self.orders, known)
        for change in (list, lambda rows: rows[::-1]):
            with self.env.cr.savepoint(flush=False) as savepoint:
                with self.shuffled(change):
                    records = insert_rows(self.orders, self.vals_list, unless_known=True)
                self.assertFalse(records & first)
                self.assertEachItsOwn(records, [v for v in self.vals_list if v not in known])
                savepoint.rollback()
                self.env.invalidate_all()
        again = insert_rows(self.orders, known, unless_known=True)
        self.assertFalse(again)

    def test_what_the_list_has_twice_is_there_once(self):
        twice = [{**vals, "name": "second"} for vals in self.vals_list[:3]]
        records = insert_rows(self.orders, [*self.vals_list, *twice], unless_known=True)
        self.assertEqual(len(records.order_id), MANY)
        self.assertEachItsOwn(records, self.vals_list)

    def test_rows_that_a_trigger_leaves_out_are_no_records(self):
        self.env.cr.execute(
            """CREATE FUNCTION pg_temp.leave_out() RETURNS trigger LANGUAGE plpgsql AS
               $$BEGIN RETURN CASE WHEN NEW.name < 'N020' THEN NULL ELSE NEW END; END$$;
               CREATE TRIGGER leave_out BEFORE INSERT ON unfinished_order
                  FOR EACH ROW EXECUTE FUNCTION pg_temp.leave_out()"""
        )
        records = insert_rows(self.orders, self.vals_list)
        self.assertEachItsOwn(records, [v for v in self.vals_list if v["name"] >= "N020"])

    def test_it_takes_one_statement_whatever_the_number_of_rows(self):
        counts = []
        for vals_list in (self.vals_list[:2], self.vals_list[2:]):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            insert_rows(self.orders, vals_list)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], 1)

    def test_ids_of_the_orm_and_of_these_rows_do_not_meet(self):
        insert_rows(self.orders, self.vals_list[:5])
        by_orm = self.orders.create(self.vals_list[5:10])
        last = insert_rows(self.orders, self.vals_list[10:])
        self.assertEqual(len(set(by_orm.ids) | set(last.ids)), MANY - 5)
        self.assertEachItsOwn(by_orm | last, self.vals_list[5:])
