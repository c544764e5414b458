"""Unfinished orders that somebody deletes: what waits is taken back, and the totals stay."""

# The linter knows tests by their folder's name only.
# pylint: disable=translation-required

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..common import queries_of
from ..common_engine import EngineCase, smtp_server


class DeletionCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "boss", groups="sales_team.group_sale_manager")
        cls.campaign = cls._start_reminders(days_ago=60)

    def _delete(self, unfinished):
        self.env.flush_all()
        unfinished.with_user(self.manager).unlink()
        self.env.invalidate_all()

    def _figures(self, *, by_state=True):
        """Return what all reports say, whatever is there and whatever has been deleted."""
        self.env.flush_all()
        self.env.invalidate_all()
        groups = ["date:day", "website_id", "by_customer", *(["state"] if by_state else [])]
        sums = ["carts:sum", "quantity:sum", "amount:sum"]
        carts = self.env["unfinished.order.report"]._read_group([], groups, sums)
        products = self.env["unfinished.order.product.report"]._read_group(
            [], [*groups, "product_id"], sums
        )
        campaign, step = self.campaign, self.campaign.step_ids[:1]
        names = ("clicked", "coupon", "assisted", "own_accord")
        earned = [campaign[f"{name}_{what}"] for name in names for what in ("count", "revenue")]
        counted = {
            name: record[name]
            for record in (campaign, step)
            for name, field in record._fields.items()
            if name.endswith("_count")
            and name not in ("erased_count", "waiting_count")  # what is now, and no figure
            and not field.store
        }
        return carts, products, earned, counted


