"""The list shows at once what has become of a cart, though its buyer has done nothing."""

from odoo import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from ..common import queries_of
from ..common_engine import EngineCase


class FollowsCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_manager,base.group_partner_manager"
        cls.clerk = new_test_user(cls.env, "clerk", groups=groups)
        cls.cart = cls._make_cart(products=[cls.lamp, cls.chair], hours_ago=5)
        cls.unfinished = cls._make_unfinished(cls.cart)
        cls.left_at = cls.cart.cart_activity_at

    def by_clerk(self):
        return self.cart.with_user(self.clerk)


@tagged("post_install", "-at_install")
class TestProductsGone(FollowsCase, TransactionCase):
    def test_an_archived_product_is_in_the_list_no_more_and_nobody_was_active(self):
        self.chair.action_archive()
        self.assertRecordValues(
            self.unfinished,
            [
                {
                    "state": "open",
                    "amount_total": 40.0,
                    "amount_company": 40.0,
                    "quantity": 1.0,
                    "product_ids": self.lamp.ids,
                    "activity_at": self.left_at,
                    "edited_at": False,
                }
            ],
        )

    def test_a_cart_whose_only_product_is_archived_is_closed_as_emptied(self):
        (self.lamp | self.chair).with_user(self.env.ref("base.user_admin")).action_archive()
        self.assertEqual(self.unfinished.state, "emptied")
        self.assertEqual(self.cart.cart_activity_at, self.left_at)

    def test_a_product_of_many_carts_costs_no_more_queries(self):
        def queries(count):
            carts = self.env["sale.order"].concat(*(self._make_cart() for _ in range(count)))
            self._make_unfinished(carts)
            carts.order_line.product_uom_qty = 2
            return queries_of(
                self.env, lambda: self.env["unfinished.order.contents"]._on_products_gone(carts)
            )

        queries(3)  # fills the caches of the registry
        self.assertEqual(queries(20), queries(5))

    def test_a_product_that_is_archived_later_stays_known_of_what_was_left(self):
        self.cart.action_confirm()
        self.chair.action_archive()
        self.env.invalidate_all()
        both = self.lamp | self.chair
        self.assertEqual(self.unfinished.product_ids, both)
        shown = self.unfinished.web_read({"product_ids": {"fields": {"display_name": {}}}})
        self.assertEqual({row["id"] for row in shown[0]["product_ids"]}, set(both.ids))


@tagged("post_install", "-at_install")
class TestPrices(FollowsCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create(
            {"name": "A tenth", "amount": 10.0, "price_include_override": "tax_excluded"}
        )

    def assertShown(self, amount):
        self.assertEqual(self.cart.amount_total, amount)
        self.assertEqual(self.unfinished.amount_total, amount)
        self.assertEqual(self.unfinished.edited_by_id, self.clerk)

    def test_taxes_that_a_colleague_changes_are_in_the_amount_at_once(self):
        self.by_clerk().order_line.tax_ids = self.tax
        self.assertShown(143.0)

    def test_taxes_that_a_colleague_has_computed_anew_are_in_the_amount_at_once(self):
        (self.lamp | self.chair).taxes_id = [Command.set(self.tax.ids)]
        self.by_clerk().action_update_taxes()
        self.assertShown(143.0)

    def make_pricelist(self):
        own = self.website.company_id.currency_id
        currencies = self.env["res.currency"].with_context(active_test=False)
        other = currencies.search([("id", "!=", own.id)], limit=1)
        other.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "rate": 2.0, "name": "2026-01-01"}
        )
        return self.env["product.pricelist"].create({"name": "P", "currency_id": other.id})

    def test_a_colleagues_pricelist_in_another_currency_is_an_edit(self):
        pricelist = self.make_pricelist()
        self.by_clerk().pricelist_id = pricelist
        self.assertEqual(self.unfinished.currency_id, pricelist.currency_id)
        self.assertEqual(self.unfinished.amount_company, 65.0)
        self.assertEqual(self.unfinished.edited_by_id, self.clerk)
        self.assertGreater(self.cart.cart_activity_at, self.left_at)

    def test_the_currency_follows_whoever_changes_it_of_an_idle_cart(self):
        pricelist = self.make_pricelist()
        self.cart.pricelist_id = pricelist
        self.assertEqual(self.unfinished.currency_id, pricelist.currency_id)
        self.assertEqual(self.unfinished.amount_company, 65.0)
        self.assertEqual(self.cart.cart_activity_at, self.left_at)

    def test_a_colleagues_fiscal_position_is_an_edit(self):
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.by_clerk().fiscal_position_id = position
        self.assertEqual(self.unfinished.edited_by_id, self.clerk)


@tagged("post_install", "-at_install")
class TestWhose(FollowsCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")
        cls.team = cls.env["crm.team"].create(
            {"name": "North", "member_ids": [Command.set(cls.seller.ids)]}
        )

    def assertWhose(self, user, team):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self.cart.user_id, self.cart.team_id), (user, team))
        self.assertEqual((self.unfinished.user_id, self.unfinished.team_id), (user, team))

    def test_the_team_follows_with_the_salesperson(self):
        self.by_clerk().user_id = self.seller
        self.assertWhose(self.seller, self.team)
        self.assertEqual(self.team.abandoned_carts_count, 1)

    def test_a_team_that_is_chosen_by_itself_is_followed(self):
        user = self.cart.user_id
        self.by_clerk().team_id = self.team
        self.assertWhose(user, self.team)

    def test_the_team_of_the_order_that_it_became_is_kept(self):
        copy = self.cart.copy({"cart_source_id": self.unfinished.id, "team_id": self.team.id})
        copy.action_confirm()
        self.assertEqual(self.unfinished.placed_order_id, copy)
        self.assertEqual(self.unfinished.team_id, copy.team_id)


@tagged("post_install", "-at_install")
class TestTyped(EngineCase, TransactionCase):
    """An address that was typed and taken back is not kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cart = cls._make_anonymous_cart(cart_email="typed@example.com")
        cls.unfinished = cls._make_unfinished(cls.cart)

    def assertForgotten(self):
        self.assertRecordValues(
            self.unfinished, [{"state": "open", "email": "", "customer_key": ""}]
        )

    def test_what_a_buyer_takes_back_is_gone_from_the_list_at_once(self):
        self.assertEqual(self.unfinished.email, "typed@example.com")
        self.cart._capture_contact(email="")
        self.assertForgotten()

    def test_the_search_does_so_where_somebody_else_was_at_work(self):
        self.cart.cart_email = False
        self._make_unfinished(self.cart)
        self.assertForgotten()
