"""Lists, badges and reports ask as much for a page of carts as for one, and by the right index."""

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL

from .common import queries_of
from .common_engine import EngineCase

FEW, MANY = 3, 12


@tagged("post_install", "-at_install")
class TestScale(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "many", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.carts = cls.env["sale.order"].concat(
            *(
                cls._make_cart(cls._make_customer(f"Buyer {n}", f"many{n}@example.com"))
                for n in range(MANY)
            )
        )
        cls.unfinished = cls.env["unfinished.order"].concat(
            *(cls._make_unfinished(cart) for cart in cls.carts)
        )

    def statements(self, work):
        """Return how many statements `work` needs with nothing in memory but what Odoo keeps."""
        # The rights of a user, for one, are known from the second time on.
        return [queries_of(self.env, work) for _round in range(3)][-1]

    def plan(self, query):
        """Return how PostgreSQL does `query` when there is too much to read or sort all of it."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        rows = self.env.execute_query(SQL("EXPLAIN %s", query))
        self.env.cr.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on")
        return "\n".join(line for (line,) in rows)

    # === Lists and badges ===#

    def test_a_page_of_the_list_asks_as_much_as_a_single_row(self):
        orders = self.env["unfinished.order"].with_user(self.seller)
        names = ["name", "product_ids", "amount_total", "team_id", "state", "activity_state"]
        names += ["next_reminder_at", "reminder_note", "last_reminder_at", "is_reminded"]
        names += ["desk_status", "country_id"]
        page = {name: {} for name in names}
        self.assertTrue(all(self.unfinished.mapped("reminder_note")))

        def read(count):
            ids = self.unfinished[:count].ids
            found = orders.web_search_read([("id", "in", ids)], page, limit=80)
            self.assertEqual(len(found["records"]), count)

        self.assertEqual(self.statements(lambda: read(FEW)), self.statements(lambda: read(MANY)))

    def test_a_page_of_orders_asks_once_for_their_unfinished_orders(self):
        carts = self.carts.with_user(self.seller)
        self.assertEqual(
            self.statements(lambda: carts[:FEW].mapped("unfinished_order_count")),
            self.statements(lambda: carts.mapped("unfinished_order_count")),
        )

    def test_an_order_counts_each_unfinished_order_that_it_was_or_came_from_once(self):
        first, second = self.carts[:2]
        first.cart_source_id = self.unfinished[1]
        second.cart_source_id = self.unfinished[1]
        self.assertEqual(first.unfinished_order_count, 2)
        self.assertEqual(second.unfinished_order_count, 1)

    def test_a_team_counts_the_carts_of_customers_only(self):
        team = self.env["crm.team"].create({"name": "Web"})
        self.unfinished[:4].team_id = team
        self.unfinished[0].made_by = "staff"
        self.unfinished[1].made_by = "robot"
        self.assertEqual(team.abandoned_carts_count, 2)
        opened = self.env["unfinished.order"].search(team.get_abandoned_carts()["domain"])
        self.assertEqual(opened, self.unfinished[2:4])

    # === Searching ===#

    def test_a_person_who_may_not_see_a_cart_does_not_find_it_by_what_is_in_it(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "elsewhere",
            groups="sales_team.group_sale_salesman_all_leads",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        typed = [("anything", "ilike", "many3@example")]
        self.assertEqual(self.env["unfinished.order"].search(typed), self.unfinished[3])
        self.assertFalse(self.env["unfinished.order"].with_user(user).search(typed))

    def test_what_is_typed_is_looked_up_in_each_field_by_its_own_index(self):
        found = self.env["unfinished.order"]._search([("anything", "ilike", "many3@example")])
        plan = self.plan(found.select())
        for name in ("name", "customer_name", "email", "phone"):
            with self.subTest(field=name):
                self.assertIn(f"unfinished_order__{name}_index", plan)

    # === Indexes ===#

    def test_the_list_without_filters_is_read_in_its_own_order(self):
        query = self.env["unfinished.order"]._search(
            [], order="activity_at desc, id desc", limit=80
        )
        plan = self.plan(query.select())
        self.assertIn("unfinished_order_latest", plan)
        self.assertNotIn("Sort", plan)

    def test_core_finds_what_a_guest_has_bought_without_walking_through_all_orders(self):
        """In core the cart page takes seconds in a shop with a million orders."""
        guest = self.website.user_id.partner_id
        query = self.env["sale.order"]._search(
            [
                ("partner_id", "=", guest.id),
                ("state", "=", "sale"),
                ("website_id", "=", self.website.id),
            ],
            order="date_order desc",
            limit=10,
        )
        plan = self.plan(query.select())
        self.assertIn("sale_order_bought_on_website", plan)
        self.assertNotIn("Sort", plan)

    def test_a_report_of_abandoned_carts_looks_them_up_as_a_table(self):
        """As a list of ids, a million carts are too many to be asked one after the other."""
        report = self.env["sale.report"]
        query = report._search([("is_abandoned_cart", "=", True)])
        plan = self.plan(query.select(SQL("count(*)")))
        self.assertIn("cart_activity_at", plan)
        joined = r"(?:Filter|Cond): \((?:sale_order\.id = s\.id|s\.id = sale_order\.id)\)"
        self.assertRegex(plan, joined)
        self.assertIn("Anti Join", plan)  # payments are looked up cart by cart, not all of them
