"""Salespeople with “own documents only” see the carts that they would see as orders."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from .common_engine import EngineCase

OWN = "sales_team.group_sale_salesman"
ALL = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestOwnDocuments(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.mine, cls.colleague = (
            new_test_user(cls.env, login, groups=OWN) for login in ("mine", "colleague")
        )
        cls.everything = new_test_user(cls.env, "everything", groups=ALL)
        cls.carts = {
            user: cls._make_cart(
                cls._make_customer(name, f"{name}@example.com"), user_id=user and user.id
            )
            for name, user in (("m", cls.mine), ("c", cls.colleague), ("n", False))
        }

    def setUp(self):
        super().setUp()
        self._remind(*self.carts.values())
        self.of = {
            user: self.env["unfinished.order"].search([("order_id", "=", cart.id)])
            for user, cart in self.carts.items()
        }
        self.known = self.env["unfinished.order"].concat(*self.of.values())

    def seen(self, user, name="unfinished.order", path="id"):
        """Return whose records of a model a user finds, of those of these tests."""
        found = self.env[name].with_user(user).search([(path, "in", self.known.ids)])
        unfinished = self.known.browse(found.mapped(path)) if path == "id" else found.mapped(path)
        return unfinished.sudo()

    def test_a_salesperson_sees_their_own_and_those_of_nobody(self):
        own = self.of[self.mine] | self.of[False]
        self.assertEqual(self.seen(self.mine), own)
        self.assertEqual(self.seen(self.colleague), self.of[self.colleague] | self.of[False])
        self.assertEqual(self.seen(self.everything), self.known)
        with self.assertRaises(AccessError):
            self.of[self.colleague].with_user(self.mine).read(["phone", "email"])

    def test_the_same_holds_for_what_hangs_on_them(self):
        for cart in self.carts.values():
            self._make_transaction(cart, "error")
        for message in self.known.message_ids:
            self.env["recovery.event"]._record(message, "clicked")
        for name, path in (
            ("recovery.message", "unfinished_id"),
            ("recovery.event", "message_id.unfinished_id"),
            ("unfinished.order.payment", "unfinished_id"),
        ):
            with self.subTest(model=name):
                own = self.of[self.mine] | self.of[False]
                self.assertEqual(self.seen(self.mine, name, path), own)
                self.assertEqual(self.seen(self.everything, name, path), self.known)

    def test_whom_they_see_is_whom_they_see_of_the_orders(self):
        """Core's own rule on orders is the measure."""
        for user in (self.mine, self.colleague, self.everything):
            carts = self.known.order_id.with_user(user)._filtered_access("read")
            self.assertEqual(self.seen(user).order_id, carts.sudo())

    def test_who_is_given_a_cart_sees_it_at_once_and_who_loses_it_does_not(self):
        self.carts[self.colleague].user_id = self.mine
        self.assertIn(self.of[self.colleague], self.seen(self.mine))
        self.assertNotIn(self.of[self.colleague], self.seen(self.colleague))
        self.carts[self.colleague].user_id = False
        self.assertIn(self.of[self.colleague], self.seen(self.colleague))

    def test_a_placed_order_opens_for_whoever_sees_its_link(self):
        self.website.salesperson_id = self.colleague
        self.carts[False].action_confirm()
        placed = self.of[False]
        self.assertEqual(placed.user_id, self.colleague)
        self.assertNotIn(placed, self.seen(self.mine))
        with Form(placed.with_user(self.colleague).placed_order_id) as page:
            self.assertEqual(page.name, self.carts[False].name)

    def test_an_order_that_is_placed_on_another_device_is_its_salespersons(self):
        buyer = self.carts[False].partner_id
        copy = self._make_cart(buyer, cart_source_id=self.of[False].id, user_id=self.colleague.id)
        copy.action_confirm()
        self.assertRecordValues(
            self.of[False], [{"placed_order_id": copy.id, "user_id": self.colleague.id}]
        )
        copy.user_id = self.mine
        self.assertEqual(self.of[False].user_id, self.mine)

    def test_a_cart_found_again_knows_its_salesperson_of_now(self):
        self.env.cr.execute("UPDATE unfinished_order SET user_id = NULL")
        self.env.invalidate_all()
        cart = self.carts[self.colleague]
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=1, minutes=1)
        self._find(cart)
        self.assertEqual(self.of[self.colleague].user_id, self.colleague)

    # === Doors beside the list ===#

    def test_a_colleagues_cart_can_neither_be_reminded_of_nor_looked_at_in_the_dialog(self):
        theirs = self.of[self.colleague].with_user(self.mine)
        with self.assertRaises(AccessError):
            theirs.action_send_by_hand()
        dialog = self.env["unfinished.order.send"].with_user(self.mine)
        template = self.env.ref("website_sale_order_handling.mail_template_reminder_1")
        values = {
            "channel_id": self.campaign.step_ids[0].channel_id.id,
            "mail_template_id": template.id,
            "line_ids": [(0, 0, {"unfinished_id": theirs.id})],
        }
        with self.assertRaises(AccessError), self.cr.savepoint():
            dialog.create(values).line_ids.read(["customer_name", "address"])
        with self.assertRaises(AccessError), self.cr.savepoint():
            dialog.create(values).action_send()

    def test_no_error_names_a_colleagues_order(self):
        sent = self.of[self.colleague].message_ids.filtered(lambda m: m.state == "sending")
        sent._move_to("sent", sent_at=fields.Datetime.now())
        twin = self._find(
            self._make_cart(self._make_customer("c", "c@example.com"), user_id=self.mine.id)
        )
        channel = self.campaign.step_ids[0].channel_id
        for user, words in (
            (self.mine, "a colleague's order"),
            (self.everything, self.of[self.colleague].name),
        ):
            plans = twin.with_user(user)._plan_by_hand(channel)
            self.assertIn(words, plans[twin.with_user(user)].text)

    def test_an_export_holds_what_its_requester_sees(self):
        exports = self.env["unfinished.order.export"].with_user(self.mine)
        domain = [("id", "in", self.known.ids)]
        found = exports.env["unfinished.order"].search(domain)
        self.assertEqual(len(found), 2)
        self.assertEqual(exports.new({"domain": str(domain)})._count(), 2)

    def test_figures_count_what_the_reader_can_open(self):
        for message in self.known.message_ids.filtered(lambda m: m.state == "sending"):
            message._move_to("sent", sent_at=fields.Datetime.now())
        for user in (self.mine, self.everything):
            campaign = self.campaign.with_user(user)
            domain = campaign.action_open_messages()["domain"]
            found = self.env["recovery.message"].with_user(user).search(domain)
            self.assertEqual(campaign.sent_count - campaign.erased_count, len(found))

    def test_figures_per_day_and_product_which_know_no_salesperson_are_for_who_sees_all(self):
        for name in ("unfinished.order.report", "unfinished.order.product.report"):
            with self.subTest(model=name):
                for user in (self.mine, self.everything):
                    report = self.env[name].with_user(user)
                    rows = report._read_group([], ["state"], ["carts:sum", "amount:sum"])
                    self.assertEqual(bool(rows), user == self.everything)
                    self.assertEqual(bool(report.search([])), user == self.everything)

    def test_the_menu_of_these_figures_is_for_who_finds_something_there(self):
        for name in ("menu_unfinished_order_report", "menu_unfinished_order_product_report"):
            menu = self.env.ref(f"website_sale_order_handling.{name}")
            for user in (self.mine, self.everything):
                shown = menu.id in self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
                self.assertEqual(shown, user == self.everything, name)

    def test_the_engine_reminds_of_everybodys_carts(self):
        self.assertEqual(len(self.known.message_ids.filtered(lambda m: m.state == "sending")), 3)

    def test_a_buyer_and_a_colleague_who_may_not_see_it_close_it_all_the_same(self):
        cart = self.carts[self.colleague]
        cart.user_id = False
        order = cart.with_user(self.mine)
        cart.sudo().user_id = self.colleague
        order.sudo().action_confirm()
        self.assertEqual(self.of[self.colleague].state, "own_accord")

    def test_the_one_who_is_asked_to_call_sees_whom(self):
        self.website.write({"followup_amount": 1.0, "salesperson_id": self.mine.id})
        cart = self._make_cart(
            self._make_customer("Call", "call@example.com"), user_id=self.colleague.id
        )
        activity = self._find(cart).activity_ids
        self.assertEqual(activity.user_id, self.colleague)
        cart.user_id = self.mine
        self.assertEqual(activity.user_id, self.mine, "the call goes along with the cart")

    def test_the_list_of_a_salesperson_is_read_by_an_index(self):
        orders = self.env["unfinished.order"].with_user(self.mine)
        query = orders._search([("state", "=", "open")], order="activity_at desc", limit=80)
        self.assertIn("user_id", query.select().code)
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'unfinished_order'"
            " AND indexdef LIKE '%user_id%'"
        )
        self.assertEqual(len(self.env.cr.fetchall()), 2)
