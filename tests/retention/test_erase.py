"""Erasing a person: every trace goes, the totals stay, nobody else is touched."""

import logging
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..common_engine import EngineCase
from ..common_shop import ShopCase

LOG = "odoo.addons.website_sale_order_handling.models.retention.unfinished_order_erase"
PHONE = "+359888123456"
MANAGER = "sales_team.group_sale_manager"
SECRETS = ("Zacharias", "Quux", "zq@example.com", "359888123456", "Sofia")
WORDS = ("char", "text", "html", "json")
# What tells nothing of a person: the number, and what a program, not a person, has written.
HARMLESS = {
    "unfinished.order": {"name"},
    "recovery.message": {"key", "provider_ref"},
}


class EraseCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders()
        cls.manager = new_test_user(cls.env, "eraser", groups=MANAGER)
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")

    def _make_guest_cart(self, **vals):
        guest = self._make_customer(
            "Zacharias Quux", "zq@example.com", phone="+359 888 123 456", city="Sofia"
        )
        return self._make_cart(
            guest,
            cart_email="zq@example.com",
            cart_phone="+359888123456",
            cart_tz="Europe/Sofia",
            cart_consent="given",
            cart_consent_at=fields.Datetime.now(),
            cart_consent_text="Yes, Zacharias",
            **vals,
        )

    def _ask(self, unfinished, user=None, **context):
        """Open the dialog as the button does."""
        context |= {"active_model": "unfinished.order", "active_ids": unfinished.ids}
        dialogs = self.env["unfinished.order.erase"].with_user(user or self.manager)
        return dialogs.with_context(**context).create({})

    def _erase(self, unfinished, user=None):
        self._ask(unfinished, user).action_erase()
        self.env.flush_all()
        self.env.invalidate_all()

    def _text_of(self, *tables):
        """Return all that is in these tables, as text."""
        self.env.flush_all()
        rows = []
        for table in tables:
            self.env.cr.execute(f"SELECT t::text FROM {table} t")  # pylint: disable=sql-injection
            rows += [row[0] for row in self.env.cr.fetchall()]
        return "\n".join(rows)

    def _totals(self):
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT count(*), sum(amount_total), sum(amount_company), sum(quantity),
                      min(activity_at), (SELECT count(*) FROM product_product_unfinished_order_rel)
                 FROM unfinished_order"""
        )
        unfinished = self.env.cr.fetchall()
        self.env.cr.execute(
            """SELECT count(*), count(sent_at), sum(cost), count(DISTINCT campaign_id),
                      count(clicked_at), (SELECT count(*) FROM recovery_event)
                 FROM recovery_message"""
        )
        return unfinished + self.env.cr.fetchall()


@tagged("post_install", "-at_install")
class TestErase(EraseCase, TransactionCase):
    def test_every_trace_in_our_tables_is_gone(self):
        cart = self._make_guest_cart()
        messages = self._remind(cart)
        sent = messages.filtered(lambda m: m.state == "sending")
        sent._move_to("sent", sent_at=fields.Datetime.now())
        sent.detail = "Refused: zq@example.com"
        self._erase(messages.unfinished_id)
        everything = self._text_of(
            "unfinished_order", "recovery_message", "recovery_event", "sale_order", "mail_mail"
        )
        for secret in SECRETS:
            self.assertNotIn(secret, everything)
        self.assertFalse(cart.exists())

    def test_no_column_that_could_hold_a_person_is_forgotten(self):
        """A new column is either erased or said to be harmless, here."""
        erased = {
            "unfinished.order": {*self.env["unfinished.order"]._personal_columns()},
            "recovery.message": {*self.env["recovery.message"]._personal_columns()},
        }
        for name, harmless in HARMLESS.items():
            for field in self.env[name]._fields.values():
                of_person = field.type in WORDS or field.comodel_name == "res.partner"
                if field.store and of_person:
                    self.assertIn(field.name, erased[name] | harmless, name)
        known = set(self.env["unfinished.order"]._personal_cart_columns())
        ours = {field for field in self.env["sale.order"]._fields if field.startswith("cart_")}
        self.assertLess(known, ours)

    def test_totals_are_the_same_before_and_after(self):
        unfinished = self.env["unfinished.order"]
        for number in range(3):
            messages = self._remind(self._make_guest_cart(hours_ago=2 + number))
            unfinished |= messages.unfinished_id
        other = self._remind(self._make_cart(self._make_customer("Eve", "eve@example.com")))
        clicked = unfinished.message_ids.filtered(lambda m: m.state == "sending")[0]
        self.env["recovery.event"]._record(clicked, "clicked")
        before = self._totals()
        self._erase(unfinished[0])
        self.assertEqual(self._totals(), before)
        self.assertEqual(set(unfinished.mapped("customer_key")), {False})
        self.assertEqual(other.unfinished_id.email, "eve@example.com")
        self.assertEqual(clicked.state, "clicked")

    def test_what_waits_or_is_queued_is_not_sent(self):
        messages = self._remind(self._make_guest_cart())
        self.assertEqual(set(messages.mapped("state")), {"sending", "waiting"})
        mails = self._queued_mails(messages)
        self.assertTrue(mails)
        self._erase(messages.unfinished_id)
        self.assertFalse(mails.exists())
        self.assertEqual(set(messages.mapped("state")), {"skipped"})
        self.assertEqual(set(messages.mapped("reason")), {"erased"})

    def test_a_mail_that_odoo_keeps_because_it_failed_is_deleted_too(self):
        message = self._remind(self._make_guest_cart()).filtered(lambda m: m.state == "sending")
        mail = self._queued_mails(message)
        message._move_to("failed", reason="bad_address", detail="zq@example.com is unknown")
        mail.state = "exception"
        self._erase(message.unfinished_id)
        self.assertFalse(mail.exists())

    def test_a_mail_that_is_leaving_at_this_moment_can_still_report(self):
        message = self._remind(self._make_guest_cart()).filtered(lambda m: m.state == "sending")
        mail, ref = self._queued_mails(message), message.provider_ref
        mail.message_id = "<in-flight>"  # nobody can lock it
        self._erase(message.unfinished_id)
        self.assertEqual(message.state, "sending")
        self.assertTrue(message.provider_ref)
        self.assertFalse(message.address)
        mail.message_id = ref
        self.assertFalse(message.text)
        self.env["recovery.message"]._on_mail_result([ref], None, None)
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.body, "what has been erased does not come back with the report")

    def test_calls_about_the_person_go_also_those_that_are_done(self):
        self.website.write({"followup_amount": 1.0, "salesperson_id": self.seller.id})
        placed = self._find(self._make_guest_cart())
        placed.order_id.action_confirm()
        left = self._find(self._make_guest_cart())
        left.with_user(self.seller).activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.seller.id, note="zq@example.com"
        )
        others = self._find(self._make_cart(self._make_customer("Eve", "eve@example.com")))
        activities = self.env["mail.activity"].with_context(active_test=False)
        about = activities.search([("res_model", "=", left._name)])
        kept = about.filtered(lambda activity: activity.res_id == others.id)
        self.assertEqual(set(about.mapped("res_id")), {placed.id, left.id, others.id})
        self.assertIn(False, about.mapped("active"))
        self._erase(left)
        self.assertEqual(about.exists(), kept)
        everything = self._text_of("mail_activity")
        for secret in SECRETS:
            self.assertNotIn(secret, everything)

    # === Who is the same person ===#

    def test_the_same_e_mail_or_contact_is_the_same_person(self):
        first = self._make_guest_cart()
        by_email = self._make_cart(self._make_customer("Z.", "ZQ@Example.com"))
        by_contact = self._make_cart(first.partner_id)
        stranger = self._make_cart(self._make_customer("Eve", "eve@example.com"))
        carts = first | by_email | by_contact
        unfinished = self._find(carts, stranger)
        mine = unfinished.filtered(lambda u: u.order_id in carts)
        eves = unfinished - mine
        self._erase(mine.filtered(lambda u: u.order_id == first))
        self.assertEqual(set(mine.mapped("customer_key")), {False})
        self.assertFalse(carts.exists())
        self.assertTrue(stranger.exists())
        self.assertEqual(eves.email, "eve@example.com")

    def _make_three_with_one_phone(self):
        """Return the unfinished orders of one with an address, another one, and one without."""
        first = self._make_guest_cart()
        other = self._make_cart(self._make_customer("Eve", "eve@example.com", phone=PHONE))
        nameless = self._make_cart(self._make_customer("Z2", "", phone="00359888123456"))
        unfinished = self._find(first | other | nameless)
        return [
            unfinished.filtered(lambda u, c=c: u.order_id == c) for c in (first, other, nameless)
        ]

    def test_who_has_only_the_phone_in_common_is_asked_about_first(self):
        mine, eves, nameless = self._make_three_with_one_phone()
        dialog = self._ask(mine)
        self.assertFalse(dialog.by_phone)
        self.assertEqual(dialog.who_else, f"{nameless.name}: Z2")
        self.assertEqual(dialog.unfinished_count, 1)
        dialog.action_erase()
        self.assertFalse(mine.email)
        self.assertEqual((eves.email, nameless.phone), ("eve@example.com", PHONE))

    def test_who_has_only_the_phone_in_common_is_erased_when_a_person_says_so(self):
        mine, eves, nameless = self._make_three_with_one_phone()
        dialog = self._ask(mine)
        dialog.by_phone = True
        self.assertEqual(dialog.unfinished_count, 2)
        dialog.action_erase()
        self.assertFalse(mine.email or nameless.phone)
        self.assertEqual((eves.email, eves.phone), ("eve@example.com", PHONE))

    def test_who_is_listed_is_who_is_erased_also_in_a_company_that_is_not_switched_on(self):
        mine = self._find(self._make_guest_cart())
        named = {}
        for name in ("Second", "Foreign"):
            company = self.env["res.company"].create({"name": f"{name} Company"})
            shop = self.env["website"].create({"name": name, "company_id": company.id})
            customer = self._make_customer(f"{name} customer", "", phone=PHONE)
            named[name] = self._find(self._make_cart(customer, website=shop))
        self.manager.company_ids += named["Second"].company_id
        dialog = self._ask(mine, allowed_company_ids=self.manager.company_id.ids)
        self.assertEqual(dialog.env.companies, self.manager.company_id)
        self.assertEqual(dialog.who_else, f"{named['Second'].name}: Second customer")
        dialog.by_phone = True
        self.assertEqual(dialog.unfinished_count, 2)
        dialog.action_erase()
        self.assertFalse(named["Second"].phone)
        self.assertEqual(named["Foreign"].phone, PHONE)

    def test_a_cart_without_an_address_is_erased_alone_unless_a_person_says_more(self):
        mine, eves, nameless = self._make_three_with_one_phone()
        dialog = self._ask(nameless)
        self.assertEqual(dialog.who, PHONE)
        names = {f"{mine.name}: zq@example.com", f"{eves.name}: eve@example.com"}
        self.assertEqual(set(dialog.who_else.split("\n")), names)
        dialog.action_erase()
        self.assertFalse(nameless.phone)
        self.assertEqual((mine.phone, eves.phone), (PHONE, PHONE))

    def test_an_erased_person_is_not_known_again_when_the_contact_changes(self):
        cart = self._make_guest_cart()
        self._make_transaction(cart, "pending")
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        contact = cart.partner_id
        unfinished = self._make_open(cart)
        self._erase(unfinished)
        self.assertTrue(cart.exists())
        contact.email = "new@example.com"
        self.assertFalse(unfinished.email or unfinished.customer_key)

    def test_a_cart_that_is_kept_gets_no_new_message_when_the_newer_one_is_deleted(self):
        paying, newer = self._make_guest_cart(hours_ago=4), self._make_guest_cart(hours_ago=2)
        unfinished = self._find(paying, newer)
        kept = unfinished.filtered(lambda one: one.order_id == paying)
        self.assertEqual(set(kept.message_ids.mapped("reason")), {"newer_cart"})
        self._make_transaction(paying, "pending")
        self._erase(unfinished)
        self.assertEqual(paying.exists(), paying)
        self.assertFalse(newer.exists())
        messages = self.env["recovery.message"].search([("unfinished_id", "in", unfinished.ids)])
        self.assertTrue(messages)
        for name in ("address", "customer_key", "phone"):
            self.assertEqual(set(messages.mapped(name)), {False}, name)
        self.assertNotIn("waiting", messages.mapped("state"))
        self.assertNotIn("zq@example.com", self._text_of("recovery_message"))

    def _make_open(self, cart):
        """Make an unfinished order of a cart that was paid for after it had been found."""
        state = cart.transaction_ids.state
        cart.transaction_ids.state = "error"
        unfinished = self._find(cart)
        cart.transaction_ids.state = state
        return unfinished

    def test_messages_to_an_earlier_address_of_the_same_cart_are_erased(self):
        messages = self._remind(self._make_guest_cart())
        messages[0].address = "earlier@example.com"
        self._erase(messages.unfinished_id)
        self.assertEqual(set(messages.mapped("address")), {False})

    def test_five_hundred_people_at_once(self):
        carts = self.env["sale.order"]
        for number in range(500):
            carts |= self._make_cart(
                self._make_customer(f"P{number}", f"p{number}@example.com"), hours_ago=2
            )
        unfinished = self._find(carts)
        self.assertEqual(len(unfinished), 500)
        before = self._totals()
        self.assertIn("and 480 more", self._ask(unfinished).who)
        self._erase(unfinished)
        self.assertFalse(carts.exists())
        self.assertEqual(set(unfinished.mapped("email")), {False})
        self.assertEqual(self._totals(), before)

    # === Carts, orders, contacts ===#

    def test_a_cart_in_payment_and_a_placed_order_stay_without_what_was_typed(self):
        paying, placed = self._make_guest_cart(), self._make_guest_cart()
        self._make_transaction(paying, "pending")
        placed.action_confirm()
        idle = self._make_guest_cart()
        self._erase(self._find(idle))
        self.assertFalse(idle.exists())
        for order in paying | placed:
            self.assertEqual(order.partner_id.name, "Zacharias Quux")
            self.assertEqual(
                [order[name] for name in order.env["unfinished.order"]._personal_cart_columns()],
                [False] * 6,
            )

    def test_a_buyer_who_may_be_at_the_bank_keeps_the_cart(self):
        cart = self._make_guest_cart()
        unfinished = self._find(cart)
        self._make_transaction(cart, "draft")
        self._erase(unfinished)
        self.assertTrue(cart.exists())
        self.assertFalse(unfinished.email)

    def test_a_guests_contact_goes_with_the_cart_and_its_address(self):
        cart = self._make_guest_cart()
        guest = cart.partner_id
        address = self.env["res.partner"].create(
            {"name": "Elsewhere", "parent_id": guest.id, "type": "delivery"}
        )
        cart.partner_shipping_id = address
        self._erase(self._find(cart))
        self.assertFalse((guest | address).exists())

    def test_a_contact_that_something_refers_to_is_kept(self):
        with_order, with_user, with_child = (self._make_guest_cart() for _cart in range(3))
        self.env["sale.order"].create({"partner_id": with_order.partner_id.id})
        new_test_user(
            self.env, "zq", groups="base.group_portal", partner_id=with_user.partner_id.id
        )
        self.env["res.partner"].create({"name": "Somebody", "parent_id": with_child.partner_id.id})
        contacts = (with_order | with_user | with_child).partner_id
        free = self._make_guest_cart()
        free_contact = free.partner_id
        self._erase(self._find(free))
        self.assertEqual(contacts.exists(), contacts)
        self.assertFalse(free_contact.exists())
        self.assertFalse((with_order | with_user | with_child).exists())

    def test_a_contact_that_cannot_be_deleted_stops_nothing(self):
        cart = self._make_guest_cart()
        unfinished = self._find(cart)

        def refuse(_self):
            raise UserError(self.env._("Not this one"))

        self.patch(self.registry["res.partner"], "unlink", refuse)
        contact = cart.partner_id
        self._erase(unfinished)
        self.assertTrue(contact.exists())
        self.assertFalse(unfinished.partner_id)

    def test_the_visitor_of_the_shop_is_nobodys_contact(self):
        cart = self._make_anonymous_cart()
        cart._capture_contact(email="typed@example.com")
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        other = self._make_anonymous_cart()
        self._erase(self._find(cart))
        self.assertTrue(self.public_partner.exists())
        self.assertTrue(other.exists())
        self.assertFalse(cart.exists())

    def test_a_quotation_of_staff_for_the_website_is_no_cart(self):
        cart = self._make_guest_cart()
        quotation = cart.copy()
        self._erase(self._find(cart))
        self.assertTrue(quotation.exists())

    def test_the_blacklist_keeps_its_entry(self):
        self.env["mail.blacklist"]._add("zq@example.com")
        self._erase(self._find(self._make_guest_cart()))
        self.assertTrue(self.env["mail.blacklist"].search([("email", "=", "zq@example.com")]))

    # === Who may ===#

    def test_the_dialog_names_who_and_how_much(self):
        placed = self._make_guest_cart()
        placed.action_confirm()
        messages = self._remind(self._make_guest_cart())
        wizard = self._ask(messages.unfinished_id)
        self.assertEqual(wizard.who, "zq@example.com\n+359888123456")
        self.assertRecordValues(
            wizard,
            [
                {
                    "unfinished_count": 1,
                    "message_count": len(messages),
                    "cart_count": 1,
                    "order_count": 1,
                }
            ],
        )

    def test_what_has_been_erased_is_said_with_the_messages(self):
        messages = self._remind(self._make_guest_cart())
        said = self._ask(messages.unfinished_id).action_erase()["params"]["message"]
        self.assertEqual(
            said,
            f"Erased. Unfinished orders: 1, messages: {len(messages)}, other orders: 0,"
            " carts deleted: 1, guest contacts deleted: 1.",
        )

    def test_one_line_in_the_log_tells_how_much_and_not_who(self):
        unfinished = self._find(self._make_guest_cart())
        with self.assertLogs(LOG, logging.INFO) as logs:
            self._erase(unfinished)
        (line,) = logs.output
        self.assertIn(f"User {self.manager.id} erased", line)
        for secret in SECRETS:
            self.assertNotIn(secret, line)

    def test_a_person_who_is_no_manager_erases_nobody(self):
        unfinished = self._find(self._make_guest_cart())
        portal = self._make_portal_user()
        for user in (self.seller, portal, self.website.user_id):
            with self.assertRaises(AccessError):
                self._erase(unfinished, user)
            with self.assertRaises(AccessError):
                unfinished.with_user(user)._erase_person()
        self.assertEqual(unfinished.email, "zq@example.com")

    def test_another_persons_dialog_cannot_be_confirmed(self):
        unfinished = self._find(self._make_guest_cart())
        wizard = self._ask(unfinished)
        with self.assertRaises(AccessError):
            wizard.with_user(self.seller).action_erase()

    def test_an_empty_selection_is_refused_in_words(self):
        wizard = self.env["unfinished.order.erase"].with_user(self.manager).create({})
        with self.assertRaisesRegex(UserError, "Nobody is known"):
            wizard.action_erase()

    def test_what_is_erased_can_be_asked_for_again(self):
        unfinished = self._find(self._make_guest_cart())
        self._erase(unfinished)
        with self.assertRaisesRegex(UserError, "Nobody is known"):
            self._erase(unfinished)

    def test_fault_61_another_companys_traces_stay(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        shop = self.env["website"].create({"name": "Other Shop", "company_id": company.id})
        self._start_reminders(shop)
        ours = self._make_guest_cart()
        theirs = self._make_guest_cart(website=shop)
        unfinished = self._find(ours, theirs)
        mine = unfinished.filtered(lambda u: u.order_id == ours)
        self._erase(mine)
        self.assertEqual((unfinished - mine).email, "zq@example.com")
        self.assertTrue(theirs.exists())
        self.assertEqual(theirs.cart_email, "zq@example.com")
        with self.assertRaises(AccessError):
            (unfinished - mine).with_user(self.manager)._erase_person()


@tagged("post_install", "-at_install")
class TestEraseGuest(EraseCase, ShopCase):
    def test_a_guest_who_came_through_the_checkout_leaves_no_contact_behind(self):
        cart = self._add_to_cart(self.lamp)
        page = self.url_open("/shop/cart")
        answer = self.url_open(
            "/shop/address/submit",
            data={
                "csrf_token": page.text.split('csrf_token: "')[1].split('"')[0],
                "name": "Zacharias Quux",
                "email": "zq@example.com",
                "phone": "+359 888 123 456",
                "street": "Elm 1",
                "city": "Sofia",
                "zip": "1000",
                "country_id": self.env.ref("base.bg").id,
            },
        ).json()
        self.assertIn("redirectUrl", answer)
        self.env.invalidate_all()
        guest = cart.partner_id
        self.assertEqual(guest.name, "Zacharias Quux")
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        unfinished = self._remind(cart).unfinished_id
        self._erase(unfinished)
        self.assertFalse(cart.exists())
        self.assertFalse(guest.exists())
        self.assertEqual(self.url_open("/shop/cart").status_code, 200)


@tagged("post_install", "-at_install")
class TestEraseInBrowser(EraseCase, HttpCase):
    def test_a_manager_erases_a_person_in_a_browser(self):
        self.manager.password = "eraser"
        unfinished = self._remind(self._make_guest_cart()).unfinished_id
        self.start_tour(
            f"/odoo/unfinished-orders/{unfinished.id}", "backend_erase_person", login="eraser"
        )
        self.env.invalidate_all()
        self.assertFalse(unfinished.email)
        self.assertFalse(unfinished.message_ids.filtered("address"))
