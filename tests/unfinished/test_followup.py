"""Who looks after an online order: sales team, salesperson, and a call when much was left."""

from datetime import date, timedelta
from functools import partial

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ..common import queries_of
from ..common_engine import EngineCase
from ..common_shop import ShopCase

SELLER = "sales_team.group_sale_salesman"


class AssignmentCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "caller", groups=SELLER, tz="Asia/Ho_Chi_Minh")
        cls.leader = new_test_user(cls.env, "leader", groups=SELLER)
        cls.team = cls.env["crm.team"].create({"name": "Online", "user_id": cls.leader.id})
        cls.website.write({"salesperson_id": cls.seller.id, "salesteam_id": cls.team.id})


@tagged("post_install", "-at_install")
class TestAssignment(AssignmentCase, ShopCase):
    """What core does with the settings, held fast because U9 promises it."""

    def leave_a_cart(self):
        cart = self._add_to_cart(self.lamp, 2)
        cart.partner_id = self._make_customer()
        return cart

    def test_a_cart_has_the_team_and_nobody_to_disturb_yet(self):
        cart = self.leave_a_cart()
        self.assertEqual(cart.team_id, self.team)
        self.assertFalse(cart.user_id)
        self.assertEqual(self._make_unfinished(self._idle(cart)).team_id, self.team)

    def _idle(self, cart):
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        return cart

    def test_a_paid_order_has_team_and_salesperson(self):
        cart = self.leave_a_cart()
        payment = self._make_transaction(cart)
        payment._set_done()
        payment._check_amount_and_confirm_order()
        self.assertEqual((cart.state, cart.team_id, cart.user_id), ("sale", self.team, self.seller))

    def test_an_order_to_be_paid_by_transfer_has_team_and_salesperson(self):
        cart = self.leave_a_cart()
        transfer = self.env.ref("payment.payment_provider_transfer")
        payment = self._make_transaction(cart, provider_id=transfer.id)
        payment._set_pending()
        payment._post_process()
        self.assertEqual((cart.state, cart.team_id, cart.user_id), ("sent", self.team, self.seller))

    def test_the_websites_team_stays_when_its_salesperson_is_in_another_one(self):
        other = self.env["crm.team"].create({"name": "Showroom", "member_ids": self.seller.ids})
        self.assertIn(self.seller, other.member_ids)
        cart = self.leave_a_cart()
        cart.action_confirm()
        self.assertEqual((cart.team_id, cart.user_id), (self.team, self.seller))
        cart.user_id = self.env["res.users"]
        self.assertEqual(cart.team_id, self.team)
        colleague = new_test_user(self.env, "showroom", groups=SELLER)
        other.member_ids += colleague
        cart.user_id = colleague  # by hand: then core's rule is right
        self.assertEqual(cart.team_id, other)

    def test_each_website_has_its_own_salesperson(self):
        other = self.env["website"].create({"name": "Other Shop"})
        other.salesperson_id = self.leader
        cart = self._make_cart(website=other)
        cart.action_confirm()
        self.assertEqual(cart.user_id, self.leader)


