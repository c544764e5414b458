"""Rows and numbers by the hundred in one statement: what the ORM would make one by one."""

from functools import partial
from itertools import product
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...orm.rows import insert_rows, update_rows
from ...orm.sequences import take_numbers
from ..common import queries_of
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
            work = partial(insert_rows, self.orders, vals_list)
            counts.append(queries_of(self.env, work, fresh=False))
        self.assertEqual(counts[1], 1)

    def test_ids_of_the_orm_and_of_these_rows_do_not_meet(self):
        insert_rows(self.orders, self.vals_list[:5])
        by_orm = self.orders.create(self.vals_list[5:10])
        last = insert_rows(self.orders, self.vals_list[10:])
        self.assertEqual(len(set(by_orm.ids) | set(last.ids)), MANY - 5)
        self.assertEachItsOwn(by_orm | last, self.vals_list[5:])

    def test_what_was_written_before_in_other_columns_is_kept(self):
        records = insert_rows(self.orders, self.vals_list[:2])
        records.customer_name = "Ada"  # waits in the cache, with who has written it
        update_rows(records, [{"name": "A"}, {"name": "B"}])
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(records.mapped("name"), ["A", "B"])
        self.assertEqual(records.mapped("customer_name"), ["Ada"] * 2)


@tagged("post_install", "-at_install")
class TestTakeNumbers(TransactionCase):
    """Each sequence has a twin, which Odoo asks for one number after the other."""

    PREFIXES = (
        {"prefix": False},
        {"prefix": "S%(year)s/%(range_year)s-%(range_month)s/", "suffix": "%%-%(y)s", "padding": 6},
    )
    KINDS = ("standard", "no_gap")
    BATCHES = (1, 2, 7, 1, 40)

    def _twins(self, ranges=(), **vals):
        """Return two equal sequences; ranges are first day, last day and next number."""
        vals = {"name": "Twin", "code": False, "company_id": False, **vals}
        twins = self.env["ir.sequence"].create([vals, vals])
        for twin, (first, last, number) in product(twins, ranges):
            self.env["ir.sequence.date_range"].create(
                {"sequence_id": twin.id, "date_from": first, "date_to": last}
            ).number_next = number
        return twins

    def assertLikeOdoo(self, ours, core):
        """Numbers are Odoo's, batch after batch, and so is what Odoo gives between them."""
        for count in self.BATCHES:
            expected = [core.next_by_id() for _number in range(count)]
            self.assertEqual(take_numbers(ours, count), expected)
            self.env.invalidate_all()
            self.assertEqual(ours.number_next_actual, core.number_next_actual)
            ranges = [
                [(one.date_from, one.date_to, one.number_next_actual) for one in twin]
                for twin in (ours.date_range_ids, core.date_range_ids)
            ]
            self.assertEqual(*ranges)
            self.assertEqual(ours.next_by_id(), core.next_by_id())

    def test_numbers_are_those_of_odoo_one_after_the_other(self):
        for kind, by_date, step, words, start in product(
            self.KINDS, (False, True), (1, 5), self.PREFIXES, (1, 996)
        ):
            vals = {
                "implementation": kind,
                "use_date_range": by_date,
                "number_increment": step,
                "number_next": start,
                **words,
            }
            with self.subTest(**vals):
                self.assertLikeOdoo(*self._twins(**vals))

    def test_numbers_of_ranges_are_those_of_odoo(self):
        today = fields.Date.today()
        ranges = (
            ("2020-01-01", "2020-12-31", 300),
            (today.replace(day=1), today, 17),
            ("2031-05-01", "2031-05-31", 8),
        )
        days = (None, "2020-06-01", "2031-05-31", "2031-06-01", "2031-01-01", "2040-02-29")
        for kind, step, words, day in product(self.KINDS, (1, 5), self.PREFIXES, days):
            vals = {"implementation": kind, "number_increment": step, **words}
            with self.subTest(day=day, **vals):
                twins = self._twins(ranges, use_date_range=True, **vals)
                if day:
                    twins = twins.with_context(ir_sequence_date=day)
                self.assertLikeOdoo(*twins)

    def test_numbers_that_count_down_are_those_of_odoo(self):
        for kind, by_date in product(self.KINDS, (False, True)):
            with self.subTest(kind=kind, by_date=by_date):
                today = fields.Date.today()
                twins = self._twins(
                    [(today, today, 900)],
                    implementation=kind,
                    use_date_range=by_date,
                    number_next=900,
                )
                twins.number_increment = -3
                self.assertLikeOdoo(*twins)

    def test_no_number_is_taken_of_nothing_or_for_nobody(self):
        for kind, by_date in product(self.KINDS, (False, True)):
            with self.subTest(kind=kind, by_date=by_date):
                ours, core = self._twins(implementation=kind, use_date_range=by_date)
                self.assertEqual(take_numbers(ours, 0), [])
                self.assertFalse(ours.date_range_ids)
                self.assertEqual(ours.next_by_id(), core.next_by_id())
        self.assertEqual(take_numbers(ours.browse(), 5), [])

    @staticmethod
    def _take(numbers, sequence, count):
        numbers += take_numbers(sequence, count)

    def test_it_takes_as_many_statements_for_a_thousand_as_for_two(self):
        for kind, by_date in product(self.KINDS, (False, True)):
            with self.subTest(kind=kind, by_date=by_date):
                ours = self._twins(implementation=kind, use_date_range=by_date)[0]
                take_numbers(ours, 2)
                counts = []
                for count in (2, 1000):
                    numbers = []
                    work = partial(self._take, numbers, ours, count)
                    counts.append(queries_of(self.env, work))
                    self.assertEqual(len(set(numbers)), count)
                self.assertEqual(*counts)
