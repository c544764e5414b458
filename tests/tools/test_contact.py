from itertools import product

from odoo.tests import BaseCase

from ...tools.contact import (
    Buyer,
    customer_key,
    is_same_person,
    marks,
    mask_email,
    mask_phone,
    only_address,
    only_line,
    only_number,
    rivals,
)

ADA, EVE = "ada@example.com", "eve@example.com"
ONE, TWO = "+359888123456", "+84912345678"
PEOPLE = [
    Buyer(email, phone, partner_id)
    for email in ("", ADA, EVE)
    for phone in ("", ONE, TWO)
    for partner_id in (0, 1, 2)
]


class TestContact(BaseCase):
    def test_what_mail_can_be_sent_to_is_an_address(self):
        for address in (
            ADA,
            "o'neil+tag@sub.example.co.uk",
            "ivan@пример.бг",
            "иван@пример.бг",
            "ivan@xn--e1afmkfd.xn--90ae",
            "a@b.co",
        ):
            with self.subTest(address=address):
                self.assertEqual(only_address(address), address)

    def test_what_no_mail_can_be_sent_to_is_none(self):
        for normal in (
            None,
            False,
            "",
            "alice",
            "@example.com",
            "alice@example",
            "alice@[127.0.0.1]",
            "alice@.example.com",
            ".alice@example.com",
            "alice..b@example.com",
            "alice@example.com.",
            "a b@example.com",
            '"alice"@example.com',
            "alice@example.com, bob@example.com",
            "alice@example.com\r\nbcc: bob@example.com",
            "alice@example.com\n",
            "alice@example.com\x00",
            "alice@example.com\u200b",
            "\u00a0alice@example.com",
            "a" * 250 + "@example.com",
            "x" * 1_000_000,
        ):
            with self.subTest(normal=str(normal)[:40]):
                self.assertEqual(only_address(normal), "")

    def test_a_number_is_in_international_form_or_none(self):
        self.assertEqual(only_number(ONE), ONE)
        none = (None, False, "", "0888123456", "+", "+12", "+359 888", "1" * 100, f"{ONE}\n")
        for normal in none:
            with self.subTest(normal=str(normal)[:40]):
                self.assertEqual(only_number(normal), "")

    def test_what_is_longer_than_a_line_is_not_read(self):
        self.assertEqual(only_line("  ada ", 5), "ada")
        for raw in (None, "", "   ", "a\r\nb", "a\x00", "x" * 6):
            self.assertEqual(only_line(raw, 5), "")

    def test_many_e_mails_with_one_phone_are_many_people(self):
        self.assertFalse(is_same_person(Buyer(ADA, ONE), Buyer(EVE, ONE)))

    def test_a_phone_tells_who_it_is_where_there_is_no_e_mail(self):
        for one, other in ((Buyer(ADA, ONE), Buyer("", ONE)), (Buyer("", ONE), Buyer("", ONE))):
            self.assertTrue(is_same_person(one, other))

    def test_one_contact_is_one_person_whatever_they_write(self):
        self.assertTrue(is_same_person(Buyer(ADA, ONE, 7), Buyer(EVE, TWO, 7)))
        self.assertFalse(is_same_person(Buyer(partner_id=7), Buyer(partner_id=8)))
        self.assertFalse(is_same_person(Buyer(), Buyer()))

    def test_who_is_the_same_person_does_not_depend_on_who_is_asked_first(self):
        for one, other in product(PEOPLE, repeat=2):
            self.assertEqual(is_same_person(one, other), is_same_person(other, one))

    def test_notes_of_the_same_person_are_found_and_no_others(self):
        """By all but the contact, which counts where there is nothing else."""
        for one, other in product(PEOPLE, repeat=2):
            (key, phone), (other_key, other_phone) = (
                (customer_key(*who[:3]), who.phone) for who in (one, other)
            )
            found = not rivals(key, phone).isdisjoint(marks(other_key, other_phone))
            nameless = not (one.email or one.phone or other.email or other.phone)
            contactless = [who if nameless else who._replace(partner_id=0) for who in (one, other)]
            with self.subTest(one=one, other=other):
                self.assertEqual(found, is_same_person(*contactless))

    def test_the_same_person_under_two_contacts_has_one_key(self):
        self.assertEqual(
            customer_key("a@example.com", "+84912345678", 1),
            customer_key("a@example.com", "", 2),
        )
        self.assertEqual(customer_key("", "+84912345678", 1), customer_key("", "+84912345678", 2))
        self.assertNotEqual(customer_key("", "", 1), customer_key("", "", 2))
        self.assertEqual(customer_key("", ""), "")

    def test_a_masked_address_is_known_to_its_owner_only(self):
        for email, masked in (
            ("ada@example.com", "a•••@e•••.com"),
            ("a@b.co", "a•••@b•••.co"),
            ("very.long.name@mail.sub.example.co.uk", "v•••@m•••.uk"),
            ("ivan@xn--e1afmkfd.xn--90ae", "i•••@x•••.xn--90ae"),
        ):
            self.assertEqual(mask_email(email), masked)

    def test_a_masked_number_is_known_to_its_owner_only(self):
        self.assertEqual(mask_phone("+359888123456"), "•••456")
        self.assertEqual(mask_phone("+84912345678"), "•••678")

    def test_what_is_too_short_to_be_masked_is_not_shown_at_all(self):
        for raw in (None, "", "a", "ada", "@", "ada@", "@example.com", "ada@example"):
            self.assertEqual(mask_email(raw), "•••")
        for raw in (None, "", "1", "+12", "+12345"):
            self.assertEqual(mask_phone(raw), "•••")
