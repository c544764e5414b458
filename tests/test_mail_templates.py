import re

from lxml import html

from odoo import Command
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged

from .common_engine import EngineCase

CORE_LINK = "{{ object.get_base_url() }}/shop/cart?id={{ object.id }}&amp;access_token="
CORE_LIKE_BODY = f"""
<t t-set="company" t-value="object.company_id"/>
<p t-if="object.partner_id.name == 'Ada Buyer'"><t t-set="secret" t-value="'for Ada only'"/></p>
<p t-out="secret or 'nothing'"/>
<a t-attf-href="{CORE_LINK}{{{{ object.access_token }}}}">Go</a>
"""


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestMailTemplates(EngineCase, TransactionCase):
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
    def _make_cart(cls, *args, **kwargs):
        return super()._make_cart(*args, **{"pricelist_id": cls.pricelist.id, **kwargs})

    # === What a mail is made of ===#

    def _render(self, *carts, position=0, lang="en_US"):
        """Render a shipped reminder as the engine does, and return the HTML of each cart."""
        orders = self.env["sale.order"].concat(*carts)
        links = {order: self._link(order) for order in orders}
        contents = self.steps[position]._render(orders, lang, links)
        return [contents[order]["html"] for order in orders]

    def _link(self, order):
        return f"https://shop.example/shop/recover/token-{order.id}"

    def _doc(self, cart, **kwargs):
        (body,) = self._render(cart, **kwargs)
        return html.fromstring(str(body))

    def _text(self, cart, **kwargs):
        return self._words(self._doc(cart, **kwargs))

    def _words(self, doc):
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
                    hrefs = [a.get("href") for a in doc.iter("a") if "/shop/" in a.get("href")]
                    self.assertEqual(hrefs, [self._link(cart)])

    def test_the_reminders_are_in_sentence_case_and_do_not_repeat_each_other(self):
        subjects = self.steps.mail_template_id.mapped("subject")
        self.assertEqual(len(set(subjects)), 3)
        for subject in subjects:
            self.assertEqual(subject, subject.capitalize())
            self.assertNotIn("!", subject)

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
        self.website.logo = self.env.company.logo
        doc = self._doc(self._make_cart(products=self._make_products(3)))
        pictures = doc.findall(".//img")
        self.assertEqual(len(pictures), 4, "the logo and the three products")
        for picture in pictures:
            self.assertTrue(picture.get("alt"))
            self.assertTrue(picture.get("height"))
            self.assertRegex(picture.get("src"), r"^https?://[^/]+/web/image/")

    def test_a_picture_that_a_visitor_may_not_see_is_left_out(self):
        hidden = self._make_product("Hidden", is_published=False)
        doc = self._doc(self._make_cart(products=[hidden]))
        self.assertFalse(doc.findall(".//img"))
        self.assertIn("Hidden", self._words(doc))

    def test_the_sample_logo_gives_way_to_the_name_of_the_shop(self):
        self.website.logo = self.env["website"]._default_logo()
        doc = self._doc(self._make_cart(products=[self.lamp]))
        self.assertEqual([img.get("alt") for img in doc.findall(".//img")], ["Lamp"])
        self.assertTrue(self._words(doc).partition("You left something")[0].endswith("Lighthouse "))

    # === Products and amounts ===#

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

    def test_delivery_is_neither_shown_nor_counted(self):
        cart = self._make_cart(products=[self.lamp])
        self._make_delivery_line(cart)
        text = self._text(cart)
        self.assertNotIn("Courier", text)
        self.assertRegex(text, r"Subtotal \$\s?40\.00")

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

    def test_a_combo_shows_its_parts_and_what_they_cost_together(self):
        combo = self.env["product.combo"].create(
            {
                "name": "Light",
                "combo_item_ids": [Command.create({"product_id": self.lamp.id})],
            }
        )
        bundle = self._make_product(
            "Reading corner", 0.0, type="combo", combo_ids=[Command.set(combo.ids)]
        )
        cart = self._make_cart(products=[bundle])
        self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": self.lamp.id,
                "linked_line_id": cart.order_line.id,
                "combo_item_id": combo.combo_item_ids.id,
                "price_unit": 33.0,
            }
        )
        text = self._text(cart)
        self.assertRegex(text, r"Reading corner 1 × Lamp Quantity: 1 \$\s?33\.00 Subtotal \$\s?33")

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

    def test_a_very_long_cart_says_how_many_products_more_there_are(self):
        cart = self._make_cart(products=self._make_products(23))
        text = self._text(cart)
        self.assertNotIn("Thing number 20", text)
        self.assertIn("More products in your cart: 3", text)
        self.assertRegex(text, r"Subtotal \$\s?230\.00")

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
        style = self._doc(cart).xpath("//a[contains(@href, '/shop/recover/')]/@style")[0]
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
        blocks = self.env.ref("website_sale_order_handling.reminder_products")
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
        self.assertEqual(mail.subject, "You left something in your cart")
        self.assertIn("Lamp", mail.body_html)
        self.assertRegex(mail.body_html, r'href="https?://[^"]+/shop/recover/[\w.-]+"')

    # === Cost ===#

    def _count_queries(self, carts):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        bodies = self._render(*carts)
        self.assertEqual(len({re.sub(r"\W+", " ", body) for body in bodies}), len(carts))
        return self.env.cr.sql_log_count - before

    def test_fifty_mails_need_as_many_queries_as_ten(self):
        products = self._make_products(6)
        carts = [
            self._make_cart(
                self._make_customer(f"Buyer{number}", f"buyer{number}@example.com"),
                products[: 1 + number % 6],
            )
            for number in range(60)
        ]
        self._count_queries(carts[:1])  # what is read once and kept for all
        ten, fifty = self._count_queries(carts[:10]), self._count_queries(carts[10:])
        self.assertEqual(fifty, ten)
