from odoo.tests import BaseCase

from ...tools.contact import (
    customer_key,
    mask_email,
    mask_phone,
    normalize_email,
    normalize_phone,
)


class TestContact(BaseCase):
    def test_case_and_spaces_do_not_make_a_second_customer(self):
        self.assertEqual(normalize_email("  Alice@Example.COM "), "alice@example.com")

    def test_an_international_domain_has_one_form(self):
        self.assertEqual(normalize_email("ivan@пример.бг"), "ivan@xn--e1afmkfd.xn--90ae")
        self.assertEqual(
            normalize_email("ivan@xn--e1afmkfd.xn--90ae"), "ivan@xn--e1afmkfd.xn--90ae"
        )

    def test_what_is_no_address_is_no_address(self):
        for raw in (
            None,
            "",
            "alice",
            "alice@",
            "@example.com",
            "alice@example",
            "a b@example.com",
            "alice@example.com, bob@example.com",
            "alice@example.com\r\nBcc: bob@example.com",
            "alice@example.com\x00",
            "alice@@example.com",
            "alice@.example.com",
            ".alice@example.com",
            "alice..b@example.com",
            '"alice"@example.com',
            "a" * 250 + "@example.com",
            "x" * 1_000_000,
        ):
            with self.subTest(raw=str(raw)[:40]):
                self.assertEqual(normalize_email(raw), "")

    def test_one_phone_has_one_form_however_it_is_written(self):
        for raw in ("+84912345678", "0912 345 678", "0912.345.678", "0084912345678"):
            with self.subTest(raw=raw):
                self.assertEqual(normalize_phone(raw, "vn"), "+84912345678")

    def test_double_zero_means_plus_in_every_shop(self):
        self.assertEqual(normalize_phone("00359888123456", "US"), "+359888123456")

    def test_a_national_number_needs_a_country(self):
        self.assertEqual(normalize_phone("0888 123 456"), "")
        self.assertEqual(normalize_phone("0888 123 456", "BG"), "+359888123456")

    def test_what_is_no_phone_is_no_phone(self):
        for raw in (None, "", "phone", "12", "+", "9" * 40, "1" * 1_000_000, "\x00\n"):
            with self.subTest(raw=str(raw)[:40]):
                self.assertEqual(normalize_phone(raw, "VN"), "")

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