@tagged("post_install", "-at_install")
class TestFollowup(AssignmentCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.followup_amount = 100.0
        cls.customer = cls._make_customer("Mai Nguyen", "mai@example.com", phone="+84 912 345 678")

    def _leave(self, quantity=3, **kwargs):
        """Leave so many lamps, at 40 each, in a cart."""
        kwargs.setdefault("partner", self.customer)
        return self._make_unfinished(self._make_cart(products={self.lamp: quantity}, **kwargs))

    def _all_activities(self, unfinished):
        domain = [("res_model", "=", unfinished._name), ("res_id", "in", unfinished.ids)]
        return self.env["mail.activity"].with_context(active_test=False).search(domain)

    def test_much_left_opens_one_call_for_the_salesperson(self):
        unfinished = self._leave()
        activity = unfinished.activity_ids
        self.assertRecordValues(
            activity,
            [
                {
                    "user_id": self.seller.id,
                    "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                    "automated": True,
                }
            ],
        )
        self.assertIn("Mai Nguyen", activity.summary)
        self.assertIn("120.00", activity.summary)
        for words in ("+84912345678", "mai@example.com", "120.00", "Lamp"):
            self.assertIn(words, activity.note)
        self.assertTrue(unfinished.followup_at)

    def test_the_amount_is_a_threshold_and_nought_is_off(self):
        self.assertFalse(self._leave(2).activity_ids)
        self.website.followup_amount = 120.0
        self.assertTrue(self._leave().activity_ids)
        self.website.followup_amount = 0
        self.assertFalse(self._leave(100).activity_ids)
        with self.assertRaisesRegex(ValidationError, "enter 0 to open no activities"):
            self.website.followup_amount = -1

    def test_it_is_not_asked_again_each_time_the_buyer_pauses(self):
        unfinished = self._leave()
        cart = unfinished.order_id
        for hours in (3, 6):
            with freeze_time(fields.Datetime.now() + timedelta(hours=hours)):
                cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
                self._make_unfinished(cart)
        self.assertEqual(len(self._all_activities(unfinished)), 1)
        unfinished.activity_ids.with_user(self.seller).action_feedback("Will pay tomorrow")
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=1, minutes=30)
        self._make_unfinished(cart)
        self.assertFalse(unfinished.activity_ids, "she has been called")

    def test_a_cart_that_grows_opens_the_call_when_it_is_large_enough(self):
        unfinished = self._leave(1)
        self.assertFalse(unfinished.activity_ids)
        unfinished.order_id.order_line.product_uom_qty = 3
        unfinished.order_id.cart_activity_at = fields.Datetime.now() - timedelta(hours=1.5)
        self._make_unfinished(unfinished.order_id)
        self.assertTrue(unfinished.activity_ids)

    def test_nobody_calls_staff_or_robots_or_about_what_expires(self):
        for kwargs in (
            {"cart_made_by": "robot"},
            {"partner": self.leader.partner_id},
            {"hours_ago": 24 * 31},
        ):
            with self.subTest(**{name: str(value) for name, value in kwargs.items()}):
                self.assertFalse(self._leave(**kwargs).activity_ids)

    # === Who ===#

    def test_without_a_salesperson_the_leader_of_the_team_calls(self):
        self.website.salesperson_id = False
        self.assertEqual(self._leave().activity_ids.user_id, self.leader)

    def test_who_has_left_or_may_not_see_it_is_not_asked(self):
        self.seller.active = False
        self.assertEqual(self._leave().activity_ids.user_id, self.leader)
        self.leader.group_ids = self.env.ref("base.group_user")
        self.assertFalse(self._leave().activity_ids)

    def test_fault_61_nobody_is_asked_about_another_companys_customers(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        shop = self.env["website"].create({"name": "Other Shop", "company_id": company.id})
        shop.write({"salesperson_id": self.seller.id, "followup_amount": 1})
        self.assertFalse(self._leave(website=shop).activity_ids)

    def test_when_there_is_nobody_the_page_says_so(self):
        self.website.write({"salesperson_id": False, "salesteam_id": False})
        unfinished = self._leave(team_id=False)
        self.assertFalse(unfinished.activity_ids)
        self.assertFalse(unfinished.followup_at)
        self.assertIn("neither the website nor its sales team", unfinished.followup_note)
        self.assertFalse(self._leave(1).followup_note)
        with Form(unfinished.with_user(self.seller)) as page:
            self.assertIn("Nobody to call", page.followup_note)

    def test_it_is_due_today_on_the_clock_of_the_salesperson(self):
        with freeze_time("2026-03-02 20:00:00"):  # already the 3rd in Vietnam
            self.assertEqual(self._leave().activity_ids.date_deadline, date(2026, 3, 3))

    def test_it_is_in_the_language_of_the_salesperson(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.seller.lang = "fr_FR"
        self.lamp.with_context(lang="fr_FR").name = "Lampe"
        note = self._leave().activity_ids.note
        self.assertIn("Lampe", note)
        self.assertIn("120,00", note)

    def test_fault_56_a_name_from_the_checkout_is_text(self):
        partner = self._make_customer("<script>alert(1)</script>", "x@example.com")
        note = self._leave(partner=partner).activity_ids.note
        self.assertNotIn("<script", note)
        self.assertIn("&lt;script&gt;", note)

    # === How it ends ===#

    def test_it_is_done_when_the_order_is_placed(self):
        unfinished = self._leave()
        unfinished.order_id.action_confirm()
        activity = self._all_activities(unfinished)
        self.assertRecordValues(
            activity, [{"active": False, "feedback": "The order has been placed."}]
        )

    def test_it_goes_away_when_there_is_nothing_left_to_call_about(self):
        emptied, expired = self._leave(), self._leave()
        emptied.order_id.order_line.unlink()
        emptied.order_id.cart_activity_at = fields.Datetime.now() - timedelta(hours=1.5)
        self._make_unfinished(emptied.order_id)
        expired.order_id.action_cancel()
        self.assertEqual((emptied | expired).mapped("state"), ["emptied", "expired"])
        self.assertFalse(self._all_activities(emptied | expired))

    def test_what_a_person_has_planned_stays(self):
        unfinished = self._leave()
        mine = unfinished.with_user(self.leader).activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.leader.id, automated=False
        )
        unfinished.order_id.action_confirm()
        self.assertTrue(mine.active)

    def test_a_visitor_who_places_the_order_closes_it(self):
        unfinished = self._leave()
        order = unfinished.order_id.with_user(self.website.user_id).sudo()
        order.action_confirm()
        self.assertFalse(unfinished.activity_ids)

    # === In the back office ===#

    def test_the_salesperson_handles_it_like_any_other_activity(self):
        unfinished = self._leave()
        mine = unfinished.with_user(self.seller)
        self.assertEqual(mine.search([("activity_user_id", "=", self.seller.id)]), mine)
        self.assertEqual(mine.activity_state, "today")
        groups = self.env["res.users"].with_user(self.seller)._get_activity_groups()
        (group,) = (group for group in groups if group["model"] == unfinished._name)
        self.assertEqual(group["total_count"], 1)
        mine.activity_ids.action_reschedule_tomorrow()
        mine.activity_ids.action_feedback("Sent her a quotation")
        self.assertFalse(mine.activity_ids)
        self.assertEqual(self._all_activities(unfinished).feedback, "Sent her a quotation")

    def test_a_colleague_may_plan_one_for_somebody_else_who_is_told(self):
        unfinished = self._leave(1)
        before = self.env["mail.message"].search([], limit=1, order="id desc").id
        unfinished.with_user(self.seller).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.leader.id, summary="Please call"
        )
        told = self.env["mail.message"].search([("id", ">", before)])
        self.assertIn(self.leader.partner_id, told.notified_partner_ids)

    def test_a_person_who_sees_no_unfinished_orders_plans_nothing_about_them(self):
        unfinished = self._leave(1)
        employee = new_test_user(self.env, "no_sales", groups="base.group_user")
        with self.assertRaises(AccessError):
            unfinished.with_user(employee).activity_schedule(
                "mail.mail_activity_data_call", user_id=employee.id
            )

    def test_deleting_the_unfinished_order_deletes_its_activity(self):
        unfinished = self._leave()
        activity = unfinished.activity_ids
        unfinished.unlink()
        self.assertFalse(activity.exists())

    def test_fault_70_a_batch_costs_the_same_number_of_queries_however_large(self):
        def count_queries(size):
            carts = self.env["sale.order"]
            for number in range(size):
                customer = self._make_customer(f"c{number}", f"c{number}-{size}@example.com")
                carts |= self._make_cart(customer, {self.lamp: 3})
            self.website.followup_amount = 0
            unfinished = self._make_unfinished(carts)
            self.website.followup_amount = 100
            worth = partial(unfinished.filtered, lambda one: one._is_worth_a_call())
            queries = queries_of(self.env, lambda: worth()._open_followups())
            self.assertEqual(len(unfinished.activity_ids), size)
            return queries

        count_queries(2)
        # One of them is whether users are still in memory.
        self.assertLessEqual(count_queries(50), count_queries(5) + 1)

    def test_closing_a_batch_costs_the_same_number_of_queries_however_large(self):
        def count_queries(size):
            unfinished = self.env["unfinished.order"]
            for number in range(size):
                customer = self._make_customer(f"d{number}", f"d{number}-{size}@example.com")
                unfinished |= self._leave(partner=customer)
            now = fields.Datetime.now()
            work = partial(unfinished._move_to, "own_accord", closed_at=now)
            queries = queries_of(self.env, work)
            self.assertFalse(unfinished.activity_ids)
            return queries

        count_queries(2)
        self.assertEqual(count_queries(4), count_queries(40))

    def test_the_setting_is_on_the_settings_screen_of_each_website(self):
        settings = self.env["res.config.settings"].create({"website_id": self.website.id})
        self.assertEqual(settings.followup_amount, 100.0)
        settings.followup_amount = 250.0
        settings.execute()
        self.assertEqual(self.website.followup_amount, 250.0)


