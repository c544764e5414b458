"""The list and the page of unfinished orders, as the order desk uses them."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.fields import Domain
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..common_engine import EngineCase

ACTION = "website_sale_order_handling.action_unfinished_order"
SELLER = "sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class TestList(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "desk", groups=SELLER)
        cls.mai = cls._make_customer("Mai Nguyen", "mai@example.com", phone="+84 912 345 678")
        cls.cart = cls._make_cart(cls.mai, {cls.lamp: 2, cls.chair: 1})
        cls.unfinished = cls._make_unfinished(cls.cart)
        cls.other = cls._make_unfinished(
            cls._make_cart(cls._make_customer("Bo", "bo@example.com"), [cls._make_product("Rug")])
        )

    def test_the_menu_has_exports_after_customers_and_reports_among_reports(self):
        orders, reports = (
            self.env.ref(name).child_id.sorted("sequence").mapped("name")
            for name in ("website_sale.menu_orders", "website.menu_reporting")
        )
        self.assertEqual(orders[orders.index("Customers") + 1 :], ["Exports"])
        for name in ("Unfinished per Day", "Unfinished per Product"):
            self.assertIn(name, reports)
            self.assertNotIn(name, orders)

    def test_an_erased_buyer_is_not_called_a_guest(self):
        arch = etree.fromstring(self.unfinished.get_view(view_type="form")["arch"])
        shown = {
            " ".join(node.text.split()): node.get("invisible")
            for node in arch.xpath("//group[@name='contact']/span")
        }
        self.unfinished._erase_person()
        names = ("partner_id", "customer_key", "email", "phone")
        values = {name: bool(self.unfinished[name]) for name in names}
        seen = [text for text, invisible in shown.items() if not safe_eval(invisible, values)]
        self.assertEqual(seen, ["Erased: nothing is known of the buyer any more"])
        guest = {**values, "customer_key": True}
        seen = [text for text, invisible in shown.items() if not safe_eval(invisible, guest)]
        self.assertEqual(seen, ["Guest, known by what was typed at the checkout"])

    def search_view(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(ACTION)
        view = self.env["unfinished.order"].get_view(action["search_view_id"], "search")
        return etree.fromstring(view["arch"])

    def type_into_search_box(self, text):
        """Return what a seller finds who types `text` and presses Enter."""
        box = self.search_view().find("field")
        domain = safe_eval(box.get("filter_domain"), {"self": text})
        both = Domain("id", "in", (self.unfinished | self.other).ids)
        return self.env["unfinished.order"].with_user(self.seller).search(both & Domain(domain))

    def test_one_box_finds_number_name_address_phone_and_product(self):
        for text in (
            self.unfinished.name,
            "nguyen",
            "mai@exam",
            "+84912345678",
            "0912 345 678",
            "0912.345",
            "chair",
            "Nguyen Mai",
            "mai  nguyen",
        ):
            with self.subTest(typed=text):
                self.assertEqual(self.type_into_search_box(text), self.unfinished)
        for text in ("nobody", "..."):
            with self.subTest(typed=text):
                self.assertFalse(self.type_into_search_box(text))

    def test_one_box_finds_the_number_of_the_order_that_it_became(self):
        self.website.salesperson_id = self.seller
        self.cart.action_confirm()
        self.assertNotEqual(self.cart.name, self.unfinished.name)
        self.assertEqual(self.type_into_search_box(self.cart.name), self.unfinished)

    def test_a_country_is_that_of_the_buyer(self):
        self.mai.country_id = self.env.ref("base.vn")
        orders = self.env["unfinished.order"].with_user(self.seller)
        found = orders.search(
            [("country_id", "ilike", "viet"), ("id", "in", (self.unfinished | self.other).ids)]
        )
        self.assertEqual(found, self.unfinished)

    def test_every_filter_and_group_of_the_search_view_works_for_a_seller(self):
        orders = self.env["unfinished.order"].with_user(self.seller)
        filters = self.search_view().xpath("//filter")
        self.assertGreater(len(filters), 15)
        self.assertLess(len([node for node in filters if node.get("domain")]), 15, "few enough")
        for node in filters:
            with self.subTest(filter=node.get("name")):
                if node.get("domain"):
                    orders.search_count(safe_eval(node.get("domain"), {"uid": self.seller.id}))
                if group := safe_eval(node.get("context", "{}")).get("group_by"):
                    self.assertTrue(orders.formatted_read_group([], [group], ["__count"]))

    def test_all_views_open_for_a_seller(self):
        orders = self.env["unfinished.order"].with_user(self.seller)
        kinds = ["list", "kanban", "form", "graph", "pivot", "search"]
        views = orders.get_views([(False, kind) for kind in kinds])["views"]
        self.assertEqual(set(views), set(kinds))

    def test_a_person_who_left_no_address_for_a_channel_in_use_cannot_be_reached(self):
        guest = self._make_unfinished(self._make_anonymous_cart(cart_phone="+84903112233"))
        self.assertTrue(guest.is_unreachable)
        self.assertFalse(self.unfinished.is_unreachable)
        found = guest.search([("is_unreachable", "=", True)])
        self.assertIn(guest, found)
        self.assertNotIn(self.unfinished, found)
        self.assertIn(self.unfinished, guest.search([("is_unreachable", "=", False)]))

    def test_the_list_says_what_comes_next_or_why_nothing_does(self):
        self.assertEqual(self.unfinished.reminder_note, "Automatic reminders are off")
        self._start_reminders()
        self.unfinished.invalidate_recordset()
        self.assertEqual(self.unfinished.reminder_note, "Nothing planned")
        self.unfinished._plan_next_reminders()
        self.assertEqual(self.unfinished.reminder_note, "Scheduled")
        self.assertEqual(
            self.unfinished.next_reminder_at, self.unfinished.activity_at + timedelta(hours=1)
        )

    def test_a_buyer_at_it_again_is_shown_until_they_are_idle_again(self):
        with freeze_time(fields.Datetime.now() + timedelta(hours=3)) as clock:
            self.cart._cart_add(self.lamp.id, 1)
            self.assertTrue(self.unfinished.is_active_again)
            clock.tick(timedelta(hours=2))
            self.unfinished.invalidate_recordset(["is_active_again"])
            self.assertFalse(self.unfinished.is_active_again)

    def test_an_empty_list_leads_administrators_to_the_settings(self):
        orders = self.env["unfinished.order"]
        link = "website.action_website_configuration"
        administrator = self.env.ref("base.user_admin")
        self.assertIn(link, orders.with_user(administrator).get_empty_list_help("<p></p>"))
        self.assertNotIn(link, orders.with_user(self.seller).get_empty_list_help("<p></p>"))

    def test_our_menu_stands_where_cores_did(self):
        core = self.env.ref("website_sale.menu_orders_abandoned_orders")
        ours = self.env.ref("website_sale_order_handling.menu_unfinished_order")
        self.assertFalse(core.active)
        self.assertTrue(ours.active)
        self.assertEqual((ours.parent_id, ours.sequence), (core.parent_id, core.sequence))

    # === The page of one unfinished order ===#

    def test_a_plain_seller_opens_the_page_of_every_order_that_is_no_colleagues(self):
        self.website.salesperson_id = False
        placed = self._make_unfinished(self._make_cart(self._make_customer("Eve", "e@e.com")))
        placed.order_id.action_confirm()
        for unfinished in (self.unfinished, placed):
            with Form(unfinished.with_user(self.seller)) as page:
                self.assertEqual(page.name, unfinished.name)
        self.assertEqual(len(self.unfinished.with_user(self.seller).order_line_ids), 2)

    def test_of_a_colleagues_cart_only_what_was_left_is_shown_to_whose_order_it_became(self):
        eve = self._make_customer("Eve", "eve@example.com")
        left = self._make_unfinished(self._make_cart(eve))
        copy = self._make_cart(eve, cart_source_id=left.id, user_id=self.seller.id)
        copy.action_confirm()
        left.order_id.user_id = self.env.ref("base.user_admin")
        mine = left.with_user(self.seller)
        self.assertEqual(mine.placed_order_id.with_user(self.seller).state, "sale")
        self.assertFalse(mine.order_line_ids, "the cart is the colleague's")
        self.assertEqual(mine.product_ids, self.lamp, "what was left is shown all the same")

    def test_a_seller_sees_the_payment_attempts_without_being_an_accountant(self):
        self._make_transaction(self.cart, "error", state_message="The card was declined.")
        self.assertFalse(self.env["payment.transaction"].with_user(self.seller).has_access("read"))
        payment = self.unfinished.with_user(self.seller).payment_ids
        self.assertRecordValues(
            payment,
            [
                {
                    "state": "error",
                    "state_message": "The card was declined.",
                    "amount": self.cart.amount_total,
                    "currency_id": self.cart.currency_id.id,
                }
            ],
        )

    def test_revoking_makes_the_old_link_void_and_says_so_in_the_cart(self):
        links = self.env["unfinished.order.link"]
        old = links._make_token(self.cart)
        self.unfinished.with_user(self.seller).action_revoke_link()
        self.assertFalse(links._read_token(old)[0])
        new = self.unfinished.with_user(self.seller).cart_recovery_url.rsplit("/", 1)[1]
        self.assertEqual(links._read_token(new)[0], self.cart)
        self.assertIn("desk", self.cart.message_ids[0].body)

    def test_the_order_leads_to_what_it_was_or_came_from(self):
        copy = self._make_cart(self.mai, cart_source_id=self.unfinished.id)
        for order in (self.cart | copy).with_user(self.seller):
            with self.subTest(order=order.name):
                self.assertEqual(order.unfinished_order_count, 1)
                action = order.action_open_unfinished_orders()
                self.assertEqual(action["res_id"], self.unfinished.id)
                self.assertEqual(action["views"], [(False, "form")])
        self.assertFalse(self._make_cart().unfinished_order_count)

    def test_every_message_has_a_name(self):
        self._start_reminders()
        waiting = self.unfinished._plan_next_reminders()
        self.assertEqual(waiting.display_name, "After 1 h: E-mail")
        sent = self._remind(self._make_cart(self._make_customer("Ed", "ed@example.com")))
        self.assertIn("You left Lamp in your cart", sent.mapped("display_name"))


@tagged("post_install", "-at_install")
class TestListInBrowser(EngineCase, HttpCase):
    def test_the_desk_in_a_browser(self):
        self._start_reminders()
        customer = self._make_customer("Zoe Desk", "zoe@example.com", phone="+84 912 345 678")
        cart = self._make_cart(customer, {self.lamp: 2})
        unfinished = self._make_unfinished(cart)
        failed = self._make_cart(self._make_customer("Pat Failed", "pat@example.com"))
        self._make_transaction(failed, "error")
        failed.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        self._make_unfinished(failed)
        self.env["recovery.message"]._send_due_batch(10)
        message = unfinished.message_ids.filtered("text")
        run = "top.wasRun = 1"
        message.body = f"{message.text}<script>{run}</script><img src='x' onerror='{run}'>"
        version = cart.cart_link_version
        statuses = self.env.registry["unfinished.order.status"]
        with patch.object(statuses, "_of", autospec=True, side_effect=statuses._of) as read:
            self.start_tour("/odoo/unfinished-orders", "backend_unfinished_order", login="admin")
        together = [len(call.args[1]) for call in read.call_args_list]
        self.assertEqual(together[0], 2, "what comes next is read for all rows in one call")
        self.assertEqual(cart.cart_link_version, version + 1, "the link has been revoked")
