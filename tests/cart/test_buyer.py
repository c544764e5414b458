"""Who the buyer of a cart is: one answer in Python, in SQL and as a domain."""

from functools import partial
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Domain
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, email_normalize, mute_logger

from odoo.addons.base.models.ir_mail_server import extract_rfc2822_addresses

from ...drivers.base import Account, Envelope
from ...drivers.email.driver import on_the_wire
from ...models.cart.sale_order_buyer import (
    CONTACT_JOIN,
    address_sql,
    buyer_sql,
    number_sql,
    same_person_sql,
)
from ...tools.contact import Buyer, is_same_person, only_address, only_number
from ..common import RecoveryCase, queries_of
from ..common_engine import smtp_server
from ..tools.test_contact import PEOPLE

# As people write them into contacts.
EMAILS = (
    False,
    "",
    "n/a",
    "ada",
    "ada@",
    "ada@example",
    "ada@example,com",
    "Ada@Example.COM ",
    '"Ada" <Ada@example.com>',
    "Ada Lovelace ada@example.com",
    "one@example.com, two@example.com",
    "one@example.com;two@example.com",
    "ivan@Пример.БГ",
    "ivan@xn--e1afmkfd.xn--90ae",
    "Иван@example.com",
    "ada@straße.de",
    "eve@example.com\r\nBcc: all@example.com",
    ".ada@example.com",
    '"a d a"@example.com',
    "a" * 250 + "@example.com",
)
PHONES = (False, "", "call me", "+359 888 123 456", "0032 2 555 01 99", "12", "0" * 100)
TYPED = st.text(st.sampled_from("aB1.@,; <>\"'()\\\r\n\u00a0\u200bпß-+_[]"), max_size=24)
often = settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@tagged("post_install", "-at_install")
class TestBuyer(RecoveryCase, TransactionCase):
    """What the doors promise, over everything that can stand in a contact and in a cart."""

    def setUp(self):
        super().setUp()
        self.carts = self.env["sale.order"]

    def _make_carts_of_every_kind(self):
        typed = (("", ""), ("typed@example.com", ""), ("", "+84912345678"), ("not typed", "+"))
        people = [*product(EMAILS, [False]), *product([False, "n/a", "ada@example.com"], PHONES)]
        for number, (email, phone) in enumerate(people):
            contact = self._make_customer(f"C{number}", email, phone=phone, active=number % 5 > 0)
            for cart_email, cart_phone in typed:
                self._add(contact, cart_email, cart_phone)
        for cart_email, cart_phone in typed:
            self._add(self.public_partner, cart_email, cart_phone)

    def _add(self, contact, cart_email, cart_phone):
        vals = {"cart_email": cart_email, "cart_phone": cart_phone}
        self.carts |= self._make_cart(contact, **vals)

    def test_the_buyer_of_one_cart_is_the_same_as_in_a_batch(self):
        self._make_carts_of_every_kind()
        self.env.flush_all()
        columns = buyer_sql()
        rows = self.env.execute_query(
            SQL(
                "SELECT o.id, %s FROM sale_order o %s WHERE o.id IN %s",
                SQL(", ").join(columns[name] for name in Buyer._fields),
                CONTACT_JOIN,
                self.carts._ids,
            )
        )
        buyers = {order_id: Buyer(*row) for order_id, *row in rows}
        for cart in self.carts:
            self.assertEqual(cart._buyer(), buyers[cart.id])

    def test_a_buyer_who_has_an_address_or_a_number_is_one_who_can_be_reached(self):
        self._make_carts_of_every_kind()
        domain = self.carts._reachable_domain(self.website)
        expected = self.carts.filtered(lambda cart: cart._buyer().email or cart._buyer().phone)
        self.assertTrue(expected)
        self.assertLess(len(expected), len(self.carts))
        found = self.carts.search(domain & Domain("id", "in", self.carts.ids))
        self.assertEqual(set(found), set(expected))
        self.assertEqual(self.carts.filtered_domain(domain), expected)

    def test_an_address_in_sql_is_an_address_in_python(self):
        samples = [e or "" for e in EMAILS] + ["a@b.co", "a\u00a0@b.co", "a@b.co\u200b", "@b.co"]
        for text in samples:
            with self.subTest(text=text[:40]):
                query = SQL("SELECT %s", address_sql(SQL("%s::text", text)))
                found = self.env.execute_query(query)[0][0]
                self.assertEqual(found or "", only_address(text))
        for text in [phone or "" for phone in PHONES] + ["+359888123456", "+1\n"]:
            query = SQL("SELECT %s", number_sql(SQL("%s::text", text)))
            self.assertEqual(self.env.execute_query(query)[0][0] or "", only_number(text))

    @often
    @given(TYPED)
    def test_whatever_is_written_is_an_address_in_both_or_in_none(self, text):
        query = SQL("SELECT %s", address_sql(SQL("%s::text", text)))
        self.assertEqual(self.env.execute_query(query)[0][0] or "", only_address(text))

    def test_who_is_the_same_person_in_sql_is_so_in_python(self):
        def columns(buyer):
            return {
                "email": SQL("%s::text", buyer.email),
                "phone": SQL("%s::text", buyer.phone),
                "partner_id": SQL("%s::int", buyer.partner_id),
            }

        pairs = list(product(PEOPLE, repeat=2))
        answers = (
            SQL(
                "COALESCE(%s, false)",
                SQL(" OR ").join(
                    SQL("(%s)", part) for part in same_person_sql(columns(one), columns(other))
                ),
            )
            for one, other in pairs
        )
        found = self.env.execute_query(SQL("SELECT ARRAY[%s]", SQL(", ").join(answers)))[0][0]
        self.assertEqual(found, [is_same_person(one, other) for one, other in pairs])

    # === The normal form is Odoo's ===#

    def test_an_address_of_a_contact_is_what_odoo_makes_of_it(self):
        for email in EMAILS:
            with self.subTest(email=email):
                contact = self._make_customer(email=email)
                odoos = email_normalize(email or "", strict=False) or ""
                self.assertEqual(contact.email_normalized or "", odoos)
                self.assertIn(self._make_cart(contact)._buyer().email, ("", odoos))

    def test_of_several_addresses_it_is_the_first(self):
        cart = self._make_cart(self._make_customer(email="one@example.com, two@example.com"))
        self.assertEqual(cart._buyer().email, "one@example.com")

    def test_an_address_with_a_name_is_the_address(self):
        cart = self._make_cart(self._make_customer(email='"Ada, the First" <Ada@Example.com>'))
        self.assertEqual(cart._buyer().email, "ada@example.com")

    @often
    @given(TYPED)
    def test_what_is_typed_is_what_odoo_makes_of_it_or_nothing(self, text):
        typed = self.env["res.partner"]._typed_email(text)
        self.assertIn(typed, ("", email_normalize(text.strip()) or ""))
        self.assertEqual(self.env["res.partner"]._typed_email(typed), typed)

    def test_a_typed_number_is_the_one_that_odoo_keeps_with_a_contact(self):
        belgium = self.env.ref("base.be")
        for raw in ("0470 12 34 56", "+32 470 12 34 56", "0032470123456", "+359888123456", "12"):
            with self.subTest(raw=raw):
                contact = self._make_customer(phone=raw, country_id=belgium.id)
                typed = self.env["res.partner"]._typed_phone(raw, belgium)
                self.assertEqual(typed, contact.phone_sanitized or "")

    # === On the wire ===#

    def test_on_the_wire_an_address_is_what_odoos_encoder_makes_of_it(self):
        for email in EMAILS:
            if address := only_address(email_normalize(email or "", strict=False)):
                with self.subTest(email=email):
                    self.assertEqual([on_the_wire(address)], extract_rfc2822_addresses(address))

    def test_a_mail_to_an_international_domain_leaves(self):
        cart = self._make_cart(self._make_customer(email="ivan@Пример.БГ"))
        self.assertEqual(cart._buyer().email, "ivan@пример.бг")

    # === Contact first, then what was typed ===#

    def test_a_typed_address_stands_in_for_one_that_is_none(self):
        for email in (False, "n/a", "ada@", "ada@example"):
            cart = self._make_cart(self._make_customer(email=email), cart_email="typed@example.com")
            self.assertEqual(cart._buyer().email, "typed@example.com")

    def test_the_contacts_address_is_before_the_typed_one(self):
        cart = self._make_cart(self._make_customer(), cart_email="typed@example.com")
        self.assertEqual(cart._buyer().email, "ada@example.com")

    def test_an_archived_contact_is_nobody_to_write_to(self):
        contact = self._make_customer(phone="+359888123456")
        cart = self._make_cart(contact, cart_email="typed@example.com")
        contact.active = False
        self.assertEqual(cart._buyer(), Buyer("", "", contact.id, True, contact.name))

    def test_what_a_contact_takes_back_does_not_remain_as_typed(self):
        contact = self._make_customer(phone="+359888123456")
        cart = self._make_cart(contact, cart_email="ada@example.com", cart_phone="+359888123456")
        contact.write({"email": False, "phone": ""})
        self.assertEqual(cart._buyer()[:2], ("", ""))

    def test_what_one_customer_typed_does_not_go_to_another(self):
        cart = self._make_cart(self._make_customer(email=""), cart_email="typed@example.com")
        cart.partner_id = self._make_customer("Eve", email=False)
        self.assertEqual(cart._buyer().email, "")

    def test_what_a_guest_typed_stays_when_they_become_somebody(self):
        cart = self._make_anonymous_cart(cart_email="typed@example.com")
        cart.partner_id = self._make_customer("Eve", email=False)
        self.assertEqual(cart._buyer().email, "typed@example.com")

    # === Taking it back at the checkout ===#

    def test_an_emptied_field_takes_back_and_a_missing_one_says_nothing(self):
        cart = self._make_anonymous_cart(cart_email="typed@example.com", cart_phone="+359888123456")
        cart._capture_contact(phone="  ")
        self.assertEqual(cart._buyer()[:2], ("typed@example.com", ""))
        cart._capture_contact(email="", phone="+84 912 345 678")
        self.assertEqual(cart._buyer()[:2], ("", "+84912345678"))

    def test_what_is_half_typed_takes_nothing_back(self):
        cart = self._make_anonymous_cart(cart_email="typed@example.com")
        for text in ("t", "typed@", "two@example.com, three@example.com"):
            cart._capture_contact(email=text)
            self.assertEqual(cart.cart_email, "typed@example.com")


