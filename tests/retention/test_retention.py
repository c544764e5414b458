"""Old carts go, their totals stay, and nothing that somebody still needs is touched."""

# The linter knows tests by their folder's name only.
# pylint: disable=translation-required

from datetime import timedelta
from functools import partial
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import format_date

from ...models.cart.payment_transaction import PAYMENT_WINDOW
from ...models.retention import unfinished_order as retention
from ..common import queries_of
from ..common_engine import EngineCase

OLD = 31 * 24
GUEST = "zq@example.com"


class RetentionCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.write({"cart_retention": "30", "tz": "UTC"})
        cls._begin_at_once()

    @classmethod
    def _begin_at_once(cls, website=None):
        """Let the time be over in which nothing is deleted after a change of the setting."""
        (website or cls.website).cart_retention_from = False

    def _erase_old(self, *carts):
        """Let the carts be found, and run the cron that deletes the old ones."""
        self._run_cron("find")
        self._run_cron("erase_old")

    def _make_payment(self, cart, state):
        """Make an attempt to pay in any state, also one that the shop's only provider knows not."""
        payment = self._make_transaction(cart)
        self.env.flush_all()
        query = "UPDATE payment_transaction SET state = %s WHERE id = %s"
        self.env.cr.execute(query, [state, payment.id])
        self.env.invalidate_all()
        return payment

    def _erasure(self, website=None):
        return self.env["unfinished.order.erasure"]._of(website or self.website)

    def _send_reminder(self, cart):
        """Remind of a cart, as far as the mail server, and return the message."""
        messages = self._remind(cart)
        sending = messages.filtered(lambda message: message.state == "sending")
        why = messages.mapped(lambda m: (m.state, m.reason, m.detail, m.due_at))
        self.assertEqual(len(sending), 1, why)
        sending._move_to("sent", sent_at=fields.Datetime.now())
        return sending

    @classmethod
    def _make_guest(cls, name="Zacharias Quux", **vals):
        """Make a contact as a visitor's checkout does."""
        guests = cls.env["res.partner"].with_user(cls.website.user_id).sudo()
        guest = guests.create({"name": name, "email": GUEST, **vals})
        return guest.with_user(cls.env.user).sudo(False)


