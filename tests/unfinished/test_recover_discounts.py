from odoo import Command
from odoo.tests import tagged

from ..common_promotions import PromotionsCase
from ..common_shop import ShopCase


@tagged("post_install", "-at_install")
class TestDiscountsOnTheLink(PromotionsCase, ShopCase):
    """What becomes of discounts, codes and gift cards on another device."""

    def _page(self, cart):
        return self._text(self.url_open(self._link(cart))).replace("\xa0", " ")

    def _cart_page(self):
        return self._text(self.url_open("/shop/cart")).replace("\xa0", " ")

    def _make_code_cart(self, code="TENTH", **kwargs):
        self._make_program("promo_code", code=code)
        cart = self._make_cart(products=[self.chair], **kwargs)
        self._enter_code(cart, code)
        self.assertEqual(cart.amount_total, 81.0)
        return cart

    def _make_coupon_cart(self, code="044-PERSONAL-CODE", **kwargs):
        self._make_card(code=code)
        cart = self._make_cart(products=[self.chair], **kwargs)
        self._enter_code(cart, code)
        self.assertEqual(cart.amount_total, 81.0)
        return cart

    # === Public codes ===#

    def test_a_public_code_is_counted_on_the_page_and_applied_again(self):
        cart = self._make_code_cart()
        page = self._page(cart)
        self.assertIn("$ 90.00", page)
        self.assertIn("$ -9.00", page.replace("\ufeff", ""))
        self.assertIn("Subtotal $ 81.00", page)
        after = self._text(self._press_continue(self._link(cart)))
        mine = self._session_cart()
        self.assertNotEqual(mine, cart)
        self.assertEqual(mine.amount_total, 81.0)
        self.assertEqual(mine.code_enabled_rule_ids, cart.code_enabled_rule_ids)
        self.assertIn("Here is your cart again.", after)

    def test_a_public_code_is_applied_once_however_often_the_link_is_used(self):
        cart = self._make_code_cart()
        for _time in range(3):
            self._press_continue(self._link(cart))
            self.assertEqual(self._session_cart().amount_total, 81.0)

    def test_a_public_code_that_the_shop_does_not_accept_any_more_is_told(self):
        cart = self._make_code_cart()
        cart.code_enabled_rule_ids.program_id.date_to = "2020-01-01"
        page = self._page(cart)
        self.assertIn("has ended", page)
        self.assertIn("Subtotal $ 90.00", page)
        after = self._text(self._press_continue(self._link(cart)))
        self.assertIn("has ended", after)
        self.assertEqual(self._session_cart().amount_total, 90.0)

    def test_a_public_code_that_is_used_up_is_told_after_the_button(self):
        cart = self._make_code_cart()
        program = cart.code_enabled_rule_ids.program_id
        other = self._make_cart(products=[self.chair])
        self._enter_code(other, "TENTH")
        other.action_confirm()
        program.write({"limit_usage": True, "max_usage": 1})
        after = self._text(self._press_continue(self._link(cart)))
        self.assertIn("Code TENTH: ", after)
        self.assertEqual(self._session_cart().amount_total, 90.0)

    def test_a_promotion_without_a_code_comes_along_by_itself(self):
        self._make_program()
        cart = self._make_cart(products=[self.chair])
        cart._update_programs_and_rewards()
        cart._auto_apply_rewards()
        self.assertEqual(cart.amount_total, 81.0)
        self.assertIn("Subtotal $ 81.00", self._page(cart))
        self._press_continue(self._link(cart))
        self.assertEqual(self._session_cart().amount_total, 81.0)

    # === What belongs to a person ===#

    def test_a_personal_coupon_stays_and_its_code_is_told_to_nobody(self):
        cart = self._make_coupon_cart()
        for visitor in (None, self._make_portal_user("stranger")):
            self._come_as(visitor)
            page = self.url_open(self._link(cart))
            self.assertIn("was entered on another device and stays there", self._text(page))
            self.assertIn("Subtotal $ 90.00", self._text(page).replace("\xa0", " "))
            self.assertNotIn("044-PERSONAL-CODE", page.text)
            after = self._press_continue(self._link(cart))
            self.assertIn("was entered on another device and stays there", self._text(after))
            self.assertNotIn("044-PERSONAL-CODE", after.text)
            self.assertEqual(self._session_cart().amount_total, 90.0)
            self.assertFalse(self._session_cart().applied_coupon_ids)

    def test_a_gift_card_stays_and_its_code_and_credit_are_told_to_nobody(self):
        self._make_card("gift_card", points=37, code="GIFT-CARD-CODE-37")
        cart = self._make_cart(products=[self.chair])
        self._enter_code(cart, "GIFT-CARD-CODE-37")
        self.assertEqual(cart.amount_total, 53.0)
        page = self.url_open(self._link(cart))
        text = self._text(page).replace("\xa0", " ")
        self.assertIn("Please enter its code again in your cart", text)
        self.assertIn("Subtotal $ 90.00", text)
        for secret in ("GIFT-CARD-CODE-37", "53.00", "37.00"):
            self.assertNotIn(secret, page.text)

    def test_a_discount_by_staff_stays(self):
        cart = self._make_cart(products=[self.chair])
        self._give_staff_discount(cart, 20)
        page = self._page(cart)
        self.assertIn("Please ask us for it again", page)
        self.assertIn("Subtotal $ 90.00", page)
        self.assertNotIn("No longer sold", page)
        after = self._text(self._press_continue(self._link(cart)))
        self.assertNotIn("no longer sold", after)
        self.assertEqual(self._session_cart().amount_total, 90.0)

    def test_the_signed_in_owner_keeps_all_of_it(self):
        owner = self._make_portal_user("owner")
        for make in (self._make_code_cart, self._make_coupon_cart):
            cart = make(code=f"CODE-OF-{make.__name__}", partner=owner.partner_id)
            self._come_as(owner)
            self._set_session_cart(self.env["sale.order"])
            page = self._page(cart)
            self.assertIn("Subtotal $ 81.00", page)
            self.assertNotIn("stays there", page)
            self._press_continue(self._link(cart))
            self.assertEqual(self._session_cart(), cart)
            self.assertEqual(cart.amount_total, 81.0)
            cart.action_cancel()

    def test_the_signed_in_owner_gets_their_coupon_into_the_cart_that_they_have(self):
        owner = self._make_portal_user("owner")
        cart = self._make_coupon_cart(partner=owner.partner_id)
        self._come_as(owner)
        self._set_session_cart(self._make_cart(partner=owner.partner_id, products=[self.lamp]))
        page = self._page(cart)
        self.assertIn("Subtotal $ 117.00", page)
        self._press_continue(self._link(cart))
        mine = self._session_cart()
        self.assertNotEqual(mine, cart)
        self.assertEqual(mine.applied_coupon_ids.code, "044-PERSONAL-CODE")
        self.assertEqual(mine.amount_total, 117.0, "a tenth off a lamp and a chair")

    # === The same figure everywhere ===#

    def test_mail_link_list_and_cart_page_say_the_same(self):
        tax = self.env["account.tax"].create({"name": "A tax", "amount": 21.0})
        odd = self._make_product("Odd", 3.33, taxes_id=[Command.set(tax.ids)])
        company = self.website.company_id
        company.tax_calculation_rounding_method = "round_globally"
        self._make_program("promo_code", code="SAME")
        for shown in ("tax_included", "tax_excluded"):
            self.website.show_line_subtotals_tax_selection = shown
            cart = self._make_anonymous_cart(products=[])
            cart.order_line = [Command.create({"product_id": odd.id}) for _line in range(7)]
            self._add_combo(cart, self._make_combo(odd, self.lamp, price=20.0))
            self._enter_code(cart, "SAME")
            amounts = self.env["recovery.mail"]._contents(cart)
            with self.subTest(shown=shown):
                untaxed = shown == "tax_excluded"
                expected = f"{cart.amount_untaxed if untaxed else cart.amount_total:.2f}"
                self.assertEqual(f"{amounts['subtotal']:.2f}", expected)
                name = "Subtotal (tax excluded)" if untaxed else "Subtotal"
                self.assertIn(f"{name} $ {expected}", self._page(cart))
                if shown == "tax_excluded":
                    self.assertEqual(amounts["total"], cart.amount_total)
                self._come_as(None)
                self._set_session_cart(cart)
                self.assertIn(f"Total $ {cart.amount_total:.2f}", self._cart_page())
                self.assertIn(f"{name} $ {expected}", self._page(cart))
                self._come_as(None)