@tagged("post_install", "-at_install")
class TestDeletingUnfinishedOrders(DeletionCase, TransactionCase):
    def test_what_waits_and_what_lies_in_the_mail_queue_is_taken_back(self):
        messages = self._remind(self._make_cart())
        self.assertEqual(set(messages.mapped("state")), {"sending", "waiting"})
        mails = self._queued_mails(messages)
        self.assertTrue(mails)
        self._delete(messages.unfinished_id)
        self.assertFalse(messages.exists() or mails.exists())
        with smtp_server(self.env) as inbox:
            self._run_cron("send")
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)

    def test_its_cart_goes_along_and_lives_on_unseen_nowhere(self):
        cart, other = self._make_cart(), self._make_cart(self._make_customer(email="o@x.com"))
        unfinished = self._find(cart, other).filtered(lambda one: one.order_id == cart)
        self._delete(unfinished)
        self.assertFalse(cart.exists())
        self.assertEqual(other.state, "draft")

    def test_what_is_no_cart_any_more_stays(self):
        placed, cancelled, quoted = (
            self._make_cart(self._make_customer(email=f"s{n}@example.com")) for n in range(3)
        )
        unfinished = self._find(placed, cancelled, quoted)
        placed.action_confirm()
        cancelled._action_cancel()
        quoted.cart_quoted_at = fields.Datetime.now()
        self._delete(unfinished)
        self.assertEqual((placed.state, cancelled.state, quoted.state), ("sale", "cancel", "draft"))

    def test_the_figures_are_the_same_before_and_after(self):
        carts = [self._make_cart(self._make_customer(email=f"c{n}@example.com")) for n in range(5)]
        unfinished = self._remind(*carts).unfinished_id
        sent = unfinished.message_ids.filtered(lambda message: message.state == "sending")
        sent._move_to("sent", sent_at=fields.Datetime.now())
        self.env["recovery.event"]._record(sent[0], "clicked")
        sent[0].unfinished_id.order_id.action_confirm()
        sent[1].unfinished_id.order_id.action_confirm()
        emptied = unfinished.filtered(lambda one: one.state == "open")[0]
        emptied.order_id.order_line.unlink()
        emptied._move_to("emptied")
        unfinished.filtered(lambda one: one.state == "open")._move_to("expired")
        self.assertEqual(
            set(unfinished.mapped("state")), {"recovered", "own_accord", "expired", "emptied"}
        )
        before = self._figures()
        self.assertTrue(before[2][0] or before[2][4], "something was earned")
        self._delete(unfinished)
        self.assertEqual(self._figures(), before)

    def test_one_that_was_open_is_counted_as_expired(self):
        cart = self._make_cart()
        before = self._figures(by_state=False)[:2]
        known = self.env["unfinished.order.day"].search([])
        expired = sum(known.filtered(lambda day: day.state == "expired").mapped("carts"))
        unfinished = self._find(cart)
        there = self._figures(by_state=False)[:2]
        self.assertNotEqual(there, before)
        self._delete(unfinished)
        self.assertEqual(self._figures(by_state=False)[:2], there)
        totals = self.env["unfinished.order.day"].search([("state", "=", "expired")])
        self.assertEqual(sum(totals.mapped("carts")), expired + 1)

    def test_orders_that_came_without_a_reminder_count_on_for_the_campaigns_since_then(self):
        cart = self._make_cart()
        unfinished = self._make_unfinished(cart)
        cart.action_confirm()
        self.assertEqual(unfinished.credit, "own_accord")
        before = self._figures()
        self.assertTrue(self.campaign.own_accord_count)
        self._delete(unfinished)
        self.assertEqual(self._figures(), before)
        self.campaign.active_since = fields.Datetime.now() + timedelta(hours=1)
        self.assertFalse(self.campaign.own_accord_count)

    def test_a_cart_in_payment_is_refused_with_what_to_do(self):
        cart = self._make_cart()
        unfinished = self._find(cart)
        self._make_transaction(cart, "draft")
        with self.assertRaisesRegex(UserError, f"{unfinished.name}.*wait for an hour"):
            self._delete(unfinished)
        self.assertTrue(unfinished.exists())

    def test_one_in_payment_among_many_is_named_and_all_stay_as_they_are(self):
        fine, paying = self._make_cart(), self._make_cart(self._make_customer(email="p@x.com"))
        unfinished = self._remind(fine, paying).unfinished_id
        self._make_transaction(paying, "pending")
        states = unfinished.message_ids.mapped("state")
        name = unfinished.filtered(lambda one: one.order_id == paying).name
        with self.assertRaisesRegex(UserError, name), self.env.cr.savepoint():
            self._delete(unfinished)
        self.assertEqual(unfinished.message_ids.mapped("state"), states)

    def test_a_mail_that_is_leaving_at_this_moment_is_refused_with_what_to_do(self):
        messages = self._remind(self._make_cart())
        unfinished = messages.unfinished_id
        model = type(messages)
        self.patch(model, "try_lock_for_update", lambda self, **_kwargs: self.browse())
        with self.assertRaisesRegex(UserError, f"{unfinished.name}.*Try again in a minute"):
            self._delete(unfinished)
        self.assertTrue(unfinished.exists())

    def test_its_activities_go(self):
        unfinished = self._find(self._make_cart())
        activity = unfinished.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.manager.id
        )
        self._delete(unfinished)
        self.assertFalse(activity.exists())

    def test_a_person_who_is_no_manager_deletes_and_takes_back_nothing(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        messages = self._remind(self._make_cart())
        states = messages.mapped("state")
        with self.assertRaises(AccessError):
            messages.unfinished_id.with_user(seller).unlink()
        self.assertEqual(messages.mapped("state"), states)

    def test_many_cost_as_many_queries_as_a_few(self):
        def count(size):
            carts = [
                self._make_cart(self._make_customer(email=f"q{size}{n}@example.com"))
                for n in range(size)
            ]
            unfinished = self._remind(*carts).unfinished_id
            self.assertEqual(len(unfinished), size)
            return queries_of(self.env, unfinished.unlink)

        count(2)
        self.assertEqual(count(3), count(12))


@tagged("post_install", "-at_install")
class TestDeletingTheirCarts(DeletionCase, TransactionCase):
    def test_a_person_who_deletes_the_cart_takes_back_its_messages(self):
        cart = self._make_cart()
        messages = self._remind(cart)
        mails = self._queued_mails(messages)
        before = self._figures(by_state=False)[:2]
        cart.unlink()
        self.assertFalse(mails.exists())
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self.assertEqual(self._figures(by_state=False)[:2], before)

    def test_the_products_of_a_deleted_cart_are_counted_in_the_state_of_the_cart(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        unfinished = self._find(cart)
        cart.unlink()
        there = self._products_by_state()
        self.assertEqual(there, {"expired": self.lamp | self.chair})
        self._delete(unfinished)
        self.assertEqual(self._products_by_state(), there)
        products = self.env["unfinished.order.day.product"].search([])
        self.assertEqual(products.product_id, self.lamp | self.chair)
        days = self.env["unfinished.order.day"].search([])
        self.assertEqual(set(days.mapped("state")), set(products.mapped("state")))

    def _products_by_state(self):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["unfinished.order.product.report"].search([])
        return {state: rows.product_id for state, rows in report.grouped("state").items()}

    def test_a_deleted_cart_whose_copy_is_ordered_counts_as_ordered_in_all_figures(self):
        cart = self._make_cart(products={self.lamp: 3})
        unfinished = self._find(cart)
        copy = self._make_cart(cart.partner_id, {self.lamp: 3}, 0, cart_source_id=unfinished.id)
        before = self._figures(by_state=False)
        cart.unlink()
        self.assertEqual(self._figures(by_state=False)[:2], before[:2])
        copy.action_confirm()
        self.assertEqual((unfinished.state, unfinished.placed_order_id), ("own_accord", copy))
        self.assertEqual(self._products_by_state(), {"own_accord": self.lamp})
        there = self._figures()
        self.assertEqual([row[-2:] for row in there[1]], [(3.0, 120.0)])
        self._delete(unfinished)
        self.assertEqual(self._figures(), there)

    def test_many_deleted_carts_cost_as_many_queries_as_a_few(self):
        def count(size):
            customers = [self._make_customer(email=f"k{size}{n}@x.com") for n in range(size)]
            carts = self.env["sale.order"].concat(*map(self._make_cart, customers))
            unfinished = self._find(carts)
            self.assertEqual(len(unfinished), size)
            kept = self.env["unfinished.order.kept.product"]
            return queries_of(self.env, lambda: kept._keep_of(unfinished))

        self.assertEqual(count(2), count(12))

    def test_many_carts_at_once(self):
        carts = [self._make_cart(self._make_customer(email=f"m{n}@x.com")) for n in range(3)]
        messages = self._remind(*carts)
        self.env["sale.order"].concat(*carts).unlink()
        self.assertEqual(set(messages.mapped("state")), {"skipped"})

    def test_a_person_who_deletes_the_website_takes_back_its_messages_at_once(self):
        website = self.env["website"].create({"name": "Second", "domain": "https://two.example"})
        self._start_reminders(website)
        messages = self._remind(self._make_cart(website=website))
        mails = self._queued_mails(messages)
        self.assertTrue(mails)
        website.unlink()
        self.assertFalse(mails.exists())
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self.assertEqual(set(messages.mapped("reason")), {"reminders_off"})

    def test_what_refuses_to_be_deleted_takes_back_nothing(self):
        cart = self._make_cart()
        messages = self._remind(cart)
        self._make_transaction(cart, "pending")
        states = messages.mapped("state")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            cart.unlink()
        self.assertEqual(messages.mapped("state"), states)

    def test_retention_cancels_payments_that_never_came_to_an_end(self):
        self.website.write({"cart_retention": "30", "cart_retention_from": False})
        cart = self._make_cart()
        payment = self._make_transaction(cart, "draft")
        payment.last_state_change -= timedelta(days=40)
        cart.cart_activity_at -= timedelta(days=40)
        with patch.object(type(cart), "message_post", side_effect=AssertionError):
            self._run_cron("erase_old")
        self.assertFalse(cart.exists())
        self.assertEqual(payment.state, "cancel")