@tagged("post_install", "-at_install")
class TestFollow(RecoveryCase, TransactionCase):
    """The list shows who the buyer of an open cart is now."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls._make_customer(phone="+359888123456")
        cls.cart = cls._make_cart(cls.ada)
        cls.unfinished = cls.env["unfinished.order"]._take_in(cls.website, cls.cart)

    def assertBuyer(self, **expected):
        self.assertRecordValues(self.unfinished, [expected])

    def test_a_changed_address_is_in_the_list_at_once(self):
        self.ada.write({"email": '"Ada" <New@Example.com>', "phone": "+84 912 345 678"})
        self.assertBuyer(
            email="new@example.com", phone="+84912345678", customer_key="e:new@example.com"
        )

    def test_a_removed_address_is_gone_from_the_list(self):
        self.ada.email = False
        self.assertBuyer(email="", phone="+359888123456", customer_key="p:+359888123456")
        self.ada.phone = False
        self.assertBuyer(email="", phone="", customer_key=f"c:{self.ada.id}")

    def test_an_archived_contact_has_no_address_in_the_list(self):
        self.ada.action_archive()
        self.assertBuyer(email="", phone="", customer_name="Ada Buyer", partner_id=self.ada.id)
        self.ada.action_unarchive()
        self.assertBuyer(email="ada@example.com")

    def test_another_customer_is_in_the_list_at_once(self):
        eve = self._make_customer("Eve", "eve@example.com")
        self.cart.partner_id = eve
        self.assertBuyer(partner_id=eve.id, customer_name="Eve", email="eve@example.com")

    def test_the_one_that_survives_a_merge_is_the_buyer(self):
        eve = self._make_customer("Eve", "eve@example.com")
        merging = self.env["base.partner.merge.automatic.wizard"].create({})
        merging._merge([self.ada.id, eve.id], eve, extra_checks=False)
        self.assertBuyer(partner_id=eve.id, customer_name="Eve", email="eve@example.com")

    def test_a_closed_one_keeps_the_buyer_of_then(self):
        self.unfinished._move_to("expired")
        self.ada.email = "new@example.com"
        self.assertBuyer(email="ada@example.com")

    def test_a_user_who_may_see_no_carts_can_change_a_contact(self):
        clerk = new_test_user(self.env, "clerk", groups="base.group_partner_manager")
        self.ada.with_user(clerk).email = "new@example.com"
        self.assertBuyer(email="new@example.com")

    def test_many_contacts_cost_as_many_queries_as_few(self):
        contacts = [self._make_customer(f"C{n}", f"c{n}@example.com") for n in range(60)]
        carts = self.env["sale.order"].concat(*(self._make_cart(contact) for contact in contacts))
        unfinished = self.env["unfinished.order"]._take_in(self.website, carts)
        counts = [
            queries_of(self.env, partial(few.order_id._on_contacts_changed, few.partner_id))
            for few in (unfinished[:5], unfinished[5:])
        ]
        self.assertLessEqual(counts[1], counts[0] + 1)


@tagged("post_install", "-at_install")
class TestWire(RecoveryCase, TransactionCase):
    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_leaves_is_what_odoos_encoder_makes_of_it(self):
        driver = self.env["recovery.driver.email"]
        addresses = ("ada@example.com", "ivan@пример.бг", "ada@straße.de", "o'neil@example.com")
        with smtp_server(self.env) as inbox:
            for address in addresses:
                mail = self.env["mail.mail"].create(
                    {
                        "email_to": driver._prepare_mail_vals(*self._envelope(address))["email_to"],
                        "email_from": "shop@example.com",
                        "body_html": "<p>Hello</p>",
                    }
                )
                mail.send(raise_exception=True)
        expected = [extract_rfc2822_addresses(address)[0] for address in addresses]
        self.assertEqual(inbox.recipients, expected)

    def _envelope(self, address):
        return Account(), Envelope(key="k", to=address, sender="shop@example.com")
