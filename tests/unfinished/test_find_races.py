"""Buyers who place their orders while idle carts are looked for, in real transactions."""

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import product
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.unfinished import unfinished_order_scan
from ..common_committed import CommittedCase

CARTS = 12
KINDS = ("new", "known")


@tagged("post_install", "-at_install")
class TestFindRaces(CommittedCase):
    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            website = self._start_reminders(env)
            carts = self._make_carts(env, website, "found", CARTS)
            env["unfinished.order.scan"].search([]).unlink()
            known = carts[: CARTS // 2]
            known.cart_activity_at = fields.Datetime.now() - timedelta(hours=9)
            env["unfinished.order"]._take_in(website, known)
            carts.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
            self.cart_ids = {"known": carts[1].id, "new": carts[-1].id}
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.transaction() as env:
            self._stop_reminders(env)
            env["unfinished.order.scan"].search([]).unlink()
            self._remove_carts(env)
            env["ir.cron.trigger"].search([("cron_id.code", "=", "model._cron_find()")]).unlink()

    def find(self):
        with self.transaction() as env:
            env["unfinished.order"]._cron_find()

    @contextmanager
    def during_a_batch(self, act):
        """Call `act` once, when a batch has written all that it writes and holds it."""
        found, acted = self.registry["unfinished.order"]._on_idle, []

        def act_then_go_on(unfinished):
            found(unfinished)
            unfinished.env.flush_all()
            if not acted and set(unfinished.order_id.ids) & set(self.made["order"]):
                acted.append(unfinished.ids)
                act()

        with patch.object(self.registry["unfinished.order"], "_on_idle", act_then_go_on):
            yield
        self.assertTrue(acted)

    def place(self, order_id):
        with self.transaction() as buyer:
            # One who has to wait at all waits for the batch, which goes on only afterwards.
            buyer.cr.execute("SET LOCAL lock_timeout = '250ms'")
            buyer["sale.order"].browse(order_id).action_confirm()

    def assertPlacedOnce(self, cart_id, order_id=None):
        """One cart has been placed, all others wait for their buyers."""
        with self.transaction() as env:
            unfinished = env["unfinished.order"].search([("order_id", "in", self.made["order"])])
            self.assertEqual(len(unfinished), CARTS)
            placed = unfinished.filtered(lambda one: one.order_id.id == cart_id)
            self.assertEqual(placed.state, "own_accord")
            self.assertEqual(placed.placed_order_id.id, order_id or cart_id)
            self.assertEqual(placed.credit, "own_accord")
            self.assertEqual(placed.placed_amount, placed.placed_order_id.amount_total)
            self.assertEqual(set((unfinished - placed).mapped("state")), {"open"})
            self.assertNotIn("waiting", placed.message_ids.mapped("state"))
            for other in unfinished - placed:
                self.assertIn("waiting", other.message_ids.mapped("state"))

    def test_a_buyer_who_places_a_cart_that_a_batch_is_at_does_not_wait_for_it(self):
        for kind in KINDS:
            with self.subTest(cart=kind):
                cart_id = self.cart_ids[kind]
                with self.during_a_batch(lambda cart_id=cart_id: self.place(cart_id)):
                    self.find()
                self.assertPlacedOnce(cart_id)
            self.doCleanups()
            self.setUp()

    def test_one_who_began_before_the_search_and_ends_after_it_is_seen_by_the_next(self):
        for kind in KINDS:
            with self.subTest(cart=kind):
                cart_id = self.cart_ids[kind]
                with self.transaction() as buyer:
                    buyer.cr.execute("SELECT 1")  # from now on they see nothing of the search
                    self.find()
                    buyer["sale.order"].browse(cart_id).action_confirm()
                self.find()
                self.assertPlacedOnce(cart_id)
            self.doCleanups()
            self.setUp()

    def test_a_buyer_who_leaves_something_to_the_search_calls_it(self):
        cron = "website_sale_order_handling.ir_cron_find"
        with self.transaction() as env:
            domain = [("cron_id", "=", env.ref(cron).id)]
            before = env["ir.cron.trigger"].search_count(domain)
        with self.during_a_batch(lambda: self.place(self.cart_ids["known"])):
            self.find()
        with self.transaction() as env:
            self.assertEqual(env["ir.cron.trigger"].search_count(domain), before + 1)

    def take_away(self, how, order_id):
        """Cancel a cart, or make a quotation of it, without waiting for the batch."""
        with self.transaction() as clerk:
            clerk.cr.execute("SET LOCAL lock_timeout = '250ms'")
            how(clerk["sale.order"].browse(order_id))

    def test_a_cart_that_is_cancelled_or_quoted_while_a_batch_is_at_it_is_closed_soon(self):
        ways = {
            "cancelled": lambda order: order._action_cancel(),
            "quoted": lambda order: order._make_quotations(),
        }
        for way, kind in product(ways, KINDS):
            with self.subTest(way=way, cart=kind):
                cart_id = self.cart_ids[kind]
                with self.during_a_batch(partial(self.take_away, ways[way], cart_id)):
                    self.find()
                self.assertGone(cart_id)
            self.doCleanups()
            self.setUp()

    def test_one_that_is_cancelled_by_whom_the_search_cannot_see_is_closed_by_the_next(self):
        cart_id = self.cart_ids["new"]
        with self.transaction() as clerk:
            clerk.cr.execute("SELECT 1")  # from now on they see nothing of the search
            self.find()
            clerk["sale.order"].browse(cart_id)._action_cancel()
        self.find()
        self.assertGone(cart_id)

    def charge_delivery(self, order_id):
        """Choose a delivery, or enter a code, without waiting for the batch."""
        with self.transaction() as buyer:
            buyer.cr.execute("SET LOCAL lock_timeout = '250ms'")
            cart, carrier = buyer["sale.order"].browse(order_id), buyer["delivery.carrier"]
            cart.set_delivery_line(carrier.search([], limit=1), 7.0)

    def test_a_cart_that_costs_something_else_while_a_batch_is_at_it_is_shown_so_soon(self):
        for kind in KINDS:
            with self.subTest(cart=kind):
                cart_id = self.cart_ids[kind]
                with self.during_a_batch(partial(self.charge_delivery, cart_id)):
                    self.find()
                with self.transaction() as env:
                    domain = [("order_id", "in", self.made["order"])]
                    for one in env["unfinished.order"].search(domain):
                        self.assertEqual(one.amount_total, one.order_id.amount_total)
                        self.assertEqual(one.state, "open")
                        self.assertEqual(
                            len(one.order_id.order_line), 1 + (one.order_id.id == cart_id)
                        )
            self.doCleanups()
            self.setUp()

    def assertGone(self, cart_id):
        with self.transaction() as env:
            unfinished = env["unfinished.order"].search([("order_id", "in", self.made["order"])])
            gone = unfinished.filtered(lambda one: one.order_id.id == cart_id)
            self.assertEqual(gone.state, "expired")
            self.assertNotIn("waiting", gone.message_ids.mapped("state"))
            self.assertEqual(set((unfinished - gone).mapped("state")), {"open"})

    @mute_logger("odoo.sql_db")
    def test_a_search_that_meets_a_buyer_who_was_faster_does_its_batch_again(self):
        find_batch, placed = self.registry["unfinished.order"]._take_in, []

        def take_in_after_a_buyer(unfinished, website, carts):
            if not placed:
                placed.append(self.cart_ids["known"])
                self.place(placed[0])
            return find_batch(unfinished, website, carts)

        with patch.object(self.registry["unfinished.order"], "_take_in", take_in_after_a_buyer):
            self.find()
        self.assertPlacedOnce(self.cart_ids["known"])

    def answer(self, box, is_ticked, order_id):
        """Let the buyer tick or untick the box at the checkout, without waiting for the batch."""
        with self.transaction() as buyer:
            buyer.cr.execute("SET LOCAL lock_timeout = '250ms'")
            buyer["sale.order"].browse(order_id)._on_consent_box(box, is_ticked)

    def test_a_buyer_who_answers_while_a_batch_is_at_the_cart_does_not_wait_for_it(self):
        for kind in KINDS:
            with self.subTest(cart=kind):
                cart_id = self.cart_ids[kind]
                for is_ticked, answer in ((True, "declined"), (False, False)):
                    with self.transaction() as env:
                        env["unfinished.order.scan"].search([]).unlink()
                    with self.during_a_batch(partial(self.answer, "decline", is_ticked, cart_id)):
                        self.find()
                    with self.transaction() as env:
                        unfinished = env["unfinished.order"].search([("order_id", "=", cart_id)])
                        cart = unfinished.order_id
                        self.assertEqual(cart.cart_consent, answer)
                        self.assertEqual(unfinished.consent, answer)
                        self.assertEqual(unfinished.consent_at, cart.cart_consent_at)
            self.doCleanups()
            self.setUp()

    def test_a_copy_that_is_placed_while_a_batch_is_at_its_source_closes_it_later(self):
        source_id, copy_id = self.cart_ids["known"], None
        with self.transaction() as env:
            source = env["sale.order"].browse(source_id)
            unfinished = env["unfinished.order"].search([("order_id", "=", source_id)])
            copy = source.copy({"cart_source_id": unfinished.id})
            copy_id = copy.id
        with self.during_a_batch(lambda: self.place(copy_id)):
            self.find()
        self.assertPlacedOnce(source_id, copy_id)
        with self.transaction() as env:
            self.assertEqual(env["sale.order"].browse(source_id).state, "cancel")

    def test_a_strangers_copy_closes_nothing_however_often_it_is_looked_at(self):
        with self.transaction() as env:
            source = env["sale.order"].browse(self.cart_ids["known"])
            unfinished = env["unfinished.order"].search([("order_id", "=", source.id)])
            stranger = env["res.partner"].browse(self.made["partner"][-2])
            values = {"cart_source_id": unfinished.id, "partner_id": stranger.id}
            copy = source.copy(values)
        with self.during_a_batch(lambda: self.place(copy.id)):
            self.find()
        self.find()
        with self.transaction() as env:
            self.assertEqual(env["unfinished.order"].browse(unfinished.id).state, "open")
            self.assertEqual(env["sale.order"].browse(source.id).state, "draft")

    def test_what_is_given_up_while_its_buyer_places_it_is_placed(self):
        with self.transaction() as env:
            website = env["website"].browse(self.website_id)
            env["unfinished.order.scan"]._find_next(website)
            days = website._link_days() + 1
            unfinished = env["unfinished.order"].search([("order_id", "=", self.cart_ids["known"])])
            unfinished.activity_at = fields.Datetime.now() - timedelta(days=days)
        expire = self.registry["unfinished.order.scan"]._expire_old

        def expire_while_placed(orders, website, limit):
            done = expire(orders, website, limit)
            orders.env.flush_all()
            if done:
                self.place(self.cart_ids["known"])
            return done

        with patch.object(
            self.registry["unfinished.order.scan"], "_expire_old", expire_while_placed
        ):
            self.find()
        self.assertPlacedOnce(self.cart_ids["known"])

    def test_batches_are_as_large_as_their_time_allows(self):
        sizes, find_batch = [], self.registry["unfinished.order.scan"]._find_batch

        def note_size(scan, website, limit):
            sizes.append(limit)
            return find_batch(scan, website, limit)

        with (
            patch.object(unfinished_order_scan, "BATCH_SECONDS", 1e-9),
            patch.object(self.registry["unfinished.order.scan"], "_find_batch", note_size),
            patch.object(unfinished_order_scan.Pace, "FIRST", 4),
        ):
            self.find()
        self.assertEqual(sizes, [4] + [1] * (CARTS - 4 + 1))
        with self.transaction() as env:
            found = [("order_id", "in", self.made["order"]), ("state", "=", "open")]
            self.assertEqual(env["unfinished.order"].search_count(found), CARTS)
