"""The button of a recovery link, pressed twice, or on top of what the visitor has already."""

from odoo.tests import tagged

from ..common_shop import ShopCase


@tagged("post_install", "-at_install")
class TestRecoveryLinkPressedTwice(ShopCase):
    def _press_twice(self, link):
        """Press the button twice before any page has come; return the cart page."""
        form = self._form(self.url_open(link))
        for _time in range(2):
            self.url_open(form.get("action"), data=dict(form.fields), allow_redirects=False)
        return self._text(self.url_open("/shop/cart"))

    def test_a_press_while_the_first_is_at_work_leads_to_the_cart(self):
        link = self._link(self._make_cart())
        form = self._form(self.url_open(link))
        self.url_open(form.get("action"), data=dict(form.fields), allow_redirects=False)
        orders = self.registry["sale.order"]
        self.patch(orders, "try_lock_for_update", lambda self, **_kwargs: self.browse())
        answer = self.url_open(form.get("action"), data=dict(form.fields))
        self.assertEqual(answer.url, f"{self.base_url()}/shop/recover")
        self.assertIn("Your cart is open", self._text(answer))

    def test_what_has_changed_is_told_once_though_the_button_was_pressed_twice(self):
        own = self._add_to_cart(self.lamp, 2)
        self.lamp.list_price = 45.0
        said = "Lamp now costs $ 45.00, it was $ 40.00."
        self.assertEqual(self._press_twice(self._link(own)).replace("\xa0", " ").count(said), 1)
        self.assertNotIn("Here is your cart", self._text(self.url_open("/shop/cart")))

    def test_products_that_came_with_the_first_press_are_no_others(self):
        text = self._press_twice(self._link(self._make_cart(products={self.lamp: 2})))
        self.assertIn("Here is your cart again", text)
        self.assertNotIn("added to", text)
        self.assertNotIn("already", text)

    def test_others_are_told_though_the_button_was_pressed_twice(self):
        self._add_to_cart(self.chair, 2)
        text = self._press_twice(self._link(self._make_cart()))
        self.assertIn("added to those that were in your cart (2)", text.replace("( 2 )", "(2)"))

    def test_the_button_can_be_pressed_once_where_scripts_run(self):
        form = self._form(self.url_open(self._link(self._make_cart())))
        self.assertIn("js_website_submit_form", form.get("class"))

    # === On top of one's own ===#

    def test_products_that_are_in_the_cart_already_are_not_added(self):
        self._add_to_cart(self.lamp, 3)
        self._add_to_cart(self.chair, 1)
        link = self._link(self._make_cart(products={self.lamp: 2}))
        text = self._text(self.url_open(link))
        self.assertIn("These products are in your cart already.", text)
        self.assertNotIn("added to", text)
        text = self._text(self._press_continue(link))
        self.assertIn("The products of the link were in your cart already.", text)
        self.assertNotIn("added to", text)

    def test_only_those_of_the_others_that_stay_are_counted(self):
        gone = self._make_product("Gone")
        self._set_session_cart(self._make_anonymous_cart(products={gone: 3, self.chair: 2}))
        gone.is_published = False
        link = self._link(self._make_cart(products={self.lamp: 1}))
        self.assertIn("in your cart (2), which stay there", self._text(self.url_open(link)))
        self.assertIn("in your cart (2).", self._text(self._press_continue(link)))

    def test_nothing_is_said_to_stay_where_all_others_go(self):
        gone = self._make_product("Gone")
        self._set_session_cart(self._make_anonymous_cart(products={gone: 3}))
        gone.is_published = False
        link = self._link(self._make_cart(products={self.lamp: 1}))
        self.assertNotIn("stay there", self._text(self.url_open(link)))
        self.assertNotIn("added to", self._text(self._press_continue(link)))

    # === Of another company ===#

    def test_a_customer_of_another_company_is_told_what_to_do(self):
        company = self.env["res.company"].create({"name": "Another shop"})
        stranger = self._make_portal_user("stranger")
        cart = self._make_cart()
        link = self._link(cart)
        self._come_as(stranger)
        form = self._form(self.url_open(link))
        stranger.write({"company_ids": [(4, company.id)], "company_id": company.id})
        stranger.partner_id.company_id = company
        for page in (
            self.url_open(link),
            self.url_open(form.get("action"), data=dict(form.fields)),
        ):
            self.assertEqual(page.status_code, 200)
            self.assertIn("account of another shop", self._text(page))
            self.assertIsNone(self._form(page))