@tagged("post_install", "-at_install")
class TestRetention(RetentionCase, TransactionCase):
    # === What goes ===#

    def test_an_old_cart_is_deleted_with_all_that_is_known_of_its_buyer(self):
        self._start_reminders(days_ago=60)
        guest = self._make_guest()
        cart = self._make_cart(guest, hours_ago=73)
        messages = self._remind(cart)
        self.env["recovery.event"]._record(messages[:1], "clicked")
        unfinished = messages.unfinished_id
        messages._move_to("sent", sent_at=fields.Datetime.now())
        cart.cart_activity_at -= timedelta(days=30)
        unfinished.activity_at = cart.cart_activity_at
        events = messages.event_ids
        self._run_cron("erase_old")
        for records in (cart, unfinished, messages, events, guest):
            self.assertFalse(records.exists(), records)

    def test_a_younger_cart_is_kept(self):
        cart = self._make_cart(hours_ago=29 * 24)
        self._erase_old()
        self.assertTrue(cart.exists())

    def test_empty_and_anonymous_carts_and_those_of_robots_go_too(self):
        carts = self._make_cart(products=[], hours_ago=OLD)
        carts |= self._make_anonymous_cart(hours_ago=OLD)
        carts |= self._make_cart(hours_ago=OLD, cart_made_by="robot")
        self._erase_old()
        self.assertFalse(carts.exists())
        self.assertTrue(self.public_partner.exists())

    def test_a_cart_that_was_cancelled_and_never_placed_goes(self):
        cart = self._make_cart(hours_ago=OLD)
        self._find(cart)
        cart.action_cancel()
        self._erase_old()
        self.assertFalse(cart.exists())

    def test_each_website_keeps_its_carts_for_its_own_time(self):
        second = self.env["website"].create({"name": "Patient Shop", "cart_retention": "never"})
        third = self.env["website"].create(
            {"name": "Third", "cart_retention": "other", "cart_retention_days": 90}
        )
        self._begin_at_once(third)
        mine, patient, third_young, third_old = (
            self._make_cart(website=website, hours_ago=days * 24)
            for website, days in ((self.website, 31), (second, 900), (third, 89), (third, 91))
        )
        self._erase_old()
        carts = mine | patient | third_young | third_old
        self.assertEqual(carts.exists(), patient | third_young)

    def test_an_unfinished_order_whose_cart_somebody_has_deleted_goes(self):
        cart = self._make_cart(hours_ago=OLD)
        unfinished = self._find(cart)
        cart.unlink()
        self.assertTrue(unfinished.exists())
        self._run_cron("erase_old")
        self.assertFalse(unfinished.exists())

    # === What stays ===#

    def test_a_cart_with_a_payment_under_way_or_done_is_kept(self):
        for state in ("pending", "authorized", "done", "draft"):
            with self.subTest(payment=state):
                cart = self._make_cart(hours_ago=OLD)
                self._make_payment(cart, state)
                cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=OLD)
                self._erase_old()
                self.assertTrue(cart.exists())

    def test_a_cart_whose_payment_failed_or_was_never_finished_goes(self):
        long_ago = fields.Datetime.now() - PAYMENT_WINDOW - timedelta(hours=1)
        for state in ("cancel", "error", "draft"):
            with self.subTest(payment=state):
                cart = self._make_cart(hours_ago=OLD)
                payment = self._make_transaction(cart, state)
                payment.last_state_change = long_ago
                cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=OLD)
                self._erase_old()
                self.assertFalse(cart.exists())
                self.assertTrue(payment.exists())

    def test_a_cart_with_a_reminder_on_its_way_or_planned_is_kept(self):
        self._start_reminders(days_ago=60)
        cart = self._make_cart(hours_ago=73)
        messages = self._remind(cart)
        sending = messages.filtered(lambda message: message.state == "sending")
        cart.cart_activity_at -= timedelta(days=30)
        messages.unfinished_id.activity_at = cart.cart_activity_at
        self._run_cron("erase_old")
        self.assertTrue(cart.exists())
        sending._move_to("waiting", reason="server")
        self._run_cron("erase_old")
        self.assertTrue(cart.exists())
        sending._move_to("failed", reason="server")
        self._run_cron("erase_old")
        self.assertFalse(cart.exists())

    def test_a_reminder_that_waits_for_stock_does_not_keep_the_cart_for_ever(self):
        self._start_reminders(days_ago=60)
        cart = self._make_cart(products=[self._make_product("Rare", stock=0)], hours_ago=73)
        message = self._remind(cart)
        self.assertEqual(message.filtered(lambda m: m.state == "waiting").reason, "sold_out")
        cart.cart_activity_at -= timedelta(days=30)
        message.unfinished_id.activity_at = cart.cart_activity_at
        self._run_cron("erase_old")
        self.assertFalse(cart.exists())

    def test_a_placed_order_keeps_its_place_in_the_figures_and_its_buyer_is_forgotten(self):
        self._start_reminders(days_ago=60)
        cart = self._make_cart(self._make_guest(), hours_ago=73)
        message = self._send_reminder(cart)
        unfinished = message.unfinished_id
        unfinished.consent_text = "Yes, Zacharias"
        cart.action_confirm()
        unfinished.activity_at -= timedelta(days=30)
        before = unfinished.read(["state", "credit", "placed_order_id", "placed_amount"])
        self._run_cron("erase_old")
        self.assertEqual(unfinished.read(list(before[0])), before)
        self.assertFalse(unfinished.customer_name or unfinished.email or unfinished.consent_text)
        self.assertFalse(message.address or message.text)
        self.assertEqual(message.state, "sent")
        self.assertEqual(cart.partner_id.name, "Zacharias Quux")
        self.assertEqual(self._erasure().placed_count, 1)

    def test_the_call_about_a_placed_order_goes_when_its_buyer_is_forgotten(self):
        seller = new_test_user(self.env, "caller", groups="sales_team.group_sale_salesman")
        self.website.write({"followup_amount": 1.0, "salesperson_id": seller.id})
        cart = self._make_cart(self._make_guest(), hours_ago=73)
        unfinished = self._find(cart)
        cart.action_confirm()
        activities = self.env["mail.activity"].with_context(active_test=False)
        call = activities.search([("res_model", "=", unfinished._name)])
        self.assertIn(GUEST, call.note)
        self.assertFalse(call.active)
        unfinished.activity_at -= timedelta(days=30)
        self._run_cron("erase_old")
        self.assertFalse(call.exists())
        self.assertEqual(unfinished.state, "own_accord")

    def test_a_quotation_that_staff_have_made_of_a_cart_is_kept(self):
        cart = self._make_cart(hours_ago=OLD)
        cart._make_quotations()
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=OLD)
        self._erase_old()
        self.assertTrue(cart.exists())

    def test_an_order_that_was_placed_and_set_back_to_draft_is_kept(self):
        cart = self._make_cart(hours_ago=OLD)
        self._find(cart)
        cart.action_confirm()
        cart._action_cancel()
        cart.action_draft()
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=OLD)
        self._erase_old()
        self.assertTrue(cart.exists())

    def test_a_colleagues_quotation_and_a_copy_of_an_online_order_are_no_carts(self):
        quotation = self._make_cart(hours_ago=OLD)
        quotation.website_id = False
        copy = self._make_cart().copy({"date_order": "2020-01-01"})
        self._erase_old()
        self.assertTrue(quotation.exists())
        self.assertTrue(copy.exists())

    def test_a_cart_that_its_buyer_has_changed_again_is_kept(self):
        cart = self._make_cart(hours_ago=OLD)
        unfinished = self._find(cart)
        cart._cart_add(self.chair.id, 1)
        self._run_cron("erase_old")
        self.assertTrue((cart | cart.browse()).exists())
        self.assertTrue(unfinished.exists())

    # === When it begins ===#

    def test_nothing_is_deleted_in_the_first_days_after_an_installation(self):
        cart = self._make_cart(hours_ago=900 * 24)
        field = self.website._fields["cart_retention_from"]
        self.website.cart_retention_from = field.default(self.website)
        self._run_cron("erase_old")
        self.assertTrue(cart.exists())
        with freeze_time(fields.Datetime.now() + timedelta(days=30, minutes=1)):
            self._run_cron("erase_old")
        self.assertFalse(cart.exists())

    def test_choosing_a_shorter_time_leaves_a_day_to_take_it_back(self):
        cart = self._make_cart(hours_ago=8 * 24)
        self.website.cart_retention = "7"
        self._run_cron("erase_old")
        self.assertTrue(cart.exists())
        with freeze_time(fields.Datetime.now() + timedelta(days=1, minutes=1)):
            self._run_cron("erase_old")
        self.assertFalse(cart.exists())

    def test_choosing_a_shorter_time_takes_nothing_from_the_first_days(self):
        cart = self._make_cart(hours_ago=900 * 24)
        self.website.cart_retention_from = fields.Datetime.now() + timedelta(days=29)
        for kept in ("7", "30", "never", "7"):
            self.website.cart_retention = kept
        with freeze_time(fields.Datetime.now() + timedelta(days=28, hours=23)):
            self._run_cron("erase_old")
            self.assertTrue(cart.exists())
        with freeze_time(fields.Datetime.now() + timedelta(days=29, minutes=1)):
            self._run_cron("erase_old")
            self.assertFalse(cart.exists())

    def test_saving_the_settings_unchanged_postpones_nothing(self):
        self.website.write({"cart_retention": "30", "cart_retention_days": 90})
        self.assertFalse(self.website.cart_retention_from)
        self.website.cart_retention = "never"
        self.assertFalse(self.website.cart_retention_from)

    # === The figures ===#

    def _totals(self):
        """Return what the two statistics say, whatever is there and whatever has been erased."""
        self.env.flush_all()
        self.env.invalidate_all()
        groups = ["date:day", "website_id", "state", "by_customer"]
        sums = ["carts:sum", "quantity:sum", "amount:sum"]
        carts = self.env["unfinished.order.report"]._read_group([], groups, sums)
        products = self.env["unfinished.order.product.report"]
        return carts, products._read_group([], [*groups, "product_id"], sums)

    def _make_history(self):
        """Make old carts of every outcome that is not placed, over a few days, and placed ones."""
        carts = self.env["sale.order"]
        for number in range(6):
            partner = self._make_customer(f"B{number}", f"b{number}@example.com")
            contents = {self.lamp: 1 + number, self.chair: 2} if number % 2 else [self.lamp]
            carts |= self._make_cart(partner, contents, hours_ago=2 + 9 * number)
        unfinished = self._find(*carts)
        carts[0].order_line.unlink()
        self._make_unfinished(carts[0])
        carts[1].action_confirm()
        unfinished.filtered(lambda u: u.order_id == carts[2]).made_by = "robot"
        for record, name in ((carts, "cart_activity_at"), (unfinished, "activity_at")):
            for one in record:
                one[name] -= timedelta(hours=OLD)
        self._run_cron("find")
        return carts, unfinished

    def test_the_statistics_are_the_same_before_and_after(self):
        carts, unfinished = self._make_history()
        self.assertEqual(
            set(unfinished.mapped("state")), {"emptied", "own_accord", "expired"}, "all outcomes"
        )
        before = self._totals()
        self._run_cron("erase_old")
        self.assertEqual(carts.exists(), carts[1])
        self.assertEqual(len(unfinished.exists()), 1)
        self.assertEqual(self._totals(), before)
        self._run_cron("erase_old")
        self.assertEqual(self._totals(), before, "a second run changes nothing")

    def test_totals_of_several_batches_of_one_day_are_one_row(self):
        carts, _unfinished = self._make_history()
        carts.cart_activity_at = fields.Datetime.now() - timedelta(hours=OLD)
        self._run_cron("find")
        before = self._totals()
        with patch.object(retention, "BATCH", 2):
            self._run_cron("erase_old")
        self.assertEqual(self._totals(), before)
        kept = self.env["unfinished.order.day"]._read_group(
            [], ["date:day", "website_id", "state", "by_customer"], ["__count"]
        )
        self.assertEqual({row[-1] for row in kept}, {1})

    def test_a_cart_that_was_still_open_has_expired_in_the_figures(self):
        """Its link would have been valid for longer than it is kept."""
        self.website.write({"cart_retention": "7", "cart_link_days": 30})
        self._begin_at_once()
        cart = self._make_cart(hours_ago=6 * 24)
        unfinished = self._find(cart)
        self.assertEqual(unfinished.state, "open")
        (cart.cart_activity_at, unfinished.activity_at) = ["2026-01-01 12:00:00"] * 2
        self._run_cron("erase_old")
        self.assertEqual(self.env["unfinished.order.day"].search([]).state, "expired")
        self.assertEqual(self.env["unfinished.order.day.product"].search([]).state, "expired")

    def test_the_products_of_a_cart_that_was_deleted_by_hand_stay_in_the_figures(self):
        cart = self._make_cart(products={self.lamp: 3}, hours_ago=OLD)
        self._find(cart)
        before = self._totals()
        cart.unlink()
        self.assertEqual(self._totals()[1], before[1])
        self._run_cron("erase_old")
        self.assertEqual(self._totals(), before)

    def test_a_day_is_that_of_the_websites_clock(self):
        self.website.tz = "Asia/Tokyo"
        cart = self._make_cart(hours_ago=OLD)
        cart.cart_activity_at = "2026-01-01 20:00:00"
        unfinished = self._find(cart)
        unfinished.activity_at = cart.cart_activity_at
        day = fields.Date.to_date("2026-01-02")
        report = self.env["unfinished.order.report"]
        self.assertEqual(report.search_count([("date", "=", day)]), 1)
        self._run_cron("erase_old")
        self.assertEqual(self.env["unfinished.order.day"].search([]).date, day)
        self.assertEqual(report.search([("date", "=", day)]).erased, 1)

    def test_amounts_are_kept_in_the_companys_currency(self):
        cart = self._make_cart(products={self.chair: 2}, hours_ago=OLD)
        cart.currency_rate = 2.0
        unfinished = self._find(cart)
        self.assertEqual(unfinished.amount_company, 90.0)
        self._run_cron("erase_old")
        self.assertEqual(self.env["unfinished.order.day"].search([]).amount, 90.0)
        product = self.env["unfinished.order.day.product"].search([])
        self.assertRecordValues(
            product, [{"product_id": self.chair.id, "quantity": 2.0, "amount": 90.0, "carts": 1}]
        )

    def test_what_a_campaign_has_sent_is_counted_as_before(self):
        campaign = self._start_reminders(days_ago=60)
        cart = self._make_cart(hours_ago=73)
        message = self._send_reminder(cart)
        step = message.step_id
        self.assertEqual((campaign.sent_count, step.sent_count), (1, 1))
        cart.cart_activity_at -= timedelta(days=30)
        self._run_cron("erase_old")
        self.assertFalse(message.exists())
        self.env.invalidate_all()
        self.assertEqual((campaign.sent_count, step.sent_count), (1, 1))
        self.assertEqual(campaign.erased_count, 1)

    def test_the_totals_hold_nobodys_name(self):
        """Neither text nor a contact: there is no column for it."""
        for name in (
            "unfinished.order.day",
            "unfinished.order.day.product",
            "recovery.message.day",
        ):
            for field in self.env[name]._fields.values():
                self.assertNotIn(field.type, ("char", "text", "html", "json") * field.store)
                self.assertNotIn(field.comodel_name, ("res.partner", "sale.order"))

    def test_what_was_erased_is_counted_per_website_and_shown_in_the_settings(self):
        self._start_reminders(days_ago=60)
        second = self.env["website"].create({"name": "Second"})
        cart = self._make_cart(self._make_guest(), hours_ago=73)
        messages = self._remind(cart)
        messages._move_to("sent", sent_at=fields.Datetime.now())
        cart.cart_activity_at -= timedelta(days=30)
        self._make_anonymous_cart(hours_ago=OLD)
        self._run_cron("erase_old")
        self.assertRecordValues(
            self._erasure(),
            [
                {
                    "cart_count": 2,
                    "unfinished_count": 1,
                    "message_count": len(messages),
                    "contact_count": 1,
                }
            ],
        )
        settings = self.env["res.config.settings"]
        shown = settings.new({"website_id": self.website.id})
        self.assertIn("2 carts", shown.cart_erased_note)
        self.assertIn("1 guest contacts", shown.cart_erased_note)
        self.assertFalse(settings.new({"website_id": second.id}).cart_erased_note)

    # === Coupons ===#

    def test_an_applied_coupon_is_free_again_and_one_made_for_the_cart_goes(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Ten off",
                "program_type": "coupons",
                "applies_on": "current",
                "trigger": "with_code",
                "reward_ids": [Command.create({"reward_type": "discount", "discount": 10})],
            }
        )
        promotion = self.env["loyalty.program"].create(
            {
                "name": "For everybody",
                "program_type": "promotion",
                "applies_on": "current",
                "trigger": "auto",
                "rule_ids": [Command.create({"minimum_amount": 1})],
                "reward_ids": [Command.create({"reward_type": "discount", "discount": 5})],
            }
        )
        coupon = self.env["loyalty.card"].create({"program_id": program.id, "points": 1})
        cart = self._make_cart(hours_ago=0)
        cart._update_programs_and_rewards()
        for rewarded, rewards in cart._get_claimable_rewards().items():
            cart._apply_program_reward(rewards, rewarded)
        status = cart._try_apply_code(coupon.code)
        for rewarded, rewards in status.items():
            cart._apply_program_reward(rewards, rewarded)
        self.assertIn(coupon, cart.applied_coupon_ids)
        made = self.env["loyalty.card"].search([("program_id", "=", promotion.id)])
        self.assertTrue(made)
        cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=OLD)
        self._erase_old()
        self.assertFalse(cart.exists())
        self.assertEqual(coupon.points, 1)
        self.assertFalse(made.exists())
        again = self._make_cart(self._make_customer("Eve", "eve@example.com"))
        self.assertNotIn("error", again._try_apply_code(coupon.code))

    # === One that cannot be deleted ===#

    def _poison(self, poisoned):
        """Let another addon refuse to let go of this cart."""
        model = type(self.env["sale.order"])
        unlink = model.unlink

        def refuse(carts):
            if poisoned in carts:
                raise ValueError("The museum keeps this one.")
            return unlink(carts)

        return patch.object(model, "unlink", refuse)

    def test_fault_9_a_cart_that_cannot_be_deleted_holds_up_no_other_and_says_why(self):
        carts = self.env["sale.order"].concat(
            *(self._make_anonymous_cart(hours_ago=OLD - number) for number in range(7))
        )
        poisoned = carts[0]
        with self._poison(poisoned), patch.object(retention, "BATCH", 3):
            self._run_cron("erase_old")
        self.assertEqual(carts.exists(), poisoned)
        self.assertEqual(poisoned.cart_kept_reason, "The museum keeps this one.")
        self.assertEqual(self._erasure().cart_count, 6)
        shown = self.env["res.config.settings"].new({"website_id": self.website.id})
        self.assertEqual(shown.cart_kept_count, 1)

    def test_a_cart_that_cannot_be_deleted_is_tried_again_after_a_week_and_not_before(self):
        poisoned = self._make_anonymous_cart(hours_ago=OLD)
        with self._poison(poisoned):
            self._run_cron("erase_old")
        self._run_cron("erase_old")
        self.assertTrue(poisoned.exists())
        with freeze_time(fields.Datetime.now() + timedelta(days=7, minutes=1)):
            self._run_cron("erase_old")
        self.assertFalse(poisoned.exists())

    def test_a_foreign_key_that_refuses_is_a_reason_like_any_other(self):
        carts = self._make_anonymous_cart(hours_ago=OLD) | self._make_anonymous_cart(hours_ago=OLD)
        self.env.cr.execute(
            "CREATE TABLE museum (order_id int REFERENCES sale_order ON DELETE RESTRICT)"
        )
        self.env.cr.execute("INSERT INTO museum VALUES (%s)", carts[1].ids)
        with self.assertLogs("odoo.sql_db", "ERROR"):
            self._run_cron("erase_old")
        self.assertEqual(carts.exists(), carts[1])
        self.assertIn("museum", carts[1].cart_kept_reason)

    def test_a_round_goes_on_where_it_was_interrupted(self):
        carts = self.env["sale.order"].concat(
            *(self._make_anonymous_cart(hours_ago=OLD + number) for number in range(5))
        )
        unfinished = self.env["unfinished.order"]
        self.assertEqual(unfinished._erase_next_carts("draft", self.website, 2), 2)
        erasure = self._erasure()
        self.assertEqual(erasure.phase, "draft")
        self.assertEqual(carts.exists(), carts[:3])
        self.assertEqual(unfinished._erase_next_carts("draft", self.website, 9), 3)
        self.assertFalse(erasure.phase)
        self.assertFalse(carts.exists())

    # === How much it asks ===#

    def test_fault_69_a_batch_asks_the_same_number_of_queries_whatever_its_size(self):
        self._start_reminders(days_ago=400)
        unfinished = self.env["unfinished.order"]

        def make(count):
            for number in range(count):
                guest = self._make_guest(
                    f"G{count}-{number}", email=f"g{count}{number}@example.com"
                )
                cart = self._make_cart(guest, [self.lamp, self.chair], hours_ago=OLD)
                cart.message_post(body="A note")
            self._run_cron("find")
            self.env.flush_all()
            self.env.invalidate_all()

        counts = []
        make(2)  # to warm up
        unfinished._erase_next_carts("draft", self.website, 100)
        for size in (3, 60):
            make(size)
            erased = []
            erase = partial(unfinished._erase_next_carts, "draft", self.website, 100)
            counts.append(queries_of(self.env, lambda e=erased, f=erase: e.append(f())))
            self.assertEqual(erased, [size])
        self.assertLessEqual(counts[1], counts[0] + 5)
        # 0.25 statements per cart, at the size of a real batch.
        self.assertLessEqual(counts[1], retention.BATCH * 0.25)

    def test_whatever_grows_with_the_shop_is_found_by_an_index_when_a_cart_or_guest_goes(self):
        """PostgreSQL asks every table that refers to a row before it lets the row go."""
        growing = (
            "sale_order", "sale_order_line", "payment_transaction", "account_move",
            "account_payment", "loyalty_card", "stock_picking", "stock_move", "mail_message",
            "mail_followers", "mail_notification", "unfinished_order", "recovery_message",
            "recovery_event",
        )  # fmt: skip
        going = ("sale_order", "res_partner", "unfinished_order", "recovery_message")
        self.env.cr.execute(
            """SELECT t.relname, a.attname
                 FROM pg_constraint c
                 JOIN pg_class t ON t.oid = c.conrelid
                 JOIN pg_class target ON target.oid = c.confrelid
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                WHERE c.contype = 'f' AND target.relname IN %s AND t.relname IN %s
                  AND NOT EXISTS (SELECT FROM pg_index i
                                   WHERE i.indrelid = t.oid AND i.indkey[0] = a.attnum)""",
            [going, growing],
        )
        self.assertFalse(self.env.cr.fetchall())


