"""A message goes to the buyer of the moment at which it is planned, sent and handed over."""

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...drivers.email.driver import MESSAGE_ID_MARK
from ..common_engine import EngineCase, smtp_server

STAGES = ("planned", "queued")


class AddresseeCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        campaign = cls._start_reminders()
        campaign.step_ids[1:].unlink()
        cls.env["ir.mail_server"].search([]).action_archive()

    def setUp(self):
        super().setUp()
        self.ada = self._make_customer(phone="+359888123456")

    def _leaves_after(self, change, stage, cart=None):
        """Change something when a message is planned or waits in the queue; see what leaves.

        :return: who has got it, and the message
        """
        cart = cart or self._make_cart(self.ada)
        message = self._find(cart).message_ids
        if stage == "queued":
            self._run_cron("send")
            self.assertEqual(message.state, "sending")
        change(cart)
        self.env.flush_all()
        self.env.invalidate_all()
        with smtp_server(self.env) as inbox:
            for _time in range(2):
                self._run_cron("send")
                self._run_mail_queue()
        # Core itself tells about a deleted account.
        reminders = [mail for mail in inbox.messages if MESSAGE_ID_MARK in mail["Message-ID"]]
        return [mail["To"] for mail in reminders], message

    def _run_mail_queue(self):
        with self.enter_registry_test_mode():
            self.env.ref("mail.ir_cron_mail_scheduler_action").method_direct_trigger()
        self.env.invalidate_all()

    def assertGoesTo(self, recipients, change, **kwargs):
        """See who gets the message, and why nobody does, at every stage."""
        reason = kwargs.pop("reason", False)
        for stage in STAGES:
            with self.subTest(stage=stage), self.env.cr.savepoint() as savepoint:
                got, message = self._leaves_after(change, stage, **kwargs)
                self.assertEqual((got, message.reason), (recipients, reason))
                self.assertEqual(message.state, "sent" if recipients else "skipped")
                if recipients:
                    self.assertEqual(message.address, recipients[0])
                    self.assertEqual(message.customer_key, f"e:{recipients[0]}")
                savepoint.rollback()
            self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestAddressee(AddresseeCase, TransactionCase):
    def test_a_changed_address_gets_it(self):
        def change(cart):
            cart.partner_id.email = '"Ada" <New@Example.com>'

        self.assertGoesTo(["new@example.com"], change)

    def test_a_changed_address_gets_it_also_when_no_orm_has_seen_the_change(self):
        def change(cart):
            self.env.flush_all()
            self.env.cr.execute(
                """UPDATE res_partner SET email = %(new)s, email_normalized = %(new)s
                    WHERE id = %(id)s""",
                {"new": "new@example.com", "id": cart.partner_id.id},
            )

        self.assertGoesTo(["new@example.com"], change)

    def test_a_removed_address_gets_nothing(self):
        def change(cart):
            cart.partner_id.email = False

        self.assertGoesTo([], change, reason="no_address")

    def test_a_removed_address_gets_nothing_though_it_was_typed_too(self):
        def change(cart):
            cart.partner_id.email = False

        for stage in STAGES:
            cart = self._make_cart(
                self._make_customer(email=f"{stage}@example.com"),
                cart_email=f"{stage}@example.com",
            )
            got, message = self._leaves_after(change, stage, cart)
            self.assertEqual((got, message.reason), ([], "no_address"))

    def test_an_archived_contact_gets_nothing(self):
        def change(cart):
            cart.partner_id.action_archive()

        self.assertGoesTo([], change, reason="contact_archived")

    @mute_logger("odoo.addons.base.models.res_users")
    def test_a_deleted_portal_account_gets_nothing(self):
        for stage in STAGES:
            user = self._make_portal_user(stage)
            got, message = self._leaves_after(
                lambda _cart, user=user: user._deactivate_portal_user(),
                stage,
                self._make_cart(user.partner_id),
            )
            self.assertEqual((got, message.reason), ([], "contact_archived"))

    def test_of_merged_contacts_the_one_that_survives_gets_it(self):
        def change(cart):
            eve = self._make_customer("Eve", "eve@example.com")
            merging = self.env["base.partner.merge.automatic.wizard"].create({})
            merging._merge([cart.partner_id.id, eve.id], eve, extra_checks=False)

        self.assertGoesTo(["eve@example.com"], change)

    def test_the_customer_whom_staff_have_chosen_gets_it(self):
        def change(cart):
            cart.partner_id = self._make_customer("Eve", "eve@example.com")

        self.assertGoesTo(["eve@example.com"], change)

    def test_a_new_address_on_the_blacklist_gets_nothing(self):
        def change(cart):
            self.env["mail.blacklist"]._add("new@example.com")
            cart.partner_id.email = "new@example.com"

        self.assertGoesTo([], change, reason="opted_out")

    def test_a_new_address_that_has_ordered_since_gets_nothing(self):
        def change(cart):
            other = self._make_customer("Ada", "new@example.com")
            self._make_cart(other, hours_ago=0).action_confirm()
            cart.partner_id.email = "new@example.com"

        self.assertGoesTo([], change, reason="bought")

    def test_a_new_address_that_got_one_today_gets_none_until_tomorrow(self):
        for stage in STAGES:
            new = f"{stage}@example.org"
            got = self._remind(self._make_cart(self._make_customer("Eve", new)))
            self.assertEqual(got.state, "sending")
            got._move_to("sent", sent_at=fields.Datetime.now())
            buyer = self._make_customer("Ada", f"{stage}@example.com")
            recipients, message = self._leaves_after(
                lambda _cart, buyer=buyer, new=new: buyer.write({"email": new}),
                stage,
                self._make_cart(buyer),
            )
            self.assertNotIn(f"{stage}@example.com", recipients)
            self.assertEqual((message.state, message.reason), ("waiting", "daily_limit"))
            self.assertEqual(message.address, new)

    def test_what_a_guest_took_back_at_the_checkout_gets_nothing(self):
        for stage in STAGES:
            cart = self._make_anonymous_cart(cart_email=f"{stage}@example.com")
            got, message = self._leaves_after(
                lambda cart: cart._capture_contact(email=""), stage, cart
            )
            self.assertFalse(got)
            self.assertEqual((message.state, message.reason), ("skipped", "no_address"))

    def test_one_address_of_several_gets_it_once(self):
        def change(cart):
            cart.partner_id.email = "one@example.com, two@example.com"

        self.assertGoesTo(["one@example.com"], change)

    def test_a_mail_to_an_international_domain_leaves_and_the_blacklist_knows_it(self):
        ivan = self._make_customer("Ivan", "Ivan@Пример.БГ")
        cart = self._make_cart(ivan)
        recipients, message = self._leaves_after(lambda _cart: None, "queued", cart)
        self.assertEqual(recipients, ["ivan@xn--e1afmkfd.xn--90ae"])
        self.assertEqual((message.state, message.address), ("sent", "ivan@пример.бг"))
        self.env["recovery.optout"]._choose(message, "all")
        self.assertTrue(ivan.is_blacklisted)
        second = self._find(self._make_cart(ivan)).message_ids
        self._run_cron("send")
        self.assertEqual(second.reason, "opted_out")

    def test_many_e_mails_with_one_made_up_phone_all_get_theirs(self):
        guests = [
            self._make_customer(f"G{n}", f"g{n}@example.com", phone="+359888123456")
            for n in range(12)
        ]
        messages = self._remind(*(self._make_cart(guest) for guest in guests))
        self.assertEqual(set(messages.mapped("state")), {"sending"})
        self.assertEqual(len(messages), 12)

    def test_an_order_with_the_same_made_up_phone_is_somebody_elses(self):
        cart = self._make_cart(self.ada)
        self._find(cart)
        other = self._make_customer("Eve", "eve@example.com", phone="+359888123456")
        self._make_cart(other, hours_ago=0).action_confirm()
        self.assertEqual(self._find(cart).message_ids.reason, False)
        self._run_cron("send")
        self.assertEqual(self._find(cart).message_ids.state, "sending")

    def test_an_order_with_the_phone_alone_is_theirs(self):
        cart = self._make_cart(self.ada)
        self._find(cart)
        other = self._make_customer("A.", False, phone="00359888123456")
        self._make_cart(other, hours_ago=0).action_confirm()
        self._run_cron("send")
        self.assertEqual(self._find(cart).message_ids.reason, "bought")
