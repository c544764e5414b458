"""The page of one unfinished order: how far the buyer got, what it costs, and what happened."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from ..common_engine import EngineCase

SELLER = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestPage(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "page", groups=SELLER, name="Sam Seller")
        cls.mai = cls._make_customer("Mai", "mai@example.com")
        cls.cart = cls._make_cart(cls.mai, {cls.lamp: 2, cls.chair: 1})
        cls.unfinished = cls._make_unfinished(cls.cart)

    def page(self, unfinished=None, user=None):
        unfinished = unfinished or self.unfinished
        self.env.flush_all()
        self.env.invalidate_all()
        return unfinished.with_user(user or self.seller).desk_page

    # === How far ===#

    def steps(self, unfinished=None):
        progress = self.page(unfinished)["progress"]
        return {step["key"] for step in progress if step["done"]}, progress

    def test_a_guest_who_only_typed_an_address_got_as_far_as_the_cart(self):
        guest = self._make_unfinished(self._make_anonymous_cart(cart_email="g@example.com"))
        done, progress = self.steps(guest)
        self.assertEqual(done, {"cart"})
        self.assertEqual(progress[1]["note"], "Only typed")

    def test_each_step_of_the_checkout_is_shown_once_it_was_taken(self):
        self.assertEqual(self.steps()[0], {"cart"})
        self.mai.write({"street": "1 Ly Thai To", "city": "Hanoi"})
        self.assertEqual(self.steps()[0], {"cart", "address"})
        carrier = self.env["delivery.carrier"].search([], limit=1)
        self.cart.carrier_id = carrier
        done, progress = self.steps()
        self.assertEqual(done, {"cart", "address", "delivery"})
        self.assertEqual(progress[2]["note"], carrier.name)
        payment = self._make_transaction(self.cart, "error")
        done, progress = self.steps()
        self.assertNotIn("payment", done)
        self.assertTrue(progress[3]["failed"])
        payment.state = "pending"
        self.assertIn("payment", self.steps()[0])

    def test_a_placed_order_has_gone_all_the_way(self):
        self.cart.action_confirm()
        done, progress = self.steps()
        self.assertEqual(done, {step["key"] for step in progress})

    # === What it costs ===#

    def test_totals_show_discount_delivery_and_tax_and_add_up(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        self.cart.order_line.tax_ids = tax
        freight = self._make_product("Freight", 7.0)
        discount = self._make_product("Welcome", 5.0)
        self.cart.write(
            {
                "order_line": [
                    Command.create(
                        {"product_id": freight.id, "is_delivery": True, "price_unit": 7.0}
                    ),
                    Command.create(
                        {"product_id": discount.id, "name": "Welcome", "price_unit": -5.0}
                    ),
                ]
            }
        )
        totals = self.page()["totals"]
        rows = {row["label"]: row for row in totals["rows"]}
        self.assertEqual(rows["Welcome"]["amount"], -5.0)
        self.assertEqual(rows["Delivery"]["amount"], 7.0)
        self.assertTrue({"Tax", "Tax, included"} & set(rows))
        self.assertEqual(totals["total"], self.cart.amount_total)
        added = sum(row["amount"] for row in totals["rows"] if not row.get("muted"))
        self.assertAlmostEqual(added, totals["total"])

    # === The buyer ===#

    def test_it_shows_what_else_the_buyer_has_bought_and_left(self):
        bought = self._make_cart(self.mai, {self.lamp: 3})
        bought.action_confirm()
        by_mail = self._make_cart(self._make_customer("Mai again", "mai@example.com"))
        by_mail.action_confirm()
        left = self._make_unfinished(self._make_cart(self.mai))
        self._make_cart(self._make_customer("Other", "other@example.com")).action_confirm()
        buyer = self.page()["buyer"]
        self.assertEqual(set(buyer["orders"]["ids"]), set((bought | by_mail).ids))
        self.assertEqual(buyer["spent"]["amount"], 160.0)
        self.assertEqual(buyer["carts"]["ids"], left.ids)

    def test_a_cancelled_order_was_not_spent(self):
        bought = self._make_cart(self.mai)
        bought.action_confirm()
        bought._action_cancel()
        buyer = self.page()["buyer"]
        self.assertEqual((buyer["orders"]["ids"], buyer["spent"]["amount"]), ([], 0.0))

    def test_the_address_is_that_of_the_buyer(self):
        self.mai.write({"street": "1 Ly Thai To", "city": "Hanoi"})
        address = " ".join(self.page()["buyer"]["address"])
        self.assertIn("1 Ly Thai To", address)
        self.assertIn("Hanoi", address)
        guest = self._make_unfinished(self._make_anonymous_cart(cart_email="g@example.com"))
        self.assertEqual(self.page(guest)["buyer"]["address"], [], "a visitor has none")

    # === What happened ===#

    def events(self, kind=None, **kwargs):
        timeline = self.page(**kwargs)["timeline"]
        return [event for event in timeline if kind in (None, event["kind"])]

    def test_the_timeline_mixes_everything_and_the_last_comes_first(self):
        self._start_reminders()
        self._make_transaction(self.cart, "error", state_message="The card was declined.")
        messages = self.unfinished._plan_next_reminders()
        messages._move_to("sending")
        messages._move_to("sent", sent_at=fields.Datetime.now())
        messages.env["recovery.event"]._record(messages, "clicked")
        call = self.env.ref("mail.mail_activity_data_call")
        activity = self.unfinished.with_user(self.seller).activity_schedule(
            activity_type_id=call.id, summary="Ask why", user_id=self.seller.id
        )
        activity.action_feedback(feedback="Wants a smaller one")
        self.unfinished.with_user(self.seller).action_log_note("Calls back\n<b>on Monday</b>")
        events = self.events()
        expected = {"added", "left", "payment", "message", "clicked", "call", "note"}
        self.assertEqual({event["kind"] for event in events}, expected)
        moments = [event["at"] for event in events]
        self.assertEqual(moments, sorted(moments, reverse=True))
        by_kind = {event["kind"]: event for event in events}
        self.assertEqual(by_kind["added"]["text"], "Lamp, Chair", "not how many there are by now")
        self.assertIn("The card was declined.", by_kind["payment"]["text"])
        self.assertEqual(by_kind["payment"]["tone"], "danger")
        self.assertEqual(by_kind["call"]["text"], "Wants a smaller one")
        self.assertEqual(by_kind["note"]["text"], "Calls back\n<b>on Monday</b>")
        self.assertEqual(by_kind["note"]["by"], "Sam Seller")
        self.assertEqual(by_kind["message"]["open"]["id"], messages.id)

    def test_it_tells_whether_the_buyer_or_a_colleague_changed_the_cart(self):
        self.assertFalse(self.events("edited"))
        self.assertEqual(len(self.events("left")), 1)
        cart = self.cart.with_user(self.seller)
        cart.order_line[:1].product_uom_qty = 5
        (edited,) = self.events("edited")
        self.assertEqual(edited["by"], "Sam Seller")
        self.assertFalse(self.events("left"), "that was no change of the buyer")
        self.cart.cart_activity_at = fields.Datetime.now() + timedelta(minutes=1)
        self.unfinished.activity_at = self.cart.cart_activity_at
        self.assertEqual(len(self.events("left")), 1)
        self.assertEqual(len(self.events("edited")), 1)

    def test_a_skipped_reminder_says_why(self):
        self._start_reminders()
        self.unfinished._plan_next_reminders()._move_to("skipped", reason="opted_out")
        (event,) = self.events("message")
        self.assertIn("The address is on the blacklist", event["text"])

    # === Notes ===#

    def test_a_note_is_in_the_chatter_of_the_cart_and_goes_along_with_the_order(self):
        self.unfinished.with_user(self.seller).action_log_note("Asks for blue")
        self.cart.action_confirm()
        self.assertIn("Asks for blue", "".join(self.cart.message_ids.mapped("body")))
        self.assertEqual(len(self.events("note")), 1)
        self.assertTrue(
            self.cart.message_ids.filtered(lambda m: "blue" in m.body).subtype_id.internal
        )

    def test_a_note_needs_words_a_cart_and_the_right_to_change_it(self):
        mine = self.unfinished.with_user(self.seller)
        with self.assertRaisesRegex(UserError, "empty"):
            mine.action_log_note("  ")
        employee = new_test_user(self.env, "no_desk", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.unfinished.with_user(employee).action_log_note("Hello")
        self.assertTrue(self.page()["may_note"])
        self.cart.unlink()
        self.assertFalse(self.page()["may_note"])
        with self.assertRaisesRegex(UserError, "has been deleted"):
            mine.action_log_note("Hello")

    def test_a_seller_without_the_order_reads_no_notes_about_it(self):
        self.unfinished.with_user(self.seller).action_log_note("Between us")
        own = new_test_user(self.env, "own", groups="sales_team.group_sale_salesman")
        self.cart.user_id = self.seller
        self.assertTrue(self.events("note"))
        if self.unfinished.with_user(own).has_access("read"):
            self.assertFalse(self.events("note", user=own))

    def test_erasing_a_person_erases_what_was_noted_about_their_cart(self):
        self.unfinished.with_user(self.seller).action_log_note("Lives in Hanoi")
        payment = self._make_transaction(self.cart, "pending")  # the cart has to stay
        self.unfinished._erase_person()
        self.assertTrue(payment.exists() and self.cart.exists())
        self.assertNotIn("Hanoi", "".join(self.cart.message_ids.mapped("body")))
        self.env.invalidate_all()
        self.assertFalse(self.events("note"))

    def test_deleting_the_cart_deletes_its_notes(self):
        self.unfinished.with_user(self.seller).action_log_note("Lives in Hanoi")
        notes = self.cart.message_ids.filtered(lambda message: "Hanoi" in message.body)
        self.assertTrue(notes)
        self.unfinished._erase_person()
        self.assertFalse(notes.exists())
