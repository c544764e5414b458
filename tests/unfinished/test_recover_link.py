from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common_shop import ShopCase

PREFETCH = {"Sec-Purpose": "prefetch", "Purpose": "prefetch"}


@tagged("post_install", "-at_install")
class TestRecoveryLinkPage(ShopCase):
    """The page behind the link: what it shows, and that showing it changes nothing."""

    def test_fault_48_a_mail_scanner_changes_nothing(self):
        cart = self._make_cart()
        self._make_unfinished(cart)
        link = self._link(cart, self._make_message(cart).id)
        before = self._fingerprint()
        for headers in ({}, PREFETCH, PREFETCH, PREFETCH):
            self.assertEqual(self.url_open(link, headers=headers).status_code, 200)
        self.assertEqual(self.url_open(link, method="HEAD", allow_redirects=True).status_code, 200)
        self.assertEqual(self._fingerprint(), before)
        self.assertFalse(self._session_cart())

    def test_the_page_shows_products_and_says_nothing_about_the_buyer(self):
        buyer = self._make_customer(
            name="Zacharias Quux", email="zq@example.com", phone="+3225550000", street="Elm 99"
        )
        cart = self._make_cart(partner=buyer, products={self.lamp: 2})
        page = self.url_open(self._link(cart))
        self.assertIn("Lamp", self._text(page))
        self.assertIn("Quantity: 2", self._text(page))
        self.assertIsNotNone(self._form(page))
        for secret in ("Quux", "zq@example.com", "5550000", "Elm 99", cart.name):
            self.assertNotIn(secret, page.text)

    def test_fault_52_the_token_leaves_the_address_at_once_and_is_told_to_nobody(self):
        link = self._link(self._make_cart())
        first = self.url_open(link, allow_redirects=False)
        self.assertEqual(first.status_code, 303)
        self.assertTrue(first.headers["Location"].endswith("/shop/recover"))
        second = self.url_open("/shop/recover")
        after = self.url_open(link, data=dict(self._form(second).fields), allow_redirects=False)
        self.assertTrue(after.headers["Location"].endswith("/shop/cart"))
        for response in (first, second, after):
            self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(response.headers["Cache-Control"], "no-store")
            self.assertIn("noindex", response.headers["X-Robots-Tag"])
        self.assertIn('name="robots" content="noindex"', second.text)

    def test_fault_51_nothing_in_the_address_leads_elsewhere(self):
        link = self._link(self._make_cart())
        for evil in ("//evil.example", "\\evil.example", "javascript:alert(1)"):
            for name in ("redirect", "url", "next", "callback"):
                page = self.url_open(link, params={name: evil})
                self.assertEqual(page.url, f"{self.base_url()}/shop/recover")
                self.assertNotIn("evil.example", page.text)
            fields_ = {**self._form(page).fields, "redirect": evil, "url": evil}
            answer = self.url_open(
                self._form(page).get("action"), data=fields_, allow_redirects=False
            )
            self.assertEqual(answer.headers["Location"], "/shop/cart")

    def test_what_has_changed_is_said_before_and_after(self):
        few = self._make_product("Few", stock=5)
        gone = self._make_product("Gone")
        poster = self._make_product("Poster", stock=5)
        products = {self.lamp: 2, few: 5, gone: 1, poster: 1}
        cart = self._make_anonymous_cart(products=products)
        self.lamp.list_price = 45.0
        gone.is_published = False
        self._set_stock(few, 3)
        self._set_stock(poster, 0)
        text = self._text(self.url_open(self._link(cart)))
        self.assertIn("New price: one costs $ 45.00, it was $ 40.00", text.replace("\xa0", " "))
        self.assertIn("Only 3 left", text)
        self.assertIn("No longer sold", text)
        self.assertIn("Sold out", text)
        self.assertIn("Subtotal $ 120.00", text)
        page = self._press_continue(self._link(cart))
        self.assertEqual(page.url, f"{self.base_url()}/shop/cart")
        for sentence in (
            "Lamp now costs $ 45.00, it was $ 40.00.",
            "Few: only 3 left.",
            "Gone is no longer sold.",
            "Poster is sold out.",
        ):
            self.assertIn(sentence, self._text(page).replace("\xa0", " "))
        self.assertEqual(self._contents(self._session_cart()), {self.lamp: 2, few: 3})
        self.assertNotIn("Here is your cart again", self.url_open("/shop/cart").text)

    def test_a_stranger_sees_the_shops_prices_and_not_those_of_the_buyer(self):
        cart = self._make_cart(products={self.lamp: 2})
        _public, friends = self.env["product.pricelist"].create(
            [{"name": "Public", "sequence": 1}, {"name": "Friends", "sequence": 2}]
        )
        cart.pricelist_id = friends
        cart.order_line.price_unit = 3.0
        text = self._text(self.url_open(self._link(cart)))
        self.assertIn("Subtotal $ 80.00", text)
        self.assertNotIn("it was", text)
        page = self._press_continue(self._link(cart))
        self.assertNotIn("it was", self._text(page))
        self.assertEqual(self._session_cart().order_line.price_unit, 40.0)

    def test_a_cart_without_lines_has_a_page_and_no_button(self):
        page = self.url_open(self._link(self._make_cart(products={})))
        self.assertEqual(page.status_code, 200)
        self.assertIn("This cart is empty", self._text(page))
        self.assertIsNone(self._form(page))

    def test_a_cart_whose_products_are_all_unpublished_has_a_page_and_no_button(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        link = self._link(cart)
        form = self._form(self.url_open(link))
        (self.lamp | self.chair).is_published = False
        page = self.url_open(link)
        self.assertEqual(page.status_code, 200)
        self.assertIn("None of these products can be ordered", self._text(page))
        self.assertIsNone(self._form(page))
        answer = self.url_open(form.get("action"), data=dict(form.fields))
        self.assertIn("None of these products can be ordered", self._text(answer))
        self.assertFalse(self._session_cart())

    def test_a_cart_whose_products_are_all_archived_has_a_page_and_no_button(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        link = self._link(cart)
        form = self._form(self.url_open(link))
        (self.lamp | self.chair).action_archive()  # the shop takes them out of carts at once
        for page in (
            self.url_open(link),
            self.url_open(form.get("action"), data=dict(form.fields)),
        ):
            self.assertEqual(page.status_code, 200)
            self.assertIn("This cart is empty", self._text(page))
            self.assertIsNone(self._form(page))
        self.assertFalse(self._session_cart())

    def test_an_order_that_was_placed_is_said_to_be(self):
        cart = self._make_cart()
        link = self._link(cart)
        cart.action_confirm()
        page = self.url_open(link)
        self.assertIn("already been placed", self._text(page))
        self.assertIsNone(self._form(page))

    def test_a_cart_that_was_bought_on_another_device_is_said_to_be_placed(self):
        cart = self._make_cart()
        self._make_unfinished(cart).placed_order_id = self._make_cart()
        cart.action_cancel()
        self.assertIn("already been placed", self._text(self.url_open(self._link(cart))))

    def test_a_cart_of_which_staff_made_a_quotation_opens_nothing_at_the_shops_prices(self):
        cart = self._make_cart()
        link = self._link(cart)
        form = self._form(self.url_open(link))
        self.assertIsNotNone(form)
        cart.order_line.price_unit = 7.0
        cart._make_quotations()
        for state in ("draft", "sent"):
            if state == "sent":
                cart.action_quotation_sent()
            self.env.cr.flush()  # and what is logged right before that
            before = self._fingerprint()
            self.assertIsNone(self._form(self.url_open(link)))
            self.assertEqual(self._fingerprint(), before)

    def test_b22_a_cart_in_payment_cannot_be_touched(self):
        """Core moves the lines out of a cart whose buyer is at the bank, and cancels it."""
        for state in ("pending", "done", "draft"):
            cart = self._make_cart()
            form = self._form(self.url_open(self._link(cart)))
            self._make_transaction(cart, state)
            before = self._fingerprint()
            page = self.url_open(self._link(cart))
            self.assertIn("being processed", self._text(page), state)
            self.assertIsNone(self._form(page))
            answer = self.url_open(form.get("action"), data=dict(form.fields))
            self.assertIn("being processed", self._text(answer), state)
            self.assertEqual(self._fingerprint(), before, state)

    def test_a_payment_that_was_left_long_ago_does_not_hold_the_link(self):
        cart = self._make_cart()
        with freeze_time(fields.Datetime.now() - timedelta(hours=1)):
            self._make_transaction(cart, "draft")
        self._make_transaction(cart, "error")
        self.assertIsNotNone(self._form(self.url_open(self._link(cart))))

    def test_what_holds_the_order_at_this_moment_goes_first(self):
        cart = self._make_cart()
        form = self._form(self.url_open(self._link(cart)))
        orders = self.registry["sale.order"]
        self.patch(orders, "try_lock_for_update", lambda self, **_kwargs: self.browse())
        answer = self.url_open(form.get("action"), data=dict(form.fields))
        self.assertIsNotNone(self._form(answer), "the page is shown again, with its button")
        self.assertFalse(self._session_cart())

    def test_a_link_of_another_website_leads_there_or_nowhere(self):
        elsewhere = self.env["website"].create(
            {"name": "Elsewhere", "company_id": self.website.company_id.id}
        )
        cart = self._make_cart(website=elsewhere)
        link = self._link(cart)
        self.assertEqual(self.url_open(link).status_code, 404)
        elsewhere.domain = "https://elsewhere.example"
        answer = self.url_open(link, allow_redirects=False)
        self.assertEqual(answer.headers["Location"], f"https://elsewhere.example{link}")

    def test_a_shop_for_customers_only_asks_to_sign_in_first(self):
        self.website.ecommerce_access = "logged_in"
        page = self.url_open(self._link(self._make_cart()))
        self.assertIn("/web/login", page.url)
        self.assertNotIn(self._link(self._make_cart())[:40], page.url)

    # === Links that open nothing ===#

    def test_fault_47_whatever_is_no_valid_link_gets_the_same_page(self):
        buyer = self._make_portal_user("buyer").partner_id
        cart, other = self._make_cart(partner=buyer), self._make_cart(partner=buyer)
        valid = self._link(cart)
        revoked = self._link(other)
        self.env["unfinished.order.link"]._revoke(other)
        with freeze_time(fields.Datetime.now() - timedelta(days=self.website.cart_link_days + 1)):
            expired = self._link(cart)
        deleted = self._make_cart()
        of_deleted = self._link(deleted)
        deleted.unlink()
        cancelled = self._make_cart()
        cancelled.action_cancel()
        paths = (
            "/shop/recover",
            "/shop/recover/garbage",
            "/shop/recover/-1",
            f"/shop/recover/{'9' * 400}",
            f"/shop/recover/{'x' * 5000}",
            "/shop/recover/%00%ff",
            "/shop/recover/%E2%82%AC",
            valid[:-3],
            valid[:-3] + "AAA",
            valid.upper(),
            f"{valid}x",
            revoked,
            expired,
            of_deleted,
            self._link(cancelled),
        )
        for visitor in (None, cart.partner_id.user_ids, self._make_portal_user("other")):
            self._come_as(visitor)
            pages = {path: self.url_open(path) for path in paths}
            self.assertEqual({page.status_code for page in pages.values()}, {404}, pages)
            ours = [page for page in pages.values() if "Referrer-Policy" in page.headers]
            self.assertGreater(len(ours), 10)
            texts = {self._text(page) for page in ours}
            self.assertEqual(len(texts), 1, "one page for all, which tells nothing")

    def test_the_cart_of_a_deleted_website_opens_nothing(self):
        website = self.env["website"].create(
            {"name": "Short-lived", "company_id": self.website.company_id.id}
        )
        cart = self._make_cart(website=website)
        link = self._link(cart)
        cart.website_id = False
        self.assertEqual(self.url_open(link).status_code, 404)

    def test_a_revoked_link_cannot_be_used_from_a_page_that_is_still_open(self):
        cart = self._make_cart()
        form = self._form(self.url_open(self._link(cart)))
        self.env["unfinished.order.link"]._revoke(cart)
        answer = self.url_open(form.get("action"), data=dict(form.fields))
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self._session_cart())

    @mute_logger("odoo.http")
    def test_fault_59_the_button_needs_the_token_of_its_own_session(self):
        link = self._link(self._make_cart())
        fields_ = dict(self._form(self.url_open(link)).fields)
        self._come_as(None)
        before = self._fingerprint()
        for data in ({"csrf_token": ""}, {"csrf_token": "nonsense"}, {"other": "1"}, fields_):
            self.assertEqual(self.url_open(link, data=data).status_code, 400)
        self.assertEqual(self._fingerprint(), before)

    # === Helpers ===#

    def _make_message(self, cart):
        unfinished = self.env["unfinished.order"].search([("order_id", "=", cart.id)])
        return self.env["recovery.message"].create(
            {
                "unfinished_id": unfinished.id,
                "website_id": cart.website_id.id,
                "company_id": cart.company_id.id,
                "state": "sent",
            }
        )


@tagged("post_install", "-at_install")
class TestRecoveryLinkRestores(ShopCase):
    """The button: whose cart gets what."""

    def test_fault_49_a_stranger_gets_the_products_and_nothing_else(self):
        """Core binds the stranger's session to the buyer, whose address is shown and editable."""
        cart = self._make_cart(products={self.lamp: 2, self.chair: 1})
        victim = self._fingerprint(cart)
        page = self._press_continue(self._link(cart))
        mine = self._session_cart()
        self.assertEqual(page.url, f"{self.base_url()}/shop/cart")
        self.assertIn("Here is your cart again", self._text(page))
        self.assertNotEqual(mine, cart)
        self.assertEqual(mine.partner_id, self.public_partner)
        self.assertEqual(self._contents(mine), {self.lamp: 2, self.chair: 1})
        self.assertEqual(self._fingerprint(cart), victim)
        address = self.url_open("/shop/address").text
        self.assertNotIn(cart.partner_id.email, address)
        self.assertNotIn(cart.partner_id.name, address)

    def test_fault_50_somebody_else_who_is_signed_in_stays_who_they_are(self):
        stranger = self._make_portal_user("stranger")
        cart = self._make_cart(partner=self._make_portal_user("victim").partner_id)
        victim = self._fingerprint(cart)
        self._come_as(stranger)
        self._press_continue(self._link(cart))
        mine = self._session_cart()
        self.assertEqual(self._session().uid, stranger.id)
        self.assertNotEqual(mine, cart)
        self.assertEqual(mine.partner_id, stranger.partner_id)
        self.assertEqual(self._contents(mine), {self.lamp: 1})
        self.assertEqual(self._fingerprint(cart), victim)

    def test_fault_50_nobody_is_signed_in_and_no_session_comes_from_the_address(self):
        owner = self._make_portal_user("owner")
        cart = self._make_cart(partner=owner.partner_id)
        sid = self.session.sid
        self.url_open(self._link(cart), params={"session_id": "f" * 84, "sid": "f" * 84})
        self._press_continue(self._link(cart))
        self.assertFalse(self._session().uid)
        self.assertEqual(self.opener.cookies["session_id"][:42], sid[:42])
        self.assertNotEqual(self._session_cart(), cart)
        self.assertEqual(self._session_cart().partner_id, self.public_partner)

    def test_the_signed_in_owner_gets_the_very_cart_at_todays_prices(self):
        owner = self._make_portal_user("owner")
        few = self._make_product("Few", stock=1)
        products = {self.lamp: 2, few: 3, self.chair: 1}
        cart = self._make_cart(partner=owner.partner_id, products=products)
        self.chair.is_published = False
        self.lamp.list_price = 50.0
        self._come_as(owner)
        self._set_session_cart(self.env["sale.order"])  # the shop has looked, and found none
        page = self._press_continue(self._link(cart))
        self.assertEqual(self._session_cart(), cart)
        self.assertEqual(self._contents(cart), {self.lamp: 2, few: 1})
        self.assertEqual(
            cart.order_line.filtered(lambda x: x.product_id == self.lamp).price_unit, 50
        )
        self.assertIn("Few: only 1 left.", self._text(page))
        self.assertIn("Chair is no longer sold.", self._text(page))
        self.assertEqual(self._session()["website_sale_cart_quantity"], 3)

    def test_the_signed_in_owner_with_another_cart_gets_a_copy_in_it(self):
        owner = self._make_portal_user("owner")
        cart = self._make_cart(partner=owner.partner_id, products={self.lamp: 2})
        newer = self._make_cart(partner=owner.partner_id, products={self.chair: 1})
        self._come_as(owner)
        self._set_session_cart(newer)
        victim = self._fingerprint(cart)
        self._press_continue(self._link(cart))
        self.assertEqual(self._session_cart(), newer)
        self.assertEqual(self._contents(newer), {self.chair: 1, self.lamp: 2})
        self.assertEqual(self._fingerprint(cart), victim)

    def test_the_cart_of_this_very_session_stays_as_it_is(self):
        mine = self._add_to_cart(self.lamp, 2)
        names = ["product_id", "product_uom_qty", "price_unit", "name", "price_total"]
        before = mine.order_line.read(names)
        carts = self.env["sale.order"].search_count([])
        self._press_continue(self._link(mine))
        self.assertEqual(self._session_cart(), mine)
        self.assertEqual(mine.order_line.read(names), before)
        self.assertEqual(self.env["sale.order"].search_count([]), carts)

    def test_pressing_again_does_not_double_anything(self):
        cart = self._make_cart(products={self.lamp: 2, self.chair: 1})
        mine = self._add_to_cart(self.lamp, 1)
        for _time in range(3):
            self._press_continue(self._link(cart))
            self.assertEqual(self._session_cart(), mine)
            self.assertEqual(self._contents(mine), {self.lamp: 2, self.chair: 1})
        self.assertEqual(self._session()["website_sale_cart_quantity"], 3)

    def test_a_larger_quantity_of_ones_own_is_kept(self):
        mine = self._add_to_cart(self.lamp, 5)
        self._press_continue(self._link(self._make_cart(products={self.lamp: 2})))
        self.assertEqual(self._contents(mine), {self.lamp: 5})

    def test_the_copy_knows_the_unfinished_order_that_it_came_from(self):
        cart = self._make_cart()
        unfinished = self._make_unfinished(cart)
        self._press_continue(self._link(cart))
        self.assertEqual(self._session_cart().cart_source_id, unfinished)

    def test_only_pressing_the_button_counts_as_a_click(self):
        cart = self._make_cart()
        unfinished = self._make_unfinished(cart)
        message = self.env["recovery.message"].create(
            {"unfinished_id": unfinished.id, "state": "sent"}
        )
        link = self._link(cart, message.id)
        self.url_open(link)
        self.env.invalidate_all()
        self.assertFalse(message.event_ids)
        self._press_continue(link)
        self.env.invalidate_all()
        self.assertEqual(message.event_ids.mapped("kind"), ["clicked"])
        self.assertEqual(message.state, "clicked")

    def test_delivery_costs_and_rewards_are_not_copied(self):
        cart = self._make_cart()
        cart.order_line = [
            Command.create({"product_id": self.chair.id, "is_delivery": True, "price_unit": 9}),
            Command.create({"display_type": "line_note", "name": "By a colleague"}),
        ]
        self._press_continue(self._link(cart))
        self.assertEqual(self._contents(self._session_cart()), {self.lamp: 1})

    def test_a_product_that_has_lost_its_price_is_left_out(self):
        self.website.prevent_zero_price_sale = True
        cart = self._make_cart(products=[self.lamp, self.chair])
        self.chair.list_price = 0
        self._press_continue(self._link(cart))
        self.assertEqual(self._contents(self._session_cart()), {self.lamp: 1})

    # === Products with options ===#

    def test_chosen_options_and_typed_texts_come_along(self):
        product, engraved, typed = self._make_engraved_product()
        cart = self._make_cart(products={})
        cart.order_line = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_no_variant_attribute_value_ids": [Command.set(engraved.ids)],
                    "product_custom_attribute_value_ids": [
                        Command.create(
                            {
                                "custom_product_template_attribute_value_id": engraved.id,
                                "custom_value": typed,
                            }
                        )
                    ],
                }
            )
        ]
        for _time in range(2):
            self._press_continue(self._link(cart))
        line = self._session_cart().order_line
        self.assertEqual(len(line), 1)
        self.assertEqual(line.product_uom_qty, 1)
        self.assertEqual(line.product_no_variant_attribute_value_ids, engraved)
        self.assertEqual(line.product_custom_attribute_value_ids.custom_value, typed)
        self.assertEqual(line.price_unit, cart.order_line.price_unit)

    def test_a_combo_comes_along_as_a_whole(self):
        combo = self.env["product.combo"].create(
            {
                "name": "Seat",
                "combo_item_ids": [
                    Command.create({"product_id": self.chair.id}),
                    Command.create({"product_id": self.lamp.id, "extra_price": 5}),
                ],
            }
        )
        corner = self._make_product(
            "Corner", 70.0, type="combo", combo_ids=[Command.set(combo.ids)]
        )
        cart = self._make_cart(products={corner: 2})
        self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": self.lamp.id,
                "product_uom_qty": 2,
                "combo_item_id": combo.combo_item_ids[1].id,
                "linked_line_id": cart.order_line.id,
            }
        )
        self.assertIn("Subtotal $ 150.00", self._text(self.url_open(self._link(cart))))
        for _time in range(2):
            self._press_continue(self._link(cart))
        mine = self._session_cart()
        self.assertEqual(self._contents(mine), {corner: 2, self.lamp: 2})
        self.assertEqual(mine.order_line[1].linked_line_id, mine.order_line[0])
        self.assertEqual(mine.order_line[1].combo_item_id, combo.combo_item_ids[1])
        self.assertEqual(mine.amount_untaxed, 150)

    def test_an_optional_product_stays_with_the_product_it_was_added_to(self):
        cart = self._make_cart(products={self.lamp: 1})
        self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": self.chair.id,
                "linked_line_id": cart.order_line.id,
            }
        )
        for _time in range(2):
            self._press_continue(self._link(cart))
        main, option = self._session_cart().order_line
        self.assertEqual((main.product_id, option.product_id), (self.lamp, self.chair))
        self.assertEqual(option.linked_line_id, main)
        self.assertEqual(option.product_uom_qty, 1)

    # === Helpers ===#

    def _make_engraved_product(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Engraving",
                "create_variant": "no_variant",
                "value_ids": [
                    Command.create({"name": "None"}),
                    Command.create({"name": "Your text", "is_custom": True}),
                ],
            }
        )
        product = self._make_product("Pen")
        line = self.env["product.template.attribute.line"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "attribute_id": attribute.id,
                "value_ids": [Command.set(attribute.value_ids.ids)],
            }
        )
        values = line.product_template_value_ids
        values[1].price_extra = 3
        return product.product_tmpl_id.product_variant_id, values[1], "For Ada"