@tagged("post_install", "-at_install")
class TestGuests(RetentionCase, TransactionCase):
    def _guests_left(self, *contacts):
        self._erase_old()
        return self.env["res.partner"].concat(*contacts).exists()

    def test_a_guest_goes_with_the_cart_and_its_other_address(self):
        guest = self._make_guest()
        address = self._make_guest("Elsewhere", parent_id=guest.id, type="delivery")
        self._make_cart(guest, hours_ago=OLD, partner_shipping_id=address.id)
        self.assertFalse(self._guests_left(guest, address))

    def test_a_guest_with_a_younger_cart_or_an_order_stays(self):
        with_cart, with_order = self._make_guest(), self._make_guest()
        for guest in (with_cart, with_order):
            self._make_cart(guest, hours_ago=OLD)
        self._make_cart(with_cart, hours_ago=5)
        self._make_cart(with_order, hours_ago=5).action_confirm()
        self.assertEqual(self._guests_left(with_cart, with_order), with_cart | with_order)

    def test_a_guest_with_a_user_a_child_a_written_message_or_a_payment_stays(self):
        guests = [self._make_guest(f"Guest {number}") for number in range(4)]
        carts = [self._make_cart(guest, hours_ago=OLD) for guest in guests]
        with_user, with_child, author, _payer = guests
        new_test_user(self.env, "portal_guest", groups="base.group_portal", partner_id=with_user.id)
        self._make_customer("Child", "child@example.com", parent_id=with_child.id)
        self.lamp.product_tmpl_id.message_post(body="I like it", author_id=author.id)
        payment = self._make_transaction(carts[3], "error")
        payment.last_state_change -= timedelta(days=30)
        carts[3].cart_activity_at = fields.Datetime.now() - timedelta(hours=OLD)
        left = self._guests_left(*guests)
        self.assertEqual(left, self.env["res.partner"].concat(*guests))
        self.assertFalse(self.env["sale.order"].concat(*carts).exists())

    def test_a_contact_that_a_colleague_has_made_stays(self):
        contact = self._make_customer("Prospect", "prospect@example.com")
        self._make_cart(contact, hours_ago=OLD)
        self.assertTrue(self._guests_left(contact))

    def test_the_address_book_of_a_customer_stays_whole(self):
        customer = self._make_portal_user().partner_id
        address = self._make_guest("Elsewhere", parent_id=customer.id, type="delivery")
        self._make_cart(customer, hours_ago=OLD, partner_shipping_id=address.id)
        self.assertEqual(self._guests_left(address), address)

    def test_a_reference_from_any_table_of_any_addon_keeps_a_guest(self):
        kept, free = self._make_guest("Kept"), self._make_guest("Free")
        for guest in (kept, free):
            self._make_cart(guest, hours_ago=OLD)
        self.env.cr.execute("CREATE TABLE club (member_id int REFERENCES res_partner)")
        self.env.cr.execute("INSERT INTO club VALUES (%s)", kept.ids)
        self.env.registry.clear_cache()  # as the installation of an addon does
        self.assertEqual(self._guests_left(kept, free), kept)
        self.env.registry.clear_cache()

    def test_a_guest_whom_something_keeps_after_all_holds_up_nobody(self):
        kept, free = self._make_guest("Kept"), self._make_guest("Free")
        carts = [self._make_cart(guest, hours_ago=OLD) for guest in (kept, free)]
        model = type(self.env["res.partner"])
        unlink = model.unlink

        def refuse(partners):
            if kept in partners:
                raise ValueError("Not this one.")
            return unlink(partners)

        with patch.object(model, "unlink", refuse):
            self.assertEqual(self._guests_left(kept, free), kept)
        self.assertFalse(self.env["sale.order"].concat(*carts).exists())
        self.assertEqual(self._erasure().contact_count, 1)


