"""A promotion, coupon or gift card comes to its end while nobody touches the cart."""

from datetime import timedelta
from itertools import count

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..common import queries_of
from ..common_engine import EngineCase
from ..common_promotions import PromotionsCase


@tagged("post_install", "-at_install")
class TestLapsed(PromotionsCase, EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.numbers = count()

    def setUp(self):
        super().setUp()
        self.yesterday = fields.Date.today() - timedelta(days=2)  # whatever the shop's clock says

    def make_code_cart(self, **vals):
        """Return a cart of 90 that costs 81 with a code, and the program of the code."""
        code = f"LAPSE-{next(self.numbers)}"
        program = self._make_program("promo_code", code=code)
        cart = self._make_cart(products=[self.chair], **vals)
        self._enter_code(cart, code)
        return cart, program

    def endings(self):
        """Yield carts with a way each in which what makes them cheaper comes to its end."""
        cart, program = self.make_code_cart()
        yield "its last day is over", cart, lambda: program.write({"date_to": self.yesterday})
        cart, archived = self.make_code_cart()
        yield "archived", cart, lambda: archived.write({"active": False})
        for what, vals in (
            ("the coupon has expired", {"expiration_date": self.yesterday}),
            ("the coupon was used in another order", {"points": 0}),
        ):
            card = self._make_card(code=f"C-{next(self.numbers)}")
            cart = self._make_cart(products=[self.chair])
            self._enter_code(cart, card.code)
            yield what, cart, lambda card=card, vals=vals: card.write(vals)
        card = self._make_card("gift_card", points=50, code=f"G-{next(self.numbers)}")
        cart = self._make_cart(products=[self.chair])
        self._enter_code(cart, card.code)
        yield "part of the gift card was spent", cart, lambda: card.write({"points": 20})

    def test_the_list_shows_what_the_cart_page_will_show(self):
        for what, cart, end in list(self.endings()):
            with self.subTest(ending=what):
                unfinished = self._make_unfinished(cart)
                before = unfinished.amount_total
                self.assertEqual(before, cart.amount_total)
                left_at = unfinished.activity_at
                end()
                self._run_cron("find")
                shown = unfinished.amount_total
                self.assertGreater(shown, before)
                self.assertEqual(unfinished.amount_company, shown)
                self.assertEqual(unfinished.activity_at, left_at, "nobody was active")
                cart._update_programs_and_rewards()
                self.assertEqual(shown, cart.amount_total, "so does the cart page")

    def test_a_cart_that_is_found_later_is_shown_without_it_at_once(self):
        for what, cart, end in list(self.endings()):
            with self.subTest(ending=what):
                end()
                self.assertEqual(self._make_unfinished(cart).amount_total, cart._cart_cost().total)

    def test_what_has_been_looked_at_is_not_looked_at_again(self):
        cart, program = self.make_code_cart()
        self._make_unfinished(cart)
        contents = self.env["unfinished.order.contents"]
        program.date_to = self.yesterday
        self.assertTrue(contents._lapsed_ids())
        contents._follow_lapsed()
        self.assertFalse(contents._lapsed_ids())

    def test_a_promotion_that_goes_on_is_left_alone(self):
        cart, program = self.make_code_cart()
        self._make_unfinished(cart)
        program.date_to = fields.Date.today() + timedelta(days=9)
        self.assertFalse(self.env["unfinished.order.contents"]._lapsed_ids())

    def test_the_minimum_counts_what_the_goods_cost_now(self):
        self.campaign.min_amount = 85
        cart, program = self.make_code_cart()
        other, _goes_on = self.make_code_cart()
        program.date_to = self.yesterday
        messages = self._find(cart, other).message_ids
        messages.due_at = fields.Datetime.now()
        self._run_cron("send")
        found = {m.unfinished_id.order_id: (m.state, m.reason) for m in messages}
        self.assertEqual(found[other], ("skipped", "below_minimum"))
        self.assertNotEqual(found[cart][1], "below_minimum")

    def test_many_carts_cost_no_more_statements(self):
        def queries(number):
            made = [self.make_code_cart() for _number in range(number)]
            self._make_unfinished(self.env["sale.order"].concat(*(cart for cart, _p in made)))
            for _cart, program in made:
                program.date_to = self.yesterday
            return queries_of(self.env, self.env["unfinished.order.contents"]._follow_lapsed)

        queries(2)  # fills the caches of the registry
        self.assertLessEqual(queries(12), queries(4) + 1)
