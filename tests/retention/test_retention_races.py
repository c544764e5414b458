"""Several workers, visitors and crashes while old carts are deleted, in real transactions."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.retention import unfinished_order as retention
from ...models.retention import unfinished_order_erasure
from ..common import forget_totals
from ..common_committed import CommittedCase

CARTS = 20
OLD = timedelta(days=31)


@tagged("post_install", "-at_install")
class TestRetentionRaces(CommittedCase):
    def setUp(self):
        super().setUp()
        self.small = patch.object(retention, "BATCH", 5)
        self.small.start()
        self.addCleanup(self.small.stop)
        with self.transaction() as env:
            website = env["website"].search([], limit=1)
            website.write({"cart_retention": "30", "cart_retention_from": False, "tz": "UTC"})
            self.website_id = website.id
            forget_totals(env)
            carts = self._make_carts(env, website, "old", CARTS)
            carts.cart_activity_at = fields.Datetime.now() - OLD
            env["unfinished.order"]._take_in(website, carts)
        self.addCleanup(self.clean_up)

    def _contact_model(self, env, website):
        """Let the public user create the contacts: this makes them guests."""
        return env["res.partner"].with_user(website.user_id).sudo()

    def clean_up(self):
        with self.transaction() as env:
            self._remove_carts(env)
            for name in ("day", "day.product", "erasure"):
                env[f"unfinished.order.{name}"].search([]).unlink()

    def erase_old(self):
        with self.transaction() as env:
            env["unfinished.order"]._cron_erase_old()

    def left(self):
        with self.transaction() as env:
            return set(env["sale.order"].browse(self.made["order"]).exists().ids)

    def assertAllAddsUp(self, erased):
        """Each cart was deleted once, and counted once, everywhere."""
        with self.transaction() as env:
            website = env["website"].browse(self.website_id)
            counts = env["unfinished.order.erasure"]._of(website)
            self.assertEqual((counts.cart_count, counts.unfinished_count), (erased, erased))
            self.assertEqual(counts.contact_count, erased)
            for name in ("day", "day.product"):
                totals = env[f"unfinished.order.{name}"].search([])
                self.assertEqual(sum(totals.mapped("carts")), erased, name)

    @mute_logger("odoo.sql_db")
    def test_fault_6_several_workers_at_once_delete_and_count_each_cart_once(self):
        self.at_once(self.erase_old, 3)
        self.erase_old()  # what one of them held, in a moment when the others looked
        self.assertFalse(self.left())
        self.assertAllAddsUp(CARTS)

    def test_a_website_that_one_worker_holds_is_left_alone_by_another(self):
        with self.transaction() as one, self.transaction() as two:
            website = one["website"].browse(self.website_id)
            one["unfinished.order.erasure"]._of(website)
            one.cr.commit()
            first = one["unfinished.order"]._erase_next_carts("draft", website, 5)
            two.cr.execute("SET LOCAL lock_timeout = '200ms'")
            second = two["unfinished.order"]._erase_next_carts(
                "draft", two["website"].browse(self.website_id), 5
            )
            self.assertEqual((first, second), (5, 0))
            one.cr.rollback()
            two.cr.rollback()

    def test_a_cart_that_a_visitor_is_changing_is_passed_over_and_kept(self):
        cart_id = self.made["order"][0]
        with self.transaction() as visitor:
            cart = visitor["sale.order"].browse(cart_id)
            cart.cart_activity_at = fields.Datetime.now()
            cart.flush_recordset()  # the visitor's request has not come to its end
            self.erase_old()
            self.assertEqual(self.left(), {cart_id})
        self.erase_old()
        self.assertEqual(self.left(), {cart_id})
        self.assertAllAddsUp(CARTS - 1)

    @mute_logger("odoo.sql_db")
    def test_a_cart_that_came_back_to_life_a_moment_ago_is_kept_and_the_visitor_does_not_wait(self):
        """The worker's view of the database is older than the visitor's change."""
        start, revived = unfinished_order_erasure.UnfinishedOrderErasure._claim, []

        def claim_after_a_visitor(erasure, phase, source, limit):
            if phase == "draft" and not revived:
                revived.append(self.made["order"][2])
                erasure.env.cr.execute("SELECT 1")  # the snapshot is taken by now
                with self.transaction() as visitor:
                    visitor.cr.execute("SET LOCAL lock_timeout = '200ms'")
                    cart = visitor["sale.order"].browse(revived[0])
                    cart._cart_add(self.made["product"][0], 1)
            return start(erasure, phase, source, limit)

        with patch.object(
            self.registry["unfinished.order.erasure"], "_claim", claim_after_a_visitor
        ):
            self.erase_old()
        self.assertEqual(self.left(), set(revived))
        self.assertAllAddsUp(CARTS - 1)

    @mute_logger("odoo.sql_db")
    def test_a_payment_that_comes_alive_a_moment_ago_keeps_the_cart(self):
        cart_id = self.made["order"][2]
        with self.transaction() as env:
            cart = env["sale.order"].browse(cart_id)
            payment = env["payment.transaction"].create(
                {
                    "provider_id": env["payment.provider"].search([], limit=1).id,
                    "payment_method_id": env.ref("payment.payment_method_unknown").id,
                    "amount": cart.amount_total,
                    "currency_id": cart.currency_id.id,
                    "partner_id": cart.partner_id.id,
                    "reference": f"RACE-{cart_id}",
                    "sale_order_ids": [Command.set(cart.ids)],
                    "last_state_change": fields.Datetime.now() - OLD,
                }
            )
            cart.cart_activity_at = fields.Datetime.now() - OLD
        lock, paid = self.registry["unfinished.order"]._lock_payments, []

        def pay_just_before(orders, carts):
            if not paid and cart_id in carts.ids:
                paid.append(cart_id)
                with self.transaction() as bank:
                    bank["payment.transaction"].browse(payment.id).state = "pending"
            return lock(orders, carts)

        with patch.object(self.registry["unfinished.order"], "_lock_payments", pay_just_before):
            self.erase_old()
        self.assertEqual(self.left(), {cart_id})
        with self.transaction() as env:
            payment = env["payment.transaction"].browse(payment.id)
            self.assertEqual(payment.sale_order_ids.ids, [cart_id])
            payment.unlink()

    def test_fault_19_a_worker_that_dies_in_its_third_batch_keeps_the_first_two_and_another_goes_on(
        self,
    ):
        erase, batches = self.registry["unfinished.order"]._erase_carts, []

        def die_in_the_third(orders, erasure, carts):
            erase(orders, erasure, carts)
            batches.append(carts.ids)
            if len(batches) == 3:
                raise psycopg2.errors.AdminShutdown("the server is going down")

        with (
            patch.object(self.registry["unfinished.order"], "_erase_carts", die_in_the_third),
            self.assertRaises(psycopg2.errors.AdminShutdown),
        ):
            self.erase_old()
        self.assertEqual(len(self.left()), CARTS - 10)
        self.assertAllAddsUp(10)
        self.erase_old()
        self.assertFalse(self.left())
        self.assertAllAddsUp(CARTS)

    def test_fault_69_others_wait_for_no_longer_than_a_batch(self):
        """Between two batches, nothing is held: neither the carts nor the totals."""
        erase, touched = self.registry["unfinished.order"]._erase_next_carts, []

        def erase_while_a_colleague_works(orders, state, website, limit):
            with self.transaction() as colleague:
                colleague.cr.execute("SET LOCAL lock_timeout = '200ms'")
                colleague.cr.execute(
                    "SELECT id FROM sale_order WHERE id IN %s FOR UPDATE",
                    [tuple(self.made["order"])],
                )
                touched.append(colleague.cr.rowcount)
            return erase(orders, state, website, limit)

        with patch.object(
            self.registry["unfinished.order"], "_erase_next_carts", erase_while_a_colleague_works
        ):
            self.erase_old()
        self.assertEqual(touched[:5], [20, 15, 10, 5, 0])