@tagged("post_install", "-at_install")
class TestDeletingByHand(RetentionCase, TransactionCase):
    def test_a_cart_with_a_payment_cannot_be_deleted_by_hand(self):
        """B27: core lets a cart go and leaves its payment without an order."""
        for state in ("pending", "authorized", "done", "draft"):
            cart = self._make_cart()
            payment = self._make_payment(cart, state)
            with self.subTest(payment=state), self.assertRaisesRegex(UserError, payment.reference):
                cart.unlink()
            self.assertTrue(cart.exists())

    def test_a_cart_whose_payment_came_to_nothing_can_be_deleted_by_hand(self):
        cart = self._make_cart()
        self._make_transaction(cart, "error")
        started = self._make_transaction(cart, "draft")
        started.last_state_change -= PAYMENT_WINDOW + timedelta(minutes=1)
        cart.unlink()
        self.assertFalse(cart.exists())

    def test_a_quotation_that_is_no_cart_is_cores_own_business(self):
        quotation = self._make_cart()
        quotation.website_id = False
        self._make_transaction(quotation, "draft")
        quotation.unlink()
        self.assertFalse(quotation.exists())


@tagged("post_install", "-at_install")
class TestRetentionSettings(RetentionCase, TransactionCase):
    def _shown(self, **values):
        settings = self.env["res.config.settings"]
        return settings.new({"website_id": self.website.id, **values})

    def test_a_new_website_deletes_after_thirty_days_and_not_in_the_first_thirty(self):
        website = self.env["website"].create({"name": "New"})
        self.assertEqual(website.cart_retention, "30")
        self.assertIsNone(website._retention_limit())

    def test_less_than_a_day_is_refused(self):
        for days in (0, -5):
            with self.assertRaisesRegex(ValidationError, "at least 1 day"):
                self.website.write({"cart_retention": "other", "cart_retention_days": days})

    def test_a_time_shorter_than_the_reminders_is_refused_with_what_is_needed(self):
        with self.assertRaisesRegex(ValidationError, "at least 4 days"):
            self.website.write({"cart_retention": "other", "cart_retention_days": 3})
        self.website.write({"cart_retention": "other", "cart_retention_days": 4})
        self.website.cart_retention = "7"

    def test_a_reminder_later_than_the_deletion_is_refused(self):
        step = self.website.recovery_campaign_ids.filtered("is_default").step_ids[-1]
        with self.assertRaisesRegex(ValidationError, "deletes carts after 30 days"):
            step.delay_hours = 30 * 24
        self.website.cart_retention = "never"
        step.delay_hours = 30 * 24

    def test_a_link_promises_no_more_than_the_cart_is_kept(self):
        cart = self._make_cart(hours_ago=1)
        mails = self.env["recovery.mail"]
        for kept, days in (("7", 6), ("30", 29), ("never", 29)):
            self.website.cart_retention = kept
            until = (cart.cart_activity_at + timedelta(days=days)).date()
            self.assertEqual(mails._link_valid_until(cart), until, kept)

    def test_the_screen_says_how_many_are_meant_and_when_it_begins_before_it_is_saved(self):
        for days in (8, 31, 200):
            self._make_anonymous_cart(hours_ago=days * 24)
        there = self.website._count_old_carts(30) - 2
        self.assertIn(f": {there + 2}", self._shown(cart_retention="30").cart_retention_note)
        shorter = self._shown(cart_retention="7").cart_retention_note
        self.assertRegex(shorter, f"Deletion begins on .*: {there + 3}$")
        self.assertFalse(self._shown(cart_retention="never").cart_retention_note)

    def test_the_screen_counts_the_carts_that_are_old_enough_when_it_begins(self):
        self.website.cart_retention_from = fields.Datetime.now() + timedelta(days=20)
        there = self.website._count_old_carts(30)
        self._make_anonymous_cart(hours_ago=11 * 24)
        begins = format_date(self.env, self.website.cart_retention_from)
        note = self._shown(cart_retention="7").cart_retention_note
        self.assertIn(begins, note, "the later date holds")
        self.assertRegex(self._shown(cart_retention="30").cart_retention_note, f": {there + 1}$")

    def test_the_cart_that_could_not_be_deleted_is_one_click_away(self):
        cart = self._make_anonymous_cart(hours_ago=OLD)
        self.env["unfinished.order"]._keep_cart(cart, UserError("Stuck"))
        action = self._shown().action_open_kept_carts()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), cart)
