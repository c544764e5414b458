from datetime import datetime, timedelta
from itertools import permutations
from random import Random

from odoo.tests import BaseCase

from ...tools.attribution import Reminder, codes_given, credit, outcome

PLACED = datetime(2026, 3, 8, 12, 0)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def reminder(number=1, sent=2 * DAY, clicked=None, codes=(), window_days=7):
    """Make a reminder that left, and was clicked, so long before the order."""
    clicked_at = None if clicked is None else PLACED - clicked
    return Reminder(number, PLACED - sent, window_days, clicked_at, codes)


class TestAttribution(BaseCase):
    def judge(self, *reminders, codes=()):
        return credit(reminders, codes, PLACED)

    def assertEarned(self, given, kind, number=None):
        self.assertEqual((given.kind, given.reminder_id), (kind, number))

    def test_without_a_reminder_the_buyer_came_of_their_own_accord(self):
        self.assertEarned(self.judge(), "own_accord", None)

    def test_a_click_before_the_order_earns_it(self):
        self.assertEarned(self.judge(reminder(clicked=DAY)), "clicked", 1)
        self.assertEarned(self.judge(reminder(clicked=0 * DAY)), "clicked", 1)

    def test_the_credit_says_when_the_reminder_was_clicked_or_had_left(self):
        self.assertEqual(self.judge(reminder(clicked=DAY)).at, PLACED - DAY)
        self.assertEqual(self.judge(reminder(sent=3 * DAY)).at, PLACED - 3 * DAY)
        self.assertIsNone(self.judge().at)

    def test_a_click_after_the_order_earns_nothing(self):
        self.assertEarned(self.judge(reminder(clicked=-SECOND)), "assisted", 1)
        self.assertEqual(self.judge(reminder(sent=9 * DAY, clicked=-SECOND)).kind, "own_accord")

    def test_the_window_ends_with_its_last_second(self):
        for sent, clicked, kind in (
            (9 * DAY, 7 * DAY, "clicked"),
            (9 * DAY, 7 * DAY + SECOND, "own_accord"),
            (7 * DAY, None, "assisted"),
            (7 * DAY + SECOND, None, "own_accord"),
            (0 * DAY, None, "assisted"),
        ):
            with self.subTest(sent=sent, clicked=clicked):
                self.assertEqual(self.judge(reminder(sent=sent, clicked=clicked)).kind, kind)

    def test_each_reminder_has_the_window_of_its_own_campaign(self):
        short = reminder(1, sent=2 * DAY, window_days=1)
        long = reminder(2, sent=20 * DAY, window_days=30)
        self.assertEarned(self.judge(short, long), "assisted", 2)

    def test_a_code_has_its_own_expiry_and_needs_no_window(self):
        old = reminder(sent=60 * DAY, codes=("SAVE10",))
        self.assertEarned(self.judge(old, codes=("SAVE10",)), "coupon", 1)
        self.assertEqual(self.judge(old, codes=("OTHER",)).kind, "own_accord")
        self.assertEqual(self.judge(old).kind, "own_accord")

    def test_a_click_is_stronger_than_a_code_and_a_code_than_a_reminder_alone(self):
        plain = reminder(3, sent=SECOND)
        code = reminder(2, sent=DAY, codes=("SAVE10",))
        click = reminder(1, sent=3 * DAY, clicked=2 * DAY)
        for order in permutations((plain, code, click)):
            self.assertEarned(self.judge(*order, codes=("SAVE10",)), "clicked", 1)
        self.assertEarned(self.judge(plain, code, codes=("SAVE10",)), "coupon", 2)

    def test_the_last_click_wins_then_the_last_that_left(self):
        early = reminder(1, sent=DAY, clicked=5 * SECOND)
        late = reminder(2, sent=2 * DAY, clicked=SECOND)
        self.assertEarned(self.judge(early, late), "clicked", 2)
        self.assertEarned(self.judge(reminder(1, DAY), reminder(2, 2 * DAY)), "assisted", 1)
        self.assertEarned(self.judge(reminder(1), reminder(2)), "assisted", 2)

    def test_a_click_that_came_too_late_does_not_decide_between_codes(self):
        first = reminder(1, sent=DAY, codes=("A",))
        second = reminder(2, sent=2 * DAY, clicked=-SECOND, codes=("A",))
        self.assertEarned(self.judge(first, second, codes=("A",)), "coupon", 1)

    def test_fault_22_a_reminder_from_the_future_earns_nothing(self):
        future = reminder(sent=-DAY, clicked=SECOND, codes=("SAVE10",))
        self.assertEarned(self.judge(future, codes=("SAVE10",)), "own_accord", None)

    def test_only_a_click_or_a_code_makes_it_recovered(self):
        states = {kind: outcome(kind) for kind in ("clicked", "coupon", "assisted", "own_accord")}
        self.assertEqual(
            states,
            {
                "clicked": "recovered",
                "coupon": "recovered",
                "assisted": "own_accord",
                "own_accord": "own_accord",
            },
        )

    def test_any_set_of_reminders_in_any_order_has_one_earner_from_before_the_order(self):
        random = Random(9)
        ranks = ("clicked", "coupon", "assisted", "own_accord")
        for _round in range(500):
            reminders = [
                reminder(
                    number,
                    sent=random.uniform(-2, 12) * DAY,
                    clicked=random.choice((None, random.uniform(-2, 12) * DAY)),
                    codes=random.choice(((), ("A",), ("B",))),
                    window_days=random.randint(1, 9),
                )
                for number in range(random.randint(0, 5))
            ]
            given = self.judge(*reminders, codes=("A",))
            shuffled = random.sample(reminders, len(reminders))
            self.assertEqual(self.judge(*shuffled, codes=("A",)), given)
            earner = [one for one in reminders if one.id == given.reminder_id]
            self.assertEqual(bool(earner), given.kind != "own_accord")
            self.assertTrue(all(one.sent_at <= PLACED for one in earner))
            for one in reminders:  # one more reminder never makes the credit weaker
                fewer = self.judge(*(other for other in reminders if other != one), codes=("A",))
                self.assertGreaterEqual(ranks.index(fewer.kind), ranks.index(given.kind))