@tagged("post_install", "-at_install")
class TestFollowupInBrowser(AssignmentCase, ShopCase):
    def setUp(self):
        super().setUp()
        self.website.followup_amount = 50.0
        customer = self._make_customer("Zoe Caller", "zoe@example.com")
        self.unfinished = self._make_unfinished(self._make_cart(customer, {self.lamp: 2}))

    def look_for_messages(self, user):
        """Ask what the browser asks after an activity was done."""
        self.authenticate(user.login, user.login)
        values = {"thread_model": self.unfinished._name, "thread_id": self.unfinished.id}
        return self.make_jsonrpc_request("/mail/thread/messages", values)

    def test_the_browser_finds_no_messages_after_the_call(self):
        self.unfinished.activity_ids.with_user(self.seller).action_feedback("Called")
        self.assertEqual(self.look_for_messages(self.seller)["messages"], [])

    def test_fault_46_a_person_who_may_not_see_it_finds_no_thread(self):
        employee = new_test_user(self.env, "no_sales", groups="base.group_user")
        thread = self.unfinished.with_user(employee)._get_thread_with_access(self.unfinished.id)
        self.assertFalse(thread)
        self.assertFalse(thread._get_thread_with_access(987654321))

    def test_the_salesperson_calls_from_the_list(self):
        self.start_tour("/odoo/unfinished-orders", "backend_followup", login=self.seller.login)
        activity = self.env["mail.activity"].with_context(active_test=False)
        planned = activity.search(
            [("res_model", "=", self.unfinished._name), ("res_id", "=", self.unfinished.id)],
            order="id",
        )
        self.assertRecordValues(
            planned,
            [
                {"active": False, "feedback": "Will pay tomorrow"},
                {"active": True, "feedback": False},
            ],
        )

    def test_who_is_told_by_a_colleague_reads_it_in_the_inbox(self):
        self.leader.notification_type = "inbox"
        self.unfinished.with_user(self.seller).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.leader.id, summary="Please call"
        )
        self.authenticate(self.leader.login, self.leader.login)
        answer = self.make_jsonrpc_request("/mail/inbox/messages")
        self.assertEqual(len(answer["messages"]), 1)
