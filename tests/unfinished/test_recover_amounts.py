import re

from lxml import html

from odoo import Command
from odoo.tests import tagged

from ..common_promotions import PromotionsCase
from ..common_shop import ShopCase

WAYS = ("own browser", "other browser", "signed in", "two carts")
# What changes after the cart was left; what the cart costs then; what it costs together with
# another one; what is said of it.
CHANGES = (
    ("nothing", 180, 198, ""),
    ("price", 198, 216, r"Lamp now costs \$ 50\.00, it was \$ 40\.00\."),
    ("stock", 171, 189, r"Few: only 2 left\."),
    ("sold out", 153, 171, r"Few is sold out\."),
    ("publication", 99, 117, r"Chair is no longer sold\."),
    ("coupon ended", 200, 220, r"“10% on your order” has ended\."),
    ("coupon needs more", 110, 130, r"“10% on your order” does not apply|Code TENTH-\d+: "),
)


@tagged("post_install", "-at_install")
class TestSameAmountEverywhere(PromotionsCase, ShopCase):
    """The page of the link, the cart and the payment say the same amount, on every device."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.address = {
            "phone": "+3225550000",
            "street": "Elm 9",
            "city": "Brussels",
            "zip": "1000",
            "country_id": cls.env.ref("base.be").id,
        }
        cls.buyer = cls._make_customer(**cls.address)
        cls.owner = cls._make_portal_user("owner")
        cls.owner.partner_id.write(cls.address)

    def test_page_cart_and_payment_say_the_same(self):
        for number, (change, alone, together, said) in enumerate(CHANGES):
            for way in WAYS:
                with self.subTest(change=change, way=way):
                    expected = together if way == "two carts" else alone
                    self._check(way, change, expected, said, f"TENTH-{number}")
                self.env["loyalty.program"].search([]).action_archive()

    def _check(self, way, change, expected, said, code):
        cart = self._come_with_a_cart(way, code)
        self._change(change, cart)
        page = self.url_open(self._link(cart))
        self.assertEqual(self._amount(page, "//*[@name='recover_total']"), expected)
        form = self._form(page)
        after = self.url_open(form.get("action"), data=dict(form.fields))
        mine = self._session_cart()
        self.assertEqual(mine == cart, way in ("own browser", "signed in"))
        self.assertEqual(self._total(after), expected)
        notice = html.fromstring(after.text).xpath("//*[@role='status']")[0].text_content()
        if said:
            self.assertRegex(notice.replace("\xa0", " "), said)
        else:
            self.assertNotIn("something has changed", notice)
        if way != "signed in":
            mine.partner_id = self.buyer  # as the address form does
        self.assertEqual(self._total(self.url_open("/shop/payment")), expected)
        self.assertTrue(all(line.product_id.is_published for line in self._goods(mine)))
        mine.action_cancel()

    def _come_with_a_cart(self, way, code):
        """Make a cart whose buyer comes back some way, and return it."""
        self.lamp = self._make_product("Lamp", 40.0)
        self.chair = self._make_product("Chair", 90.0)
        self.few = self._make_product("Few", 10.0, stock=5)
        self._make_program("promo_code", code=code)
        partner = self.owner.partner_id if way == "signed in" else self.public_partner
        products = {self.lamp: 2, self.few: 3, self.chair: 1}
        cart = self._make_cart(partner=partner, products=products)
        self._enter_code(cart, code)
        self._come_as(self.owner if way == "signed in" else None)
        own = self.env["sale.order"]
        if way == "own browser":
            own = cart
        elif way == "two carts":
            poster = self._make_product("Poster", 20.0)
            own = self._make_anonymous_cart(products=[poster, self.lamp])
        self._set_session_cart(own)
        return cart

    def _change(self, change, cart):
        if change == "price":
            self.lamp.list_price = 50.0
        elif change == "stock":
            self._set_stock(self.few, 2)
        elif change == "sold out":
            self._set_stock(self.few, 0)
        elif change == "publication":
            self.chair.is_published = False
        elif change == "coupon ended":
            cart.code_enabled_rule_ids.program_id.date_to = "2020-01-01"
        elif change == "coupon needs more":
            cart.code_enabled_rule_ids.minimum_amount = 150.0
            self.chair.is_published = False

    def _goods(self, cart):
        return cart.order_line.filtered(lambda line: line._cart_role() == "product")

    def _total(self, page):
        return self._amount(page, "//tr[@name='o_order_total']//*[hasclass('monetary_field')]")

    def _amount(self, page, path):
        path = re.sub(r"hasclass\('(\w+)'\)", r"contains(concat(' ', @class, ' '), ' \1 ')", path)
        found = html.fromstring(page.text).xpath(path)
        self.assertTrue(found, f"{page.url} shows an amount")
        return float(re.sub(r"[^\d.]", "", found[0].text_content()))

    # === Taxes and delivery ===#

    def test_taxes_and_delivery_are_counted_where_the_cart_has_them(self):
        tax = self.env["account.tax"].create({"name": "A tax", "amount": 20.0})
        taxed = self._make_product("Taxed", 10.0, taxes_id=[Command.set(tax.ids)])
        courier = self._make_product("Courier", 7.0, type="service")
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Courier",
                "delivery_type": "fixed",
                "fixed_price": 7.0,
                "product_id": courier.id,
                "is_published": True,
            }
        )
        self.website.show_line_subtotals_tax_selection = "tax_excluded"
        cart = self._make_anonymous_cart(products={taxed: 2})
        cart._set_delivery_method(carrier)
        self._set_session_cart(cart)
        taxed.list_price = 15.0
        page = self.url_open(self._link(cart))
        self.assertEqual(self._amount(page, "//*[@name='recover_total']"), 30)
        delivery = self._amount(page, "//*[@name='recover_delivery']")
        self.assertEqual(delivery, 7)
        self.assertEqual(self._amount(page, "//*[@name='recover_tax']"), 6)
        self.assertEqual(self._amount(page, "//*[@name='recover_grand_total']"), 43)
        self.assertNotIn("Without delivery", self._text(page))
        self.assertEqual(self._total(self._press_continue(self._link(cart))), 43)
        self._come_as(None)
        page = self.url_open(self._link(cart))
        self.assertIn("Without delivery", self._text(page), "a copy has none yet")
        self.assertEqual(self._amount(page, "//*[@name='recover_grand_total']"), 36)
        self.assertEqual(self._total(self._press_continue(self._link(cart))), 36)

    # === A cart that is not empty ===#

    def test_what_is_added_to_a_cart_that_is_not_empty_is_said_before_and_after(self):
        self._set_session_cart(self._make_anonymous_cart(products={self.chair: 2}))
        link = self._link(self._make_cart())
        page = self.url_open(link)
        self.assertIn("They are added to the products in your cart ( 2 )", self._spaced(page))
        self.assertEqual(self._amount(page, "//*[@name='recover_others']"), 180)
        self.assertEqual(self._amount(page, "//*[@name='recover_total']"), 220)
        after = self._press_continue(link)
        self.assertIn("added to those that were in your cart ( 2 )", self._spaced(after))

    def test_nothing_is_said_of_a_cart_that_is_empty(self):
        link = self._link(self._make_cart())
        self.assertNotIn("added to", self._text(self.url_open(link)))
        self.assertNotIn("added to", self._text(self._press_continue(link)))

    def test_what_was_in_the_other_cart_is_brought_up_to_date_too(self):
        gone = self._make_product("Gone")
        own = self._make_anonymous_cart(products=[self.chair, gone, self.lamp])
        self._set_session_cart(own)
        self.chair.list_price = 95.0
        self.lamp.list_price = 45.0
        gone.is_published = False
        link = self._link(self._make_cart(products={self.lamp: 2}))
        before = self._text(self.url_open(link)).replace("\xa0", " ")
        after = self._text(self._press_continue(link)).replace("\xa0", " ")
        for sentence in (
            "Chair now costs $ 95.00, it was $ 90.00.",
            "Lamp now costs $ 45.00, it was $ 40.00.",
            "Gone is no longer sold.",
        ):
            self.assertIn(sentence, before)
            self.assertEqual(after.count(sentence), 1)
        prices = {line.product_id: line.price_unit for line in self._session_cart().order_line}
        self.assertEqual(prices, {self.chair: 95.0, self.lamp: 45.0})

    def _spaced(self, page):
        return re.sub(r"\s*([()])\s*", r" \1 ", self._text(page))

    # === Rows ===#

    def test_a_new_price_is_compared_by_the_piece(self):
        cart = self._make_anonymous_cart(products={self.lamp: 3})
        self.lamp.list_price = 45.0
        text = self._text(self.url_open(self._link(cart))).replace("\xa0", " ")
        self.assertIn("Quantity: 3 at $ 45.00 each", text)
        self.assertIn("New price: one costs $ 45.00 , it was $ 40.00", text.replace(",", " ,"))
        self.assertIn("Subtotal $ 135.00", text)

    def test_a_price_that_only_rounds_differently_is_not_new(self):
        tax = self.env["account.tax"].create({"name": "A tax", "amount": 21.0})
        odd = self._make_product("Odd", 3.33, stock=7, taxes_id=[Command.set(tax.ids)])
        self.website.show_line_subtotals_tax_selection = "tax_included"
        cart = self._make_anonymous_cart(products={odd: 7})
        self._set_stock(odd, 2)
        text = self._text(self.url_open(self._link(cart)))
        self.assertIn("Only 2 left", text)
        self.assertNotIn("New price", text)

    def test_a_gift_is_named_until_its_promotion_ends(self):
        program = self._make_program(reward_type="product", reward_product_id=self.lamp.id)
        cart = self._make_anonymous_cart(products=[self.chair])
        cart._update_programs_and_rewards()
        cart._auto_apply_rewards()
        self.assertTrue(cart._lines_as("gift"))
        for visitor_cart in (self.env["sale.order"], cart):
            self._come_as(None)
            self._set_session_cart(visitor_cart)
            self.assertIn("Free of charge: 1", self._text(self.url_open(self._link(cart))))
        program.active = False
        text = self._text(self.url_open(self._link(cart)))
        self.assertNotIn("Free of charge", text)
        self.assertIn("has ended", text)
        self._press_continue(self._link(cart))
        self.assertEqual(self._contents(cart), {self.chair: 1})

    def test_a_gift_card_of_which_something_was_spent_elsewhere_pays_what_is_left(self):
        card = self._make_card("gift_card", points=50, code="GIFT-50")
        cart = self._make_anonymous_cart(products=[self.chair])
        self._enter_code(cart, "GIFT-50")
        self.assertEqual(cart.amount_total, 40.0)
        card.points = 20
        self._set_session_cart(cart)
        page = self.url_open(self._link(cart))
        self.assertEqual(self._amount(page, "//*[@name='recover_total']"), 70)
        self.assertIn("has less left on it than before", self._text(page))
        after = self._press_continue(self._link(cart))
        self.assertIn("has less left on it than before", self._text(after))
        self.assertEqual(self._total(after), 70)
