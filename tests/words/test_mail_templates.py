import re

from lxml import etree, html

from odoo import Command
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import format_amount

from ..common import queries_of
from ..common_engine import EngineCase, smtp_server
from ..common_promotions import PromotionsCase

CORE_LINK = "{{ object.get_base_url() }}/shop/cart?id={{ object.id }}&amp;access_token="
CORE_LIKE_BODY = f"""
<t t-set="company" t-value="object.company_id"/>
<p t-if="object.partner_id.name == 'Ada Buyer'"><t t-set="secret" t-value="'for Ada only'"/></p>
<p t-out="secret or 'nothing'"/>
<a t-attf-href="{CORE_LINK}{{{{ object.access_token }}}}">Go</a>
"""

# The smallest PNG there is.
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestMailTemplates(PromotionsCase, EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.name = "Lighthouse"
        cls.steps = cls._start_reminders().step_ids
        dollar = cls.env.ref("base.USD")
        dollar.active = True
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": dollar.id, "company_id": False}
        )
        rate_of_one = [Command.clear(), Command.create({"rate": 1.0, "name": "2020-01-01"})]
        (dollar | cls.env.company.currency_id).rate_ids = rate_of_one

    @classmethod
    def _make_product(cls, *args, **vals):
        return super()._make_product(*args, **{"image_1920": PICTURE, **vals})

    @classmethod
    def _make_cart(cls, *args, **kwargs):
        return super()._make_cart(*args, **{"pricelist_id": cls.pricelist.id, **kwargs})

    # === What a mail is made of ===#

    def _render(self, *carts, position=0, lang="en_US"):
        """Render a shipped reminder as the engine does, and return the HTML of each cart."""
        contents = self._render_contents(*carts, position=position, lang=lang)
        return [contents[cart]["html"] for cart in carts]

    def _render_contents(self, *carts, position=0, lang="en_US"):
        orders = self.env["sale.order"].concat(*carts)
        links = {order: self._link(order) for order in orders}
        return self.steps[position]._render(orders, lang, links)

    def _link(self, order):
        return f"https://shop.example/shop/recover/token-{order.id}"

    def _doc(self, cart, **kwargs):
        (body,) = self._render(cart, **kwargs)
        return html.fromstring(str(body))

    def _text(self, cart, **kwargs):
        return self._words(self._doc(cart, **kwargs))

    def _words(self, doc):
        for node in doc.xpath("//style | //title"):
            node.drop_tree()
        for node in doc.iter("br", "div"):
            node.tail = f" {node.tail or ''}"
            node.text = f" {node.text or ''}"
        return " ".join(doc.text_content().split())

    def _make_products(self, count):
        return [self._make_product(f"Thing number {number}") for number in range(count)]

    def _make_delivery_line(self, cart):
        return self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": self._make_product("Courier").id,
                "price_unit": 7.77,
                "is_delivery": True,
            }
        )

    # === One way back ===#

    def test_every_reminder_has_one_button_that_leads_to_the_cart(self):
        for products in ([self.lamp], self._make_products(12)):
            cart = self._make_cart(products=products)
            for position in range(3):
                with self.subTest(position=position, products=len(products)):
                    doc = self._doc(cart, position=position)
                    hrefs = doc.xpath("//table[@class='reminder-button']//a/@href")
                    self.assertEqual(hrefs, [self._link(cart)])
                    links = {a.get("href") for a in doc.iter("a") if "/shop/" in a.get("href")}
                    self.assertEqual(links, {self._link(cart)}, "nothing leads elsewhere")

    def test_the_reminders_are_in_sentence_case_and_do_not_repeat_each_other(self):
        subjects = self.steps.mail_template_id.mapped("subject")
        self.assertEqual(len(set(subjects)), 3)
        for subject in subjects:
            self.assertEqual(subject, subject.capitalize())
            self.assertNotIn("!", subject)

    def test_each_reminder_has_its_own_character(self):
        cart = self._make_cart(hours_ago=72)
        cart.company_id.phone = "+1 555 0100"
        first, second, last = (self._text(cart, position=position) for position in range(3))
        self.assertIn("Can we help? If something did not work", first)
        self.assertIn("You see the full price, delivery included, before you order", second)
        self.assertIn("or call us: +1 555 0100", second)
        link = self._doc(cart, position=1).xpath("//a[starts-with(@href, 'tel:')]")[0]
        self.assertEqual((link.get("href"), link.text), ("tel:+15550100", "+1 555 0100"))
        self.assertIn("we will not write to you about this cart again", last)

    def test_a_link_dials_the_whole_number_or_there_is_none(self):
        cart = self._make_cart(hours_ago=72)
        for phone, dialled in (
            ("+359 (0)2 987-65.43", "tel:+35929876543"),
            ("1800 1234", "tel:18001234"),
            ("028 3823 1234 / 0901 234 567", None),
            ("02 987 6543, 0888 123 456", None),
            ("+1 555 0100 ext. 12", None),
            ("1-800-FLOWERS", None),
            ("*7777", None),
        ):
            cart.company_id.phone = phone
            doc = self._doc(cart, position=1)
            links = doc.xpath("//a[starts-with(@href, 'tel:')]/@href")
            self.assertEqual(links, [dialled] if dialled else [], phone)
            self.assertIn(f"or call us: {phone}", self._words(doc))

    def test_a_shop_without_a_telephone_promises_none(self):
        cart = self._make_cart()
        cart.company_id.phone = False
        self.assertNotIn("call us", self._text(cart, position=1))

    def test_no_reminder_presses(self):
        cart = self._make_cart(hours_ago=72)
        for position, subject in enumerate(self.steps.mail_template_id.mapped("subject")):
            text = f"{subject} {self._text(cart, position=position)}".lower()
            for pressure in ("hurry", "only", "last chance", "expire", "reserved", "forever", "!"):
                self.assertNotIn(pressure, text)

    def test_a_link_of_the_core_kind_becomes_the_safe_one(self):
        self.steps[0].mail_template_id.body_html = CORE_LIKE_BODY
        with_token, without = self._make_cart(), self._make_cart()
        with_token._portal_ensure_token()
        for cart, body in zip(
            (with_token, without), self._render(with_token, without), strict=True
        ):
            self.assertEqual(html.fromstring(str(body)).xpath("//a/@href"), [self._link(cart)])
            self.assertNotIn("access_token", body)

    # === Pictures ===#

    def test_every_picture_has_a_text_a_size_and_an_absolute_address(self):
        self.website.logo = PICTURE
        doc = self._doc(self._make_cart(products=self._make_products(3)))
        pictures = doc.findall(".//img")
        self.assertEqual(len(pictures), 4, "the logo and the three products")
        for picture in pictures:
            self.assertTrue(picture.get("alt"))
            self.assertTrue(picture.get("height"))
            self.assertRegex(picture.get("src"), r"^https?://[^/]+/web/image/")

    def test_the_sample_logo_gives_way_to_the_name_of_the_shop(self):
        self.website.logo = self.env["website"]._default_logo()
        doc = self._doc(self._make_cart(products=[self.lamp]))
        self.assertEqual([img.get("alt") for img in doc.findall(".//img")], ["Lamp"])
        self.assertTrue(self._words(doc).partition("You left something")[0].endswith("Lighthouse "))

    def test_pictures_and_names_of_products_lead_to_the_cart(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        table = self._doc(cart).find(".//table[@class='reminder-products']")
        self.assertEqual(set(table.xpath(".//a/@href")), {self._link(cart)})
        self.assertEqual(table.xpath(".//a/img/@alt"), ["Chair", "Lamp"])
        self.assertEqual([a.text for a in table.iter("a") if a.text], ["Chair", "Lamp"])

    # === Products and amounts ===#

    def test_what_is_worth_most_comes_first_with_the_largest_picture(self):
        products = {self.lamp: 1, self.chair: 1, self._make_product("Bulb", 50.0): 2}
        doc = self._doc(self._make_cart(products=products))
        pictures = doc.xpath("//table[@class='reminder-products']//img")
        self.assertEqual([img.get("alt") for img in pictures], ["Bulb", "Chair", "Lamp"])
        sizes = [int(img.get("width")) for img in pictures]
        self.assertGreater(sizes[0], sizes[1])
        self.assertEqual(sizes[1], sizes[2])

    def test_of_a_long_cart_the_dearest_is_shown_wherever_it_was(self):
        throne = self._make_product("Throne", 999.0)
        doc = self._doc(self._make_cart(products=[*self._make_products(8), throne]))
        self.assertEqual(doc.xpath("//table[@class='reminder-products']//img/@alt")[0], "Throne")

    def test_a_first_product_without_picture_is_a_row_like_the_others(self):
        throne = self._make_product("Throne", 999.0, image_1920=False)
        doc = self._doc(self._make_cart(products=[self.lamp, throne]))
        table = doc.find(".//table[@class='reminder-products']")
        self.assertEqual([a.text for a in table.iter("a") if a.text], ["Throne", "Lamp"])
        self.assertEqual(table.xpath(".//img/@alt"), ["Lamp"], "no grey placeholder")
        self.assertEqual(table.xpath(".//img/@width"), ["72"], "no large one further down")

    def test_without_any_picture_no_room_is_left_for_one(self):
        products = [self._make_product(name, image_1920=False) for name in ("Tea", "Rice")]
        doc = self._doc(self._make_cart(products=products))
        table = doc.find(".//table[@class='reminder-products']")
        self.assertFalse(table.xpath(".//img | .//td[@width='74']"))
        columns = {sum(int(td.get("colspan", 1)) for td in row) for row in table.findall("tr")}
        self.assertEqual(columns, {3})

    def test_a_variant_shows_the_picture_of_its_product_or_its_own(self):
        own = self._make_product("Own", image_1920=False)
        own.image_variant_1920 = PICTURE
        doc = self._doc(self._make_cart(products=[own]))
        self.assertEqual(doc.xpath("//table[@class='reminder-products']//img/@alt"), ["Own"])

    # === Subject, title, preview text ===#

    def _content(self, cart, **kwargs):
        return self._render_contents(cart, **kwargs)[cart]

    def test_the_first_subject_names_what_is_worth_most(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        self.assertEqual(self._content(cart)["subject"], "You left Chair in your cart")

    def test_a_subject_names_nothing_that_cannot_be_had(self):
        gone = self._make_product("Gone", 700.0, stock=0)
        cart = self._make_cart(products=[self.lamp, gone])
        self.assertEqual(self._content(cart)["subject"], "You left Lamp in your cart")
        cart = self._make_cart(products=[gone])
        self.assertEqual(self._content(cart)["subject"], "You left something in your cart")

    def test_a_subject_follows_the_language_of_the_buyer_and_stays_short(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.lamp.with_context(lang="de_DE").name = "Leuchte " * 30
        subjects = [
            self._content(self._make_cart(products=[self.lamp]), lang=lang)["subject"]
            for lang in ("en_US", "de_DE")
        ]
        self.assertEqual(subjects[0], "You left Lamp in your cart")
        self.assertIn("Leuchte Leuchte", subjects[1])
        self.assertLess(len(subjects[1]), 100)

    def test_a_mail_has_its_subject_for_a_title(self):
        self.steps[0].mail_template_id.subject = "For <you> & {{ object.partner_id.name }}"
        content = self._content(self._make_cart())
        (title,) = html.fromstring(str(content["html"])).xpath("/html/head/title")
        self.assertEqual(title.text, content["subject"])
        self.assertIn("<you> & Ada", title.text)

    def test_no_words_of_the_mail_come_after_the_preview_text(self):
        for position in range(3):
            (body,) = self._render(self._make_cart(hours_ago=72), position=position)
            (hidden,) = html.fromstring(str(body)).xpath("//div[contains(@style, 'mso-hide: all')]")
            self.assertGreater(hidden.text_content().count("\u034f "), 60)
            words = " ".join(hidden.text_content().replace("\u034f", " ").split())
            self.assertLess(len(words), 100)

    # === Who sends ===#

    def test_the_sender_is_called_as_the_website_is(self):
        self.env.company.write({"name": "Cliff Holding Ltd", "email": "Office <o@cliff.example>"})
        self.website.name = "Leuchtturm, Größe"
        (mail,) = self._arriving(self._make_cart()).messages
        (sender,) = mail["From"].addresses
        self.assertEqual(
            (sender.display_name, sender.addr_spec), (self.website.name, "o@cliff.example")
        )

    def test_a_message_id_ends_in_the_domain_of_the_sender(self):
        for email, domain in (("o@cliff.example", "cliff.example"), ("o@größe.example", "xn--")):
            self.env.company.email = email
            (mail,) = self._arriving(
                self._make_cart(self._make_customer(email=f"{domain[:2]}@e.eu"))
            ).messages
            local, _at, found = mail["Message-Id"].strip("<>").partition("@")
            self.assertTrue(local.endswith("-recovery"))
            self.assertTrue(found.isascii() and found.startswith(domain), found)

    def test_products_are_shown_with_quantity_and_price(self):
        cart = self._make_cart(products={self.lamp: 2, self.chair: 1})
        text = self._text(cart)
        self.assertRegex(text, r"Lamp Quantity: 2 \$\s?80\.00")
        self.assertRegex(text, r"Chair Quantity: 1 \$\s?90\.00")
        self.assertRegex(text, r"Subtotal \$\s?170\.00")

    def test_archived_products_are_neither_shown_nor_counted(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        self.chair.active = False
        text = self._text(cart)
        self.assertNotIn("Chair", text)
        self.assertRegex(text, r"Subtotal \$\s?40\.00")

    def test_delivery_is_shown_below_what_the_goods_cost(self):
        cart = self._make_cart(products=[self.lamp])
        self._make_delivery_line(cart)
        text = self._text(cart)
        self.assertNotIn("Courier", text)
        self.assertRegex(text, r"Subtotal \$\s?40\.00 Delivery \$\s?7\.77 Total \$\s?47\.77")

    def test_the_variant_is_named(self):
        finish, legs = self.env["product.attribute"].create(
            [
                {
                    "name": "Finish",
                    "value_ids": [Command.create({"name": name}) for name in ("Oak", "Ash")],
                },
                {
                    "name": "Legs",
                    "create_variant": "no_variant",
                    "value_ids": [Command.create({"name": name}) for name in ("Steel", "Brass")],
                },
            ]
        )
        table = self.env["product.template"].create(
            {
                "name": "Table",
                "is_published": True,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                    for attribute in (finish, legs)
                ],
            }
        )
        cart = self._make_cart(products=[table.product_variant_ids[1]])
        brass = table.attribute_line_ids[1].product_template_value_ids[1]
        cart.order_line.product_no_variant_attribute_value_ids = brass
        self.assertIn("Table Ash, Brass Quantity: 1", self._text(cart))

    def _make_combo_cart(self, part):
        combo = self.env["product.combo"].create(
            {
                "name": "Light",
                "combo_item_ids": [Command.create({"product_id": part.id})],
            }
        )
        bundle = self._make_product(
            "Reading corner", 0.0, type="combo", combo_ids=[Command.set(combo.ids)]
        )
        cart = self._make_cart(products=[bundle])
        self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": part.id,
                "linked_line_id": cart.order_line.id,
                "combo_item_id": combo.combo_item_ids.id,
                "price_unit": 33.0,
            }
        )
        return cart

    def test_a_combo_shows_its_parts_and_what_they_cost_together(self):
        text = self._text(self._make_combo_cart(self.lamp))
        self.assertRegex(text, r"Reading corner 1 × Lamp Quantity: 1 \$\s?33\.00 Subtotal \$\s?33")

    def test_amounts_are_written_as_core_writes_them(self):
        mail = self.env["recovery.mail"]
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        odd = self.env["res.currency"].create(
            {"name": "ODD", "symbol": "{x}", "rounding": 0.001, "position": "before"}
        )
        amounts = (0.0, 0.005, -0.5, 9.99, 999.995, 1234.5, 1234567.891, -98765432.1)
        for lang in ("en_US", "vi_VN", "bg_BG", "de_DE", "ar_001", "fr_FR", "en_IN"):
            self.env["res.lang"]._activate_lang(lang)
            own = mail.with_context(lang=lang)
            for currency in currencies[:20] | odd:
                for amount in amounts:
                    with self.subTest(lang=lang, currency=currency.name, amount=amount):
                        expected = format_amount(own.env, amount, currency)
                        self.assertEqual(own._amount(amount, currency), expected)

    def test_amounts_are_in_the_currency_of_the_cart(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        pricelist = self.env["product.pricelist"].create({"name": "€", "currency_id": euro.id})
        cart = self._make_cart(products=[self.lamp], pricelist_id=pricelist.id)
        cart.order_line.price_unit = 1234.5
        self.assertRegex(self._text(cart), r"Subtotal 1,234\.50\s?€|Subtotal €\s?1,234\.50")

    def test_prices_are_those_that_the_shop_shows(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        lamp = self._make_product("Taxed lamp", 100.0, taxes_id=[Command.set(tax.ids)])
        cart = self._make_cart(products=[lamp])
        self.website.show_line_subtotals_tax_selection = "tax_excluded"
        self.assertRegex(self._text(cart), r"Subtotal \(tax excluded\) \$\s?100\.00")
        self.website.show_line_subtotals_tax_selection = "tax_included"
        self.assertRegex(self._text(cart), r"Subtotal \$\s?110\.00")

    def test_taxes_that_come_on_top_are_shown(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        lamp = self._make_product("Taxed lamp", 100.0, taxes_id=[Command.set(tax.ids)])
        self.website.show_line_subtotals_tax_selection = "tax_excluded"
        self.assertRegex(
            self._text(self._make_cart(products=[lamp])),
            r"Subtotal \(tax excluded\) \$\s?100\.00 Taxes \$\s?10\.00 Total \$\s?110\.00",
        )

    def test_six_products_are_all_shown(self):
        doc = self._doc(self._make_cart(products=self._make_products(6)))
        self.assertEqual(len(doc.findall(".//img")), 6)
        self.assertNotIn("Also in your cart", self._words(doc))

    def test_of_a_long_cart_five_products_are_shown_and_the_others_named(self):
        doc = self._doc(self._make_cart(products=self._make_products(8)))
        self.assertEqual(len(doc.findall(".//img")), 5)
        text = self._words(doc)
        self.assertIn("Also in your cart: Thing number 5, Thing number 6, Thing number 7 ", text)
        self.assertRegex(text, r"Subtotal \$\s?80\.00")

    def test_of_a_very_long_cart_not_all_are_named(self):
        text = self._text(self._make_cart(products=self._make_products(23)))
        self.assertIn("Thing number 14, … ", text)
        self.assertNotIn("Thing number 15", text)
        self.assertRegex(text, r"Subtotal \$\s?230\.00")

    # === Discounts ===#

    def _make_discounted_cart(self, products=None):
        self._make_program("promo_code", code="TENTH")
        cart = self._make_cart(products=products or [self.chair])
        self._enter_code(cart, "TENTH")
        return cart

    def test_a_code_is_a_row_of_its_own_and_counted(self):
        text = self._text(self._make_discounted_cart()).replace("\ufeff", "")
        self.assertRegex(
            text, r"Chair Quantity: 1 \$\s?90\.00 10% on your order \$\s?-9\.00 Subtotal \$\s?81"
        )

    def test_a_gift_card_and_a_discount_by_staff_are_rows_too(self):
        self._make_card("gift_card", points=50, code="GIFT-50")
        cart = self._make_cart(products=[self.chair])
        self._give_staff_discount(cart, 15)
        self._enter_code(cart, "GIFT-50")
        text = self._text(cart).replace("\ufeff", "")
        self.assertRegex(text, r"Discount \$\s?-15\.00")
        self.assertRegex(text, r"\$\s?-50\.00 Subtotal \$\s?25\.00")
        self.assertNotIn("Not available", text)

    def test_of_a_cart_of_which_not_all_can_be_had_no_discount_is_promised(self):
        gone = self._make_product("Gone", 70.0, stock=0)
        text = self._text(self._make_discounted_cart([self.chair, gone]))
        self.assertRegex(text, r"Subtotal \$\s?90\.00 Your discounts are worked out anew")
        self.assertNotIn("10%", text)

    def test_a_promotion_that_has_ended_is_not_shown(self):
        cart = self._make_discounted_cart()
        cart.order_line.reward_id.program_id.date_to = "2020-01-01"
        text = self._text(cart)
        self.assertNotIn("10%", text)
        self.assertRegex(text, r"Subtotal \$\s?90\.00")

    def test_a_template_of_the_shops_own_shows_discounts_too(self):
        self.steps[0].mail_template_id.body_html = (
            '<p t-foreach="object.website_order_line" t-as="line">'
            '<t t-out="line.name_short"/> <t t-out="line.price_total"/></p>'
        )
        carts = self._make_discounted_cart(), self._make_cart(products=[self.lamp])
        discounted, plain = (self._words(html.fromstring(b)) for b in self._render(*carts))
        self.assertIn("10% on your order -9.0", discounted)
        self.assertIn("Lamp 40.0", plain)

    # === What can be had now ===#

    def test_what_is_sold_out_is_named_below_and_not_counted(self):
        gone = self._make_product("Gone", 70.0, stock=0)
        left = self._make_product("Left", 30.0, stock=2)
        text = self._text(self._make_cart(products=[gone, left]))
        self.assertRegex(text, r"Left Quantity: 1 \$\s?30\.00 Subtotal \$\s?30\.00 ")
        self.assertIn(" Not available at the moment: Gone ", text)
        self.assertEqual(text.count("Gone"), 1)

    def test_of_what_has_become_rare_as_much_is_shown_and_counted_as_can_be_had(self):
        rare = self._make_product("Rare", 30.0, stock=2)
        text = self._text(self._make_discounted_cart({rare: 5, self.chair: 1}))
        self.assertRegex(text, r"Chair Quantity: 1 \$\s?90\.00 Rare Quantity: 2 \$\s?60\.00 ")
        self.assertRegex(text, r"Subtotal \$\s?150\.00 Your discounts are worked out anew")
        combo = self._make_combo(rare, self.lamp, price=50.0)
        cart = self._make_cart(products=[])
        self._add_combo(cart, combo, 4)
        self.assertRegex(self._text(cart), r"Quantity: 2 \$\s?100\.00 Subtotal \$\s?100\.00")
        self.assertIn("2 × Rare", self._text(cart))

    def test_a_gift_of_a_promotion_that_has_ended_is_not_shown(self):
        program = self._make_program(reward_type="product", reward_product_id=self.lamp.id)
        cart = self._make_cart(products=[self.chair])
        cart._update_programs_and_rewards()
        cart._auto_apply_rewards()
        self.assertIn("Lamp", self._text(cart))
        program.active = False
        self.assertNotIn("Lamp", self._text(cart))

    def test_where_nothing_is_sold_out_nothing_is_said_about_it(self):
        text = self._text(self._make_cart(products=[self.lamp]))
        self.assertNotIn("Not available", text)

    def test_what_can_be_sold_without_stock_is_shown(self):
        on_demand = self._make_product("On demand", stock=0, allow_out_of_stock_order=True)
        self.assertRegex(self._text(self._make_cart(products=[on_demand])), "On demand Quantity: 1")

    def test_stock_is_that_of_the_warehouse_of_the_website(self):
        lamp = self._make_product("Stocked", stock=3)
        cart = self._make_cart(products=[lamp])
        elsewhere = self.env["stock.warehouse"].create({"name": "Elsewhere", "code": "ELSE"})
        self.assertNotIn("Not available", self._text(cart))
        self.website.warehouse_id = elsewhere
        self.assertIn("Not available at the moment: Stocked", self._text(cart))

    def test_stock_of_another_company_is_no_stock(self):
        lamp = self._make_product("Stocked", stock=0)
        other = self.env["res.company"].create({"name": "Other company"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        quants = self.env["stock.quant"].with_company(other)
        quants._update_available_quantity(lamp, warehouse.lot_stock_id, 5)
        env = self.env(context={"allowed_company_ids": (self.env.company | other).ids})
        cart = self._make_cart(products=[lamp]).with_env(env)
        self.assertIn("Not available at the moment: Stocked", self._text(cart))

    def test_what_is_sold_by_the_dozen_is_sold_out_when_less_is_left(self):
        eggs = self._make_product("Eggs", stock=11)
        cart = self._make_cart(products=[eggs])
        self.assertNotIn("Not available", self._text(cart))
        cart.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.assertIn("Not available at the moment: Eggs", self._text(cart))

    def test_a_combo_is_sold_out_when_one_of_its_parts_is(self):
        bulb = self._make_product("Bulb", stock=0)
        text = self._text(self._make_combo_cart(bulb))
        self.assertIn("Not available at the moment: Reading corner", text)
        self.assertNotIn("Subtotal", text)

    def test_what_the_shop_no_longer_offers_is_not_mentioned(self):
        hidden = self._make_product("Hidden", is_published=False)
        text = self._text(self._make_cart(products=[hidden, self.lamp]))
        self.assertNotIn("Hidden", text)
        self.assertRegex(text, r"Subtotal \$\s?40\.00")

    # === The buyer ===#

    def test_a_buyer_is_greeted_by_first_name_and_nothing_else_is_told(self):
        buyer = self._make_customer(
            "Ada Buyer", phone="+359 888 123 456", street="Secret Street 1", city="Hiddenville"
        )
        body = str(self._render(self._make_cart(buyer))[0])
        self.assertIn("Hello Ada,", body)
        for private in ("Buyer", "ada@example.com", "888 123", "Secret Street", "Hiddenville"):
            self.assertNotIn(private, body)

    def test_a_guest_who_only_typed_an_address_is_not_greeted(self):
        cart = self._make_anonymous_cart()
        cart._capture_contact(email="guest@example.com")
        text = self._text(cart)
        self.assertNotIn("Hello", text)
        self.assertNotIn(self.public_partner.name, text)

    def test_companies_and_addresses_are_not_greeted(self):
        for name, is_company in (("Azure Interior", True), ("ada@example.com", False)):
            buyer = self._make_customer(name, is_company=is_company)
            self.assertNotIn("Hello", self._text(self._make_cart(buyer)))

    def test_nothing_of_one_customer_is_seen_by_the_next(self):
        known = self._make_cart(self._make_customer("Ada Buyer"), [self.lamp])
        guest = self._make_anonymous_cart(products=[self.chair])
        for position in range(3):
            for body in (
                self._render(known, guest, position=position)[1],
                self._render(guest, known, position=position)[0],
            ):
                self.assertNotIn("Ada", body)
                self.assertNotIn("Lamp", body)
                self.assertNotIn(f"token-{known.id}", body)

    def test_what_a_template_sets_for_one_customer_is_unset_for_the_next(self):
        self.steps[0].mail_template_id.body_html = CORE_LIKE_BODY
        ada = self._make_cart(self._make_customer("Ada Buyer"))
        eve = self._make_cart(self._make_customer("Eve", "eve@example.com"))
        for_ada, for_eve = self._render(ada, eve)
        self.assertIn("for Ada only", for_ada)
        self.assertNotIn("for Ada only", for_eve)
        self.assertIn("nothing", for_eve)

    # === The shop ===#

    def test_the_footer_tells_who_writes_and_why(self):
        self.website.domain = "https://www.lighthouse.example"
        self.website.company_id.partner_id.write({"street": "1 Cliff Road", "city": "Harbour"})
        text = self._text(self._make_cart())
        self.assertIn("because you started an order in our shop with this e-mail address", text)
        self.assertIn("address. Lighthouse www.lighthouse.example", text)
        self.assertIn("1 Cliff Road", text)
        self.assertIn("Harbour", text)

    def test_the_text_of_the_button_can_be_read_whatever_the_company_chose(self):
        cart = self._make_cart()
        cart.company_id.write(
            {"email_secondary_color": "#ffe600", "email_primary_color": "#ffffff"}
        )
        style = self._doc(cart).xpath("//table[@class='reminder-button']//a/@style")[0]
        self.assertIn("background-color: #ffe600", style)
        self.assertRegex(style, r"[^-]color: #000000")

    def test_the_last_reminder_says_until_when_its_link_works(self):
        self.website.cart_link_days = 30
        cart = self._make_cart(hours_ago=72)
        # Left on 27 February: 30 days later is 29 March, and the day before is safe everywhere.
        self.assertIn("works until March 28, 2026", self._text(cart, position=2))

    def test_a_link_that_may_be_over_makes_no_promise(self):
        self.website.cart_link_days = 3
        cart = self._make_cart(hours_ago=72)
        self.assertNotIn("until", self._text(cart, position=2))

    # === Languages ===#

    def _translate(self, template, lang, body):
        self.env["res.lang"]._activate_lang(lang)
        template.with_context(lang=lang).body_html = body

    def test_a_buyer_gets_the_words_of_their_language(self):
        template = self.steps[0].mail_template_id
        self._translate(template, "vi_VN", "<p>Giỏ hàng của bạn</p>")
        self._translate(template, "bg_BG", "<p>Вашата количка</p>")
        cart = self._make_cart()
        self.assertIn("Giỏ hàng của bạn", self._text(cart, lang="vi_VN"))
        self.assertIn("Вашата количка", self._text(cart, lang="bg_BG"))
        self.assertIn("You left something", self._text(cart, lang="en_US"))

    def test_the_shipped_translations_reach_the_buyer(self):
        for lang in ("vi_VN", "bg_BG"):
            self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"]._load_module_terms(
            ["website_sale_order_handling"], ["vi_VN", "bg_BG"]
        )
        buyer = self._make_customer("Nguyễn Văn An", lang="vi_VN")
        cart = self._make_cart(buyer, [self.lamp], hours_ago=72)
        vietnamese = self._text(cart, position=2, lang="vi_VN")
        self.assertIn("Xin chào An, Nếu bạn vẫn muốn mua", vietnamese)
        self.assertRegex(vietnamese, r"Lamp Số lượng: 1 .*Thành tiền .*Quay lại giỏ hàng")
        bulgarian = self._text(cart, position=2, lang="bg_BG")
        self.assertRegex(bulgarian, r"Бутонът работи до 28 март 2026.г\. Размислихте")

    def test_products_and_building_blocks_follow_the_language_of_the_buyer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.lamp.with_context(lang="de_DE").name = "Leuchte"
        blocks = self.env.ref("website_sale_order_handling.reminder_table")
        blocks.update_field_translations("arch_db", {"de_DE": {"Subtotal": "Zwischensumme"}})
        cart = self._make_cart(products=[self.lamp])
        cart.order_line.price_unit = 1234.5
        text = self._text(cart, lang="de_DE")
        self.assertIn("Leuchte", text)
        self.assertRegex(text, r"Zwischensumme \$?\s?1\.234,50")

    def test_a_language_written_from_right_to_left_is_laid_out_so(self):
        self.env["res.lang"]._activate_lang("ar_001")
        doc = self._doc(self._make_cart(), lang="ar_001")
        self.assertEqual(set(doc.xpath("//*[@dir]/@dir")), {"rtl"})
        self.assertNotIn("text-align: left", " ".join(doc.xpath("//td/@style")[:3]))
        self.assertEqual(
            set(self._doc(self._make_cart(), lang="en_US").xpath("//*[@dir]/@dir")), {"ltr"}
        )

    def test_long_words_and_words_from_right_to_left_reach_every_block(self):
        words = {
            "de_DE": ("Einkaufswageninhaltsübersicht", "Außerdem im Wagen:", "ltr"),
            "ar_001": ("العودة إلى سلة التسوق", "في السلة أيضًا:", "rtl"),
        }
        template = self.steps[0].mail_template_id
        blocks = self.env.ref("website_sale_order_handling.reminder_table")
        cart = self._make_cart(products=self._make_products(7))
        for lang, (button, others, direction) in words.items():
            self._translate(template, lang, template.body_html.replace("Return to my cart", button))
            blocks.update_field_translations("arch_db", {lang: {"Also in your cart:": others}})
            doc = self._doc(cart, lang=lang)
            self.assertEqual(doc.get("dir"), direction)
            self.assertEqual(doc.get("lang"), lang.replace("_", "-"))
            self.assertEqual(doc.xpath("//table[@class='reminder-button']//a")[0].text, button)
            self.assertIn(f"{others} Thing number 5, Thing number 6", self._words(doc))
            for price in doc.xpath("//bdi"):
                self.assertRegex(price.text, r"\d")

    # === Dark and small ===#

    def test_the_look_in_the_dark_is_in_the_head_of_the_mail(self):
        doc = self._doc(self._make_cart())
        (style,) = doc.xpath("/html/head/style")
        self.assertIn("@media (prefers-color-scheme: dark)", style.text)
        self.assertFalse(doc.xpath("/html/body//style"))
        classes = set(doc.xpath("//body//@class"))
        for name in set(re.findall(r"\.(reminder-[a-z]+)", style.text)) - {"reminder-quiet"}:
            self.assertIn(name, classes)

    def test_a_mail_without_our_blocks_is_left_as_it_is(self):
        self.steps[0].mail_template_id.body_html = "<p>Your cart</p>"
        self.assertNotIn("<html", self._render(self._make_cart())[0])

    def test_a_mail_in_a_layout_is_no_page_in_a_page(self):
        self.steps[0].mail_template_id.email_layout_xmlid = "mail.mail_notification_light"
        body = self._render(self._make_cart())[0]
        self.assertEqual(body.count("<html"), 1)

    def test_what_is_rendered_is_what_arrives(self):
        message = self._remind(self._make_cart(products=[self.lamp])).filtered("text")
        with smtp_server(self.env) as inbox:
            self._queued_mails(message).send()
        (mail,) = inbox.messages
        page = mail.get_body(("html",)).get_content()
        self.assertIn("@media (prefers-color-scheme: dark)", page)
        self.assertEqual(
            html.fromstring(page).xpath("//body//@class"),
            html.fromstring(message.text).xpath("//body//@class"),
        )
        self.assertIn("Lamp", mail.get_body(("plain",)).get_content())

    def test_the_plain_text_says_all_in_the_order_in_which_it_is_read(self):
        self.website.domain = "https://www.lighthouse.example"
        self.env.company.phone = "+1 555 0100"
        cart = self._make_cart(products={self.lamp: 2, self.chair: 1})
        message = self._remind(cart).filtered("text")
        with smtp_server(self.env) as inbox:
            self._queued_mails(message).send()
        words = inbox.messages[0].get_body(("plain",)).get_content()
        text = "\n".join(words.replace("\xa0", " ").splitlines())
        url = html.fromstring(message.text).xpath("//table[@class='reminder-button']//a/@href")[0]
        parts = [
            "\n\nHello Ada,\n\n",
            "\n\nChair, Quantity: 1  $ 90.00\nLamp, Quantity: 2  $ 80.00\nSubtotal  $ 170.00\n\n",
            f"\n\nReturn to my cart\n  {url}\n\n",
            "\nhttps://www.lighthouse.example\n",
            "\nUnsubscribe or choose which reminders you get\n  https://www.lighthouse.example/",
        ]
        places = [text.find(part) for part in parts]
        self.assertNotIn(-1, places, text)
        self.assertEqual(places, sorted(places))
        self.assertEqual(text.count(url), 1)
        for mark in ("*", "[", "Image", "prefers-color-scheme", "We have kept it for you"):
            self.assertNotIn(mark, text)

    # === What other people type ===#

    def _arriving(self, *carts):
        """Send the first reminder of each cart for real and return the mails as they arrive."""
        messages = self._remind(*carts)
        self.assertEqual(set(messages.mapped("state")) & {"failed"}, set())
        with smtp_server(self.env) as inbox:
            self._queued_mails(messages).send()
        return inbox

    def test_no_name_makes_a_header_or_a_second_recipient(self):
        template = self.steps[0].mail_template_id
        template.subject = "{{ object.partner_id.name }}, your {{ object.order_line.name }}"
        evil = "Eve\r\nBcc: victim@example.com\r\n\r\nHello"
        lamp = self._make_product(evil)
        cart = self._make_cart(self._make_customer(evil, "eve@example.com"), [lamp])
        inbox = self._arriving(cart)
        self.assertEqual(inbox.recipients, ["eve@example.com"])
        (mail,) = inbox.messages
        self.assertNotIn("bcc", mail)
        self.assertEqual(mail["to"], "eve@example.com")
        self.assertIn("Eve Bcc: victim@example.com Hello, your", mail["subject"])

    def test_the_sender_stays_one_address_whatever_the_shop_is_called(self):
        self.env.company.write(
            {"name": "Shop\r\nBcc: victim@example.com", "email": "shop@example.com"}
        )
        inbox = self._arriving(self._make_cart())
        self.assertEqual(inbox.recipients, ["ada@example.com"])
        (mail,) = inbox.messages
        self.assertNotIn("bcc", mail)
        self.assertEqual(
            [sender.addr_spec for sender in mail["from"].addresses], ["shop@example.com"]
        )

    def test_a_name_of_a_megabyte_makes_no_mail_of_a_megabyte(self):
        self.steps[0].mail_template_id.subject = "Your cart, {{ object.partner_id.name }}"
        huge = self._make_product("x" * 1_000_000)
        buyer = self._make_customer("y" * 100_000)  # PostgreSQL indexes no longer one
        cart = self._make_cart(buyer, [huge])
        long_cart = self._make_cart(buyer, [*self._make_products(6), huge])
        for order in (cart, long_cart):
            content = self._render_contents(order)[order]
            self.assertLess(len(content["html"]), 20_000)
            self.assertLessEqual(len(content["subject"]), 200)

    def test_marks_that_turn_text_around_do_not_reach_the_mail(self):
        self.steps[0].mail_template_id.subject = "Your cart, {{ object.partner_id.name }}"
        lamp = self._make_product("Lamp\u202egnp.exe\u200b\u2066 👩‍🚀")
        cart = self._make_cart(self._make_customer("Ada\u202e\u200b 🎉"), [lamp])
        (mail,) = self._arriving(cart).messages
        page = mail.get_body(("html",)).get_content()
        self.assertIn("Lampgnp.exe 👩‍🚀", page)
        self.assertEqual(mail["subject"], "Your cart, Ada 🎉")
        for mark in "\u202e\u200b\u2066":
            self.assertNotIn(mark, page)

    def test_code_in_names_is_text(self):
        code = "<script>alert(1)</script>{{ 7 * 6 }}<t t-out='7 * 6'/>"
        lamp = self._make_product(code)
        buyer = self._make_customer(f"{code} Ada")
        self.website.name = f"Shop {code}"
        cart = self._make_cart(buyer, [lamp])
        for position in range(3):
            doc = self._doc(cart, position=position)
            self.assertFalse(doc.xpath("//script") + doc.xpath("//t"))
            self.assertIn(code, self._words(doc))
            self.assertNotIn("42", self._words(doc))

    def test_code_in_names_is_text_in_the_subject_and_in_the_back_office(self):
        self.steps[0].mail_template_id.subject = "For {{ object.partner_id.name }}"
        code = "<script>alert(1)</script>{{ 7 * 6 }}"
        cart = self._make_cart(self._make_customer(code), [self._make_product(code)])
        message = self._remind(cart).filtered("text")
        self.assertEqual(message.subject, f"For {code}")
        self.assertIn("&lt;script&gt;", message.text)
        self.assertNotIn("<script", message.text)
        arch = self.env["recovery.message"].get_view(view_type="form")["arch"]
        (text,) = etree.fromstring(arch).xpath("//field[@name='text']")
        self.assertIn("sandboxedPreview", text.get("options"))

    # === In the back office ===#

    def test_a_seller_can_preview_every_reminder_with_a_real_cart(self):
        seller = new_test_user(
            self.env, "seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        cart = self._make_cart()
        for template in self.steps.mail_template_id:
            preview = (
                self.env["mail.template.preview"]
                .with_user(seller)
                .create(
                    {
                        "mail_template_id": template.id,
                        "resource_ref": f"sale.order,{cart.id}",
                        "lang": "en_US",
                    }
                )
            )
            self.assertFalse(preview.error_msg)
            self.assertIn("Lamp", preview.body_html)
            self.assertIn("/shop/recover/", preview.body_html)

    def test_a_template_can_be_saved_while_the_first_order_is_no_cart(self):
        quotation = self.env["sale.order"].create(
            {"partner_id": self._make_customer().id, "date_order": "2999-01-01"}
        )
        self.assertEqual(self.env["sale.order"].search([], limit=1), quotation)
        template = self.steps[2].mail_template_id
        template.body_html += "<p>See you soon</p>"
        self.assertIn("See you soon", self._text(self._make_cart(), position=2))

    def test_the_engine_sends_the_shipped_reminder(self):
        cart = self._make_cart(products=[self.lamp])
        message = self._remind(cart).filtered(lambda m: m.state == "sending")
        mail = self._queued_mails(message)
        self.assertEqual(mail.subject, "You left Lamp in your cart")
        self.assertIn("Lamp", mail.body_html)
        self.assertRegex(mail.body_html, r'href="https?://[^"]+/shop/recover/[\w.-]+"')

    # === Cost ===#

    def _count_queries(self, carts):
        bodies = []
        queries = queries_of(self.env, lambda: bodies.extend(self._render(*carts)))
        self.assertEqual(len({re.sub(r"\W+", " ", body) for body in bodies}), len(carts))
        return queries

    def test_fifty_mails_need_as_many_queries_as_ten(self):
        self._compare_queries(self._make_products(6))

    def test_the_stock_is_looked_up_once_for_all(self):
        self._compare_queries(
            [self._make_product(f"Stocked {number}", stock=number % 3) for number in range(6)]
        )

    def _compare_queries(self, products):
        carts = [
            self._make_cart(
                self._make_customer(f"Buyer{number}", f"buyer{number}@example.com"),
                products[: 1 + number % 6],
            )
            for number in range(60)
        ]
        self._count_queries(carts[:6])  # what is read once and kept for all
        ten, fifty = self._count_queries(carts[:10]), self._count_queries(carts[10:])
        self.assertEqual(fifty, ten)
