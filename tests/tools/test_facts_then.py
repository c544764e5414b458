from dataclasses import replace
from datetime import timedelta

from odoo.tests import BaseCase

from ...tools.eligibility import DEFER, SEND, SKIP, verdict
from ...tools.rehearsal import After, facts_at
from .test_eligibility import FINE, NOW

HOUR = timedelta(hours=1)
NOTHING = After(closed_at=None, newer_at=None)


class TestFactsThen(BaseCase):
    def then(self, after=NOTHING, **facts):
        """Return the verdict of the moment `NOW` from facts that were asked much later."""
        found = verdict(facts_at(replace(FINE, **facts), after, NOW), NOW)
        return found.action, found.reason

    def test_what_is_as_it_was_may_leave(self):
        self.assertEqual(self.then(), (SEND, ""))

    def test_a_campaign_that_does_not_run_is_tried_all_the_same(self):
        self.assertEqual(self.then(reminders_on=False), (SEND, ""))

    def test_an_order_placed_afterwards_was_a_cart_by_then(self):
        placed = {"cart_open": False, "bought_since": True, "payment": "expected"}
        self.assertEqual(self.then(After(NOW + HOUR, None), **placed), (SEND, ""))
        self.assertEqual(self.then(After(NOW - HOUR, None), **placed), (SKIP, "bought"))

    def test_a_cart_that_was_emptied_or_deleted_afterwards_was_full(self):
        for gone, reason in (
            ({"has_products": False, "has_sellable_products": False}, "emptied"),
            ({"cart_exists": False, "has_products": False}, "cart_gone"),
        ):
            self.assertEqual(self.then(After(NOW + HOUR, None), **gone), (SEND, ""))
            self.assertEqual(self.then(After(NOW - HOUR, None), **gone), (SKIP, reason))

    def test_a_newer_cart_counts_from_the_moment_at_which_it_was_left(self):
        self.assertEqual(self.then(After(None, NOW + HOUR), has_newer_cart=True), (SEND, ""))
        self.assertEqual(self.then(After(None, NOW - HOUR)), (SKIP, "newer_cart"))

    def test_what_the_person_is_at_now_says_nothing_about_then(self):
        self.assertEqual(self.then(other_cart="filled"), (SEND, ""))

    def test_what_has_no_date_is_as_it_is_now(self):
        self.assertEqual(self.then(opted_out=True), (SKIP, "opted_out"))
        self.assertEqual(self.then(is_sold_out=True), (DEFER, "sold_out"))
        self.assertEqual(self.then(bought_since=True), (SKIP, "bought"))
