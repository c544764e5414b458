from dataclasses import replace
from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ...tools.contact import marks, rivals
from ...tools.eligibility import DEFER, SEND, SKIP
from ...tools.outlook import Waiting, foresee
from ...tools.schedule import Window
from .test_eligibility import FINE, NOW

TODAY, TOMORROW = NOW.date(), NOW.date() + timedelta(days=1)


def waiting(key="e:a@example.com", phone="", due_in=1, facts=None, **values):
    """Return a message that is due in so many hours."""
    due_at = NOW + timedelta(hours=due_in)
    return Waiting(
        **{
            "facts": replace(FINE, **(facts or {})),
            "due_at": due_at,
            "planned_at": due_at,
            "held_for": "",
            "marks": frozenset(marks(key, phone)),
            "rivals": frozenset(rivals(key, phone)),
            "window": Window(),
            "tz": "UTC",
            "shop_tz": "UTC",
            **values,
        }
    )


class TestOutlook(BaseCase):
    def of(self, *messages, taken=None):
        """Return what becomes of messages, as action, reason and time."""
        found = foresee(dict(enumerate(messages, 1)), taken or {}, NOW)
        return [found[ref][:3] for ref in sorted(found)]

    def test_what_nothing_stands_in_the_way_of_leaves_when_it_is_due(self):
        one = waiting()
        self.assertEqual(self.of(one), [(SEND, "", one.due_at)])

    def test_what_is_late_is_due_since_then(self):
        late = waiting(due_in=-2)
        self.assertEqual(self.of(late), [(SEND, "", late.due_at)])

    def test_what_will_be_skipped_has_no_time(self):
        self.assertEqual(self.of(waiting(facts={"bought_since": True})), [(SKIP, "bought", None)])

    def test_what_is_due_when_its_cart_is_closed_is_not_promised(self):
        ends = {"closes_at": NOW + timedelta(hours=48)}
        outcomes = self.of(waiting(due_in=47, facts=ends), waiting(due_in=72, facts=ends))
        self.assertEqual([outcome[:2] for outcome in outcomes], [(SEND, ""), (SKIP, "cart_closed")])

    def test_of_two_messages_to_one_person_the_second_waits_for_the_next_day(self):
        first, second = waiting(due_in=1), waiting(due_in=2)
        later = second.due_at + timedelta(hours=23)
        self.assertEqual(
            self.of(second, first), [(DEFER, "daily_limit", later), (SEND, "", first.due_at)]
        )

    def test_what_is_skipped_takes_nobodys_day(self):
        first, second = waiting(due_in=1, facts={"stopped": True}), waiting(due_in=2)
        self.assertEqual(self.of(first, second)[1], (SEND, "", second.due_at))

    def test_the_same_phone_is_the_same_person_only_where_one_has_no_email(self):
        by_phone = waiting("p:+49", "+49", due_in=2)
        other = waiting("e:b@example.com", "+49", due_in=3)
        first = waiting("e:a@example.com", "+49", due_in=1)
        actions = [action for action, _reason, _at in self.of(first, by_phone, other)]
        self.assertEqual(actions, [SEND, DEFER, SEND])

    def test_a_day_that_is_taken_holds_what_is_due_on_it_and_nothing_else(self):
        today, tomorrow = waiting(due_in=2), waiting("e:b@example.com", due_in=26)
        taken = {("e:a@example.com", TODAY): 99, ("e:b@example.com", TODAY): 98}
        (held, sent) = self.of(today, tomorrow, taken=taken)
        self.assertEqual(held[:2], (DEFER, "daily_limit"))
        self.assertEqual(held[2].date(), TOMORROW)
        self.assertEqual(sent, (SEND, "", tomorrow.due_at))

    def test_a_message_does_not_stand_in_its_own_way(self):
        taken = {("e:a@example.com", TODAY): 1}
        self.assertEqual(self.of(waiting(), taken=taken)[0][0], SEND)

    def test_what_cannot_leave_on_the_next_day_either_is_too_late(self):
        taken = {("e:a@example.com", TODAY + timedelta(days=late)): 99 for late in range(3)}
        self.assertEqual(self.of(waiting(), taken=taken), [(SKIP, "stale", None)])

    def test_the_quiet_hours_that_count_are_those_of_the_time_at_which_it_is_due(self):
        now_quiet = waiting(window=Window(11.0, 12.5), due_in=3)
        self.assertEqual(self.of(now_quiet), [(SEND, "", now_quiet.due_at)])
        then_quiet = waiting(window=Window(13.0, 15.5), due_in=2)
        opens_at = datetime(NOW.year, NOW.month, NOW.day, 15, 30)
        self.assertEqual(self.of(then_quiet), [(DEFER, "quiet_hours", opens_at)])

    def test_what_was_put_off_says_for_what(self):
        one = waiting(held_for="quiet_hours")
        self.assertEqual(self.of(one), [(DEFER, "quiet_hours", one.due_at)])

    def test_what_was_held_by_something_that_has_passed_is_held_no_more(self):
        for reason in ("payment_in_progress", "sold_out", "daily_limit"):
            with self.subTest(reason=reason):
                self.assertEqual(self.of(waiting(held_for=reason))[0][0], SEND)

    def test_what_waits_for_something_without_an_end_is_asked_about_again(self):
        for reason, facts in (
            ("sold_out", {"is_sold_out": True}),
            ("payment_in_progress", {"payment": "expected"}),
        ):
            with self.subTest(reason=reason):
                one = waiting(facts=facts)
                self.assertEqual(self.of(one), [(DEFER, reason, one.due_at)])
                self.assertGreater(self.of(waiting(facts=facts, due_in=-1))[0][2], NOW)
