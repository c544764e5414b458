"""What is still a cart, and what is a quotation by now: one answer, also before it is saved."""

from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..test_migration import load_script
from .test_retention import OLD, RetentionCase


@tagged("post_install", "-at_install")
class TestTakenOver(RetentionCase, TransactionCase):
    def _grow_old(self, *records):
        for record in records:
            name = "activity_at" if record._name == "unfinished.order" else "cart_activity_at"
            record[name] = fields.Datetime.now() - timedelta(hours=OLD)

    def test_a_cart_that_a_colleague_only_looked_at_in_the_mail_dialog_goes(self):
        cart = self._make_cart()
        number = cart.name
        cart.action_quotation_send()
        self.assertNotEqual(cart.name, number, "it has got an order number")
        self._grow_old(cart)
        self._erase_old()
        self.assertFalse(cart.exists())

    def test_the_buyer_of_a_cart_that_became_a_quotation_is_forgotten_and_the_quotation_stays(self):
        self._start_reminders(days_ago=60)
        cart = self._make_cart(hours_ago=73)
        message = self._send_reminder(cart)
        unfinished = message.unfinished_id
        unfinished.consent_text = "Yes, Ada"
        cart._make_quotations()
        self.assertEqual(unfinished.state, "expired")
        self._grow_old(unfinished)
        self._run_cron("erase_old")
        self.assertTrue(cart.exists())
        self.assertEqual(cart.partner_id.email, "ada@example.com")
        self.assertFalse(unfinished.customer_name or unfinished.email or unfinished.phone)
        self.assertFalse(unfinished.consent_text or message.address or message.text)
        self.assertEqual((unfinished.state, message.state), ("expired", "sent"))

    def test_the_buyer_of_a_younger_quotation_is_known(self):
        cart = self._make_cart(hours_ago=73)
        unfinished = self._find(cart)
        cart._make_quotations()
        self._run_cron("erase_old")
        self.assertTrue(unfinished.email)

    # === The number that is said before it is saved ===#

    def _make_every_kind(self):
        """Make an old cart of every kind that the job decides about."""
        kinds = {
            "plain": self._make_cart(),
            "anonymous": self._make_anonymous_cart(),
            "empty": self._make_cart(products=[]),
            "cancelled": self._make_cart(),
            "quoted": self._make_cart(),
            "looked at": self._make_cart(),
            "placed": self._make_cart(),
            "set back": self._make_cart(),
            "being paid": self._make_cart(),
            "failed payment": self._make_cart(),
            "stuck": self._make_cart(),
            "stuck long ago": self._make_cart(),
            "reminder planned": self._make_cart(),
            "young": self._make_cart(),
            "of staff": self._make_cart(),
        }
        self._find(*kinds.values())
        kinds["cancelled"]._action_cancel()
        kinds["quoted"]._make_quotations()
        kinds["looked at"]._take_order_number()
        kinds["placed"].action_confirm()
        kinds["set back"].action_confirm()
        kinds["set back"]._action_cancel()
        kinds["set back"].action_draft()
        self._make_payment(kinds["being paid"], "pending")
        self._make_payment(kinds["failed payment"], "error")
        now = fields.Datetime.now()
        kinds["stuck"].cart_kept_until = now + timedelta(days=1)
        kinds["stuck long ago"].cart_kept_until = now - timedelta(days=1)
        self._plan(kinds["reminder planned"])
        for kind, cart in kinds.items():
            if kind != "young":
                self._grow_old(cart)
        kinds["of staff"].cart_activity_at = False
        return kinds

    def _plan(self, cart):
        """Plan a reminder of a cart."""
        unfinished = self.env["unfinished.order"].search([("order_id", "=", cart.id)])
        channel = self.env["recovery.channel"]._default_channel()
        vals = unfinished._prepare_message_vals(channel, fields.Datetime.now())
        self.env["recovery.message"].create(vals)

    def test_as_many_carts_go_as_the_screen_has_said_whatever_there_is(self):
        self._run_cron("erase_old")
        kinds = self._make_every_kind()
        said = self.website._count_old_carts(30)
        carts = self.env["sale.order"].search([("website_id", "=", self.website.id)])
        self._run_cron("erase_old")
        gone = {kind for kind, cart in kinds.items() if not cart.exists()}
        went = {"plain", "anonymous", "empty", "cancelled", "looked at", "failed payment"}
        self.assertEqual(gone, went | {"stuck long ago"})
        self.assertEqual(len(carts) - len(carts.exists()), said)
        self.assertFalse(self.website._count_old_carts(30))

    def test_what_will_be_tried_again_by_then_is_counted(self):
        cart = self._make_anonymous_cart(hours_ago=OLD)
        cart.cart_kept_until = fields.Datetime.now() + timedelta(days=2)
        before = self.website._count_old_carts(30)
        later = fields.Datetime.now() + timedelta(days=3)
        self.assertGreaterEqual(self.website._count_old_carts(33, later), before + 1)

    # === Carts from before `cart_quoted_at` ===#

    def test_what_an_early_version_gave_an_orders_number_is_kept_as_a_quotation(self):
        quoted, plain = self._make_cart(hours_ago=OLD), self._make_cart(hours_ago=OLD)
        quoted._take_order_number()
        self.env.flush_all()
        load_script("19.0.1.4.0").migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertTrue(quoted.cart_quoted_at)
        self.assertFalse(plain.cart_quoted_at)
        self._erase_old()
        self.assertEqual((quoted | plain).exists(), quoted)