class TestCodesGiven(BaseCase):
    def assertGiven(self, content, *codes):
        self.assertEqual(codes_given(content, ("SAVE10", "VIP-Ä7", "R&D")), frozenset(codes))

    def test_a_code_is_found_where_people_read_it(self):
        for content in (
            "SAVE10",
            "<p>Use SAVE10.</p>",
            "<b>SAVE</b>10 for you",
            "<td>(SAVE10)</td>",
            "<p>Code:<br/>SAVE10<br/>until Sunday</p>",
            "Your code: &#83;AVE10",
            "SAVE10 on your lamp | <p>Subject and body</p>",
        ):
            with self.subTest(content=content):
                self.assertGiven(content, "SAVE10")
        self.assertGiven("<p>VIP-Ä7 or R&amp;D</p>", "VIP-Ä7", "R&D")

    def test_a_code_is_found_in_the_link_that_puts_it_into_the_cart(self):
        self.assertGiven("<a href='https://shop.example/coupon/SAVE10?r=/shop'>Go</a>", "SAVE10")
        self.assertGiven('<a href="/coupon/R%26D">Go</a>', "R&D")

    def test_what_merely_looks_like_a_code_is_none(self):
        for content in (
            "",
            "save10",
            "SAVE100",
            "XSAVE10",
            "SAVE10-B",
            "PRE-SAVE10",
            "<td>SAVE</td><td>10</td>",
            "<img alt='SAVE10' src='/SAVE10.png'/>",
            "<style>.SAVE10 { color: red }</style>",
            "<!-- SAVE10 -->",
        ):
            with self.subTest(content=content):
                self.assertGiven(content)

    def test_an_empty_code_is_never_given(self):
        self.assertFalse(codes_given("anything at all", ("",)))

    def test_an_enormous_mail_is_read_in_no_time(self):
        content = "<p>" * 20000 + "SAVE10 <style " * 2000 + "<" * 20000
        self.assertGiven(content, "SAVE10")
