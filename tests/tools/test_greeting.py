from odoo.tests import BaseCase

from ...tools.greeting import given_name


class TestGreeting(BaseCase):
    def test_a_person_is_greeted_by_the_first_name(self):
        self.assertEqual(given_name("Ada Lovelace", "en_US"), "Ada")
        self.assertEqual(given_name("Jean-Pierre Dupont", "fr_FR"), "Jean-Pierre")
        self.assertEqual(given_name("Иван Петров", "bg_BG"), "Иван")

    def test_a_given_name_that_comes_last_is_found_there(self):
        self.assertEqual(given_name("Nguyễn Văn An", "vi_VN"), "An")

    def test_languages_that_greet_by_family_name_get_none(self):
        self.assertEqual(given_name("山田 太郎", "ja_JP"), "")

    def test_what_is_no_name_is_not_greeted(self):
        for name in ("", None, "ada@example.com", "0912345678", "A. Lovelace", "A", "№ 5"):
            with self.subTest(name=name):
                self.assertEqual(given_name(name, "en_US"), "")

    def test_a_sentence_is_no_name(self):
        self.assertEqual(given_name("please leave it at the front door", "en_US"), "")
