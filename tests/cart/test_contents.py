from datetime import timedelta
from itertools import count

from odoo import Command, fields
from odoo.fields import Domain
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..common import RecoveryCase
from ..common_promotions import PromotionsCase


@tagged("post_install", "-at_install")
class TestContents(PromotionsCase, RecoveryCase, TransactionCase):
    """What a cart holds and what it costs: one answer, as predicate, domain and SQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create({"name": "A tax", "amount": 21.0})
        cls.numbers = count()

    def _make_full_cart(self):
        """Make a cart with a line of each kind, and return it with the lines by kind."""
        cart = self._make_cart(products={self.lamp: 2, self.chair: 1})
        product = cart.order_line
        head = self._add_combo(cart, self._make_combo(self.lamp, self.chair))
        free = self._make_program(
            reward_type="product", reward_product_id=self.lamp.id, reward_product_qty=1
        )
        ten, gift = f"TEN-{next(self.numbers)}", f"GIFT-{next(self.numbers)}"
        self._make_program("promo_code", code=ten)
        self._make_card("gift_card", points=5, code=gift)
        cart._update_programs_and_rewards()
        cart._auto_apply_rewards()
        self._enter_code(cart, ten)
        self._enter_code(cart, gift)
        self._give_staff_discount(cart, 3)
        self._add_delivery(cart)
        trade_in = self._make_product("Trade-in", -4.0)
        cart.order_line = [
            Command.create({"display_type": "line_section", "name": "By a colleague"}),
            Command.create({"display_type": "line_note", "name": "A note"}),
            Command.create({"product_id": trade_in.id, "name": "Trade-in"}),
            Command.create({"product_id": self.lamp.id, "product_uom_qty": 0}),
        ]
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        return cart, product | head, free

    def test_each_kind_of_line_has_one_role(self):
        cart, products, free = self._make_full_cart()
        roles = cart.order_line.grouped(lambda line: line._cart_role())
        self.assertEqual(
            set(roles), {"", "product", "part", "gift", "discount", "payment", "delivery"}
        )
        self.assertEqual(roles["product"], products)
        self.assertEqual(roles["gift"].reward_id, free.reward_ids)
        self.assertEqual(roles["part"].product_id, self.lamp | self.chair)
        self.assertEqual(len(roles["discount"]), 3, "by a code, by staff, traded in")
        self.assertEqual(len(roles[""]), 3, "a section, a note, and nothing of a lamp")

    def test_predicate_domain_and_sql_agree_on_what_is_a_product(self):
        cart, products, _free = self._make_full_cart()
        self.env.flush_all()
        lines = self.env["sale.order.line"]
        of_cart = Domain("order_id", "=", cart.id)
        found = lines.search(of_cart & lines._cart_product_domain())
        self.assertEqual(found, products)
        self.assertEqual(cart.order_line.filtered_domain(lines._cart_product_domain()), products)
        rows = self.env.execute_query(
            SQL(
                "SELECT l.id FROM sale_order_line l WHERE l.order_id = %s AND %s",
                cart.id,
                lines._cart_product_sql(),
            )
        )
        self.assertEqual({line_id for (line_id,) in rows}, set(products.ids))
        self.assertEqual(cart._lines_as("product"), products)

    def test_a_cart_that_holds_only_what_the_shop_has_added_is_empty(self):
        cart = self._make_cart(products=[])
        self._add_delivery(cart)
        self._give_staff_discount(cart, 3)
        self.assertTrue(cart.order_line)
        self.assertFalse(cart._has_cart_lines())
        self.assertFalse(self._make_unfinished(cart))

    def test_the_products_of_an_unfinished_order_are_those_of_the_cart(self):
        cart, products, _free = self._make_full_cart()
        unfinished = self._make_unfinished(cart)
        self.assertEqual(unfinished.product_ids, products.product_id)
        self.assertEqual(unfinished.quantity, 4, "two lamps, a chair and a combo")
        shown = unfinished.order_line_ids
        self.assertEqual(shown, cart._lines_as("product", "part"))
        unfinished._book()
        report = self.env["unfinished.order.product.report"]
        counted = report.search([("product_id", "in", cart.order_line.product_id.ids)])
        self.assertEqual(counted.product_id, products.product_id)

    # === What it costs ===#

    def _costs(self):
        """Yield carts that are hard to add up, with what there is besides the goods."""
        odd = self._make_product("Odd", 3.33, taxes_id=[Command.set(self.tax.ids)])
        yield "plain", self._make_cart()
        yield "code", self._make_code_cart()
        yield "gift card", self._make_gift_card_cart()
        staff = self._make_cart(products=[self.chair])
        self._give_staff_discount(staff, 15)
        yield "staff", staff
        taxed = self._make_cart(products={odd: 3, self.lamp: 1})
        self._add_delivery(taxed)
        yield "taxes and delivery", taxed
        combo = self._make_cart(products=[])
        self._add_combo(combo, self._make_combo(odd, odd, self.lamp, price=20.0), 3)
        yield "combo", combo
        several = self._make_cart(products={})
        several.order_line = [
            Command.create({"product_id": odd.id, "price_unit": 0.07}) for _line in range(7)
        ]
        yield "rounding", several
        yield "everything", self._make_full_cart()[0]

    def _make_code_cart(self):
        code = f"TENTH-{next(self.numbers)}"
        self._make_program("promo_code", code=code)
        cart = self._make_cart(products=[self.chair])
        self._enter_code(cart, code)
        return cart

    def _make_gift_card_cart(self):
        code = f"GIFT-{next(self.numbers)}"
        self._make_card("gift_card", points=50, code=code)
        cart = self._make_cart(products=[self.chair])
        self._enter_code(cart, code)
        return cart

    def test_the_cost_is_that_of_the_cart_page(self):
        company = self.website.company_id
        for rounding in ("round_per_line", "round_globally"):
            company.tax_calculation_rounding_method = rounding
            for shown in ("tax_included", "tax_excluded"):
                self.website.show_line_subtotals_tax_selection = shown
                for name, cart in self._costs():
                    with self.subTest(cart=name, rounding=rounding, shown=shown):
                        self._check_cost(cart, shown)
                self.env["loyalty.program"].search([]).action_archive()

    def _check_cost(self, cart, shown):
        cost, rounded = cart._cart_cost(), cart.currency_id.round
        self.assertEqual(cost.total, cart.amount_total)
        self.assertEqual(rounded(cost.subtotal + cost.delivery + cost.tax), cost.total)
        self.assertEqual(cost.delivery, rounded(cart.amount_delivery))
        if shown == "tax_excluded":
            self.assertEqual(cost.tax, cart.amount_tax)
            self.assertEqual(cost.subtotal, rounded(cart.amount_untaxed - cart.amount_delivery))
        if cart.company_id.tax_calculation_rounding_method == "round_per_line":
            rows = sum(line._get_cart_display_price() for line in cart._lines_as("product", "gift"))
            taken_off = sum(reduction.amount for reduction in cart._cart_reductions())
            self.assertEqual(cost.subtotal, rounded(rows + taken_off))

    def test_a_chair_at_90_with_a_code_for_a_tenth_costs_81(self):
        cart = self._make_code_cart()
        self.assertEqual(cart._cart_cost().subtotal, 81.0)
        (reduction,) = cart._cart_reductions()
        self.assertEqual(reduction.amount, -9.0)

    def test_what_one_reward_takes_off_differently_taxed_products_is_one_reduction(self):
        taxes = self.env["account.tax"].create(
            [{"name": f"Tax {rate}", "amount": rate} for rate in (5.0, 21.0)]
        )
        products = [
            self._make_product(f"Taxed {tax.amount}", 100.0, taxes_id=[Command.set(tax.ids)])
            for tax in taxes
        ]
        self._make_program("promo_code", code="TAXED")
        cart = self._make_cart(products=products)
        self._enter_code(cart, "TAXED")
        self.website.show_line_subtotals_tax_selection = "tax_included"
        (reduction,) = cart._cart_reductions()
        self.assertEqual(len(reduction.lines), 2)
        self.assertAlmostEqual(reduction.amount, -22.6)

    def test_a_promotion_that_has_ended_lowers_nothing(self):
        cart = self._make_code_cart()
        cart.order_line.reward_id.program_id.date_to = "2020-01-01"
        self.assertEqual(cart._cart_cost().total, 90.0)
        self.assertFalse(cart._cart_reductions())

    def test_what_the_shop_does_not_give_any_more_lowers_nothing(self):
        other = self.env["website"].create({"name": "Other"})
        prices = self.env["product.pricelist"].create({"name": "For friends"})
        for vals in (
            {"active": False},
            {"ecommerce_ok": False},
            {"website_id": other.id},
            {"pricelist_ids": [Command.set(prices.ids)]},
            {"date_from": "2100-01-01"},
        ):
            cart = self._make_code_cart()
            self.assertEqual(cart._cart_cost().total, 81.0)
            cart.order_line.reward_id.program_id.write(vals)
            with self.subTest(**vals):
                self.assertEqual(cart._cart_cost().total, 90.0)
                self.assertFalse(cart._cart_reductions())
                cart._update_programs_and_rewards()
                self.assertEqual(cart.amount_total, 90.0, "so does the cart page")

    def test_a_coupon_or_a_gift_card_used_up_elsewhere_lowers_nothing(self):
        for kind, points in (("coupons", 1), ("gift_card", 20)):
            card = self._make_card(kind, points, code=f"CODE-{kind}")
            carts = [self._make_cart() for _each in range(2)]
            for cart in carts:
                self._enter_code(cart, card.code)
                self.assertTrue(cart._cart_reductions())
            carts[0].action_confirm()
            with self.subTest(kind=kind):
                self.assertEqual(card.points, 0)
                self.assertFalse(carts[1]._cart_reductions())
                shown = carts[1]._cart_cost().total
                carts[1]._update_programs_and_rewards()
                self.assertEqual(shown, carts[1].amount_total, "so does the cart page")

    def test_a_gift_card_partly_used_elsewhere_lowers_the_price_by_what_is_left(self):
        cart = self._make_gift_card_cart()
        self.assertEqual(cart._cart_cost().total, 40.0)
        cart.order_line.coupon_id.points = 20
        self.assertEqual(cart._cart_cost().total, 70.0)
        (reduction,) = cart._cart_reductions()
        self.assertEqual(reduction.amount, -20.0)
        cart._update_programs_and_rewards()
        self.assertEqual(cart.amount_total, 70.0, "so does the cart page")

    def test_of_two_rewards_for_the_points_of_one_the_first_stays(self):
        card = self._make_card(points=2, code="TWO-POINTS", discount=10)
        card.program_id.reward_ids = [
            Command.create(
                {
                    "reward_type": "discount",
                    "discount": 5,
                    "discount_mode": "percent",
                    "discount_applicability": "cheapest",
                    "required_points": 1,
                }
            )
        ]
        cart = self._make_cart(products=[self.chair])
        cart._try_apply_code(card.code)
        for reward in card.program_id.reward_ids:
            cart._apply_program_reward(reward, card)
        self.assertEqual(len(cart._cart_reductions()), 2)
        card.points = 1
        self.assertEqual(len(cart._cart_reductions()), 1)
        shown = cart._cart_cost().total
        cart._update_programs_and_rewards()
        self.assertEqual(shown, cart.amount_total, "so does the cart page")

    def test_the_goods_are_counted_alike_in_python_and_in_sql(self):
        for name, cart in self._costs():
            self.env.flush_all()
            query = SQL(
                "SELECT %s FROM sale_order o WHERE o.id = %s", cart._goods_amount_sql(), cart.id
            )
            ((amount,),) = self.env.execute_query(query)
            with self.subTest(cart=name):
                self.assertAlmostEqual(float(amount), cart._goods_amount())

    def test_a_gift_card_pays_for_goods_and_a_code_makes_them_cheaper(self):
        self.assertEqual(self._make_gift_card_cart()._goods_amount(), 90.0)
        code_cart = self._make_code_cart()
        self._add_delivery(code_cart)
        self.assertEqual(code_cart._goods_amount(), 81.0)

    def test_the_list_follows_what_changes_without_the_buyer(self):
        cart = self._make_cart(products=[self.chair])
        unfinished = self._make_unfinished(cart)
        code = f"LATER-{next(self.numbers)}"
        program = self._make_program("promo_code", code=code)
        self._enter_code(cart, code)
        self.assertEqual(unfinished.amount_total, 81.0)
        self.assertEqual(unfinished.amount_company, 81.0)
        self._add_delivery(cart)
        self.assertEqual(unfinished.amount_total, 88.77)
        program.active = False
        cart._update_programs_and_rewards()  # as core does every day
        self.assertEqual(unfinished.amount_total, 97.77)
        self.assertEqual(unfinished.amount_total, cart.amount_total)
