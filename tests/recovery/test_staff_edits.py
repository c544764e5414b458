"""What a colleague changes in a cart is shown at once, and is not said to be the customer's."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, TransactionCase, freeze_time, new_test_user, tagged

from ..common_engine import EngineCase
from ..common_shop import ShopCase

NOW = "2026-03-02 12:00:00"
SELLER = "sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestStaffEdits(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.campaign.step_ids[0].delay_hours = 5
        cls.clerk = new_test_user(cls.env, "clerk", groups=SELLER, name="Clara Clerk")
        cls.cart = cls._make_cart(products={cls.lamp: 2})

    def setUp(self):
        super().setUp()
        self.unfinished = self._find(self.cart)
        self.message = self.unfinished.message_ids

    def by_clerk(self):
        return self.cart.with_user(self.clerk)

    def test_amount_quantity_and_products_follow_at_once(self):
        cart = self.by_clerk()
        cart.order_line.product_uom_qty = 5
        self.assertRecordValues(
            self.unfinished,
            [
                {
                    "amount_total": 200.0,
                    "amount_company": 200.0,
                    "quantity": 5.0,
                    "activity_at": fields.Datetime.now(),
                }
            ],
        )
        cart.order_line = [Command.create({"product_id": self.chair.id})]
        self.assertEqual(self.unfinished.amount_total, 290.0)
        self.assertEqual(self.unfinished.product_ids, self.lamp | self.chair)
        cart.order_line.filtered(lambda line: line.product_id == self.lamp).unlink()
        self.assertEqual((self.unfinished.amount_total, self.unfinished.quantity), (90.0, 1.0))
        self.assertEqual(self.unfinished.product_ids, self.chair)

    def test_the_form_of_the_order_does_the_same(self):
        with Form(self.by_clerk()) as page:
            with page.order_line.edit(0) as line:
                line.product_uom_qty = 3
            with page.order_line.new() as line:
                line.product_id = self.chair
        self.assertRecordValues(self.unfinished, [{"amount_total": 210.0, "quantity": 4.0}])
        self.assertEqual(self.unfinished.product_ids, self.lamp | self.chair)

    def test_a_delivery_line_of_a_colleague_is_in_the_amount_at_once(self):
        delivery = self._make_product("Delivery", 5.0, type="service")
        self.by_clerk().order_line = [
            Command.create({"product_id": delivery.id, "price_unit": 5.0, "is_delivery": True})
        ]
        self.assertEqual(self.unfinished.amount_total, 85.0)
        self.assertEqual(self.unfinished.quantity, 2.0, "it is nothing that was left")

    def test_the_log_says_who_changed_the_cart(self):
        self.by_clerk().order_line.product_uom_qty = 3
        self.assertRecordValues(
            self.message,
            [{"state": "skipped", "reason": "cart_edited", "detail": "Changed by Clara Clerk"}],
        )
        label = self.message._reason_label()
        self.assertEqual(label, "A colleague has changed the cart since")
        self.assertIn(label, self.unfinished.reminder_note)
        self.assertIn("Planned anew", self.unfinished.reminder_note)

    def test_what_lies_in_the_mail_queue_does_not_leave_with_the_old_cart(self):
        with freeze_time("2026-03-02 15:01:00"):
            self._run_cron("send")
            mail = self._queued_mails(self.message)
            self.assertTrue(mail)
            self.by_clerk().order_line.product_uom_qty = 3
            self.assertEqual((self.message.state, self.message.reason), ("skipped", "cart_edited"))
            self.assertFalse(mail.exists())

    def test_a_sender_that_was_at_it_knows_a_colleague_from_the_customer(self):
        """A message that is locked stays; the sender asks for the facts when it leaves."""
        for by_colleague, reason in ((True, "cart_edited"), (False, "cart_changed")):
            with self.subTest(reason=reason):
                now = fields.Datetime.now()
                self.cart.cart_activity_at = now
                self.unfinished.activity_at = now if by_colleague else now - timedelta(hours=2)
                facts = self.message._facts(now)[self.message]
                self.assertEqual(facts.changed_by_staff, by_colleague)

    def test_the_customers_change_is_still_the_customers(self):
        self.cart._cart_add(self.chair.id)
        self.assertEqual(self.unfinished.amount_total, 80.0, "the buyer is still at it")
        with freeze_time("2026-03-02 13:01:00"):
            self._run_cron("find")
        self.assertEqual((self.message.state, self.message.reason), ("skipped", "cart_changed"))
        self.assertEqual(self.unfinished.amount_total, 170.0)

    def test_the_edited_cart_is_reminded_of_when_it_has_been_left(self):
        self.by_clerk().order_line.product_uom_qty = 3
        with freeze_time("2026-03-02 13:01:00"):
            planned = self._find(self.cart).message_ids - self.message
        self.assertEqual(planned.step_id, self.message.step_id)
        self.assertEqual(planned.state, "waiting")

    def test_a_message_by_hand_is_the_colleagues_own_business(self):
        by_hand = self.message.copy(
            {"key": "hand", "step_id": False, "campaign_id": False, "by_hand": True}
        )
        self.by_clerk().order_line.product_uom_qty = 3
        self.assertEqual(by_hand.state, "waiting")

    def test_an_order_that_was_placed_is_shown_as_it_was_left(self):
        self.website.salesperson_id = False
        self.cart.action_confirm()
        self.by_clerk().order_line.product_uom_qty = 3
        self.assertEqual(self.unfinished.amount_total, 80.0)


@tagged("post_install", "-at_install")
class TestTheBuyersOwnChange(EngineCase, ShopCase):
    def test_a_buyer_who_changes_their_cart_pays_for_no_look_at_the_list(self):
        cart = self._add_to_cart(self.lamp, 1)
        cart.partner_id = self._make_customer()
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        unfinished = self._make_unfinished(cart)
        asked = []
        execute = type(self.env.cr).execute

        def listen(cr, query, *args, **kwargs):
            asked.append(str(getattr(query, "code", query)))
            return execute(cr, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", listen)
        cart._cart_update_line_quantity(cart.order_line.id, 3)
        cart._cart_add(self.chair.id)
        cart.order_line[-1:].unlink()
        self.env.flush_all()
        self.assertTrue(asked)
        self.assertFalse([query for query in asked if "unfinished_order" in query])
        self.assertEqual(unfinished.quantity, 1.0)
