"""What every website has: the sequence, the next morning, and after a failed payment."""

from datetime import datetime

from psycopg2.errors import UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from ...tools import schedule
from ..common_engine import EngineCase
from ..test_migration import load_script


@tagged("post_install", "-at_install")
class TestShippedCampaigns(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["website"].create({"name": "New Shop", "tz": "Europe/Sofia"})
        cls.campaigns = cls.shop.recovery_campaign_ids
        cls.morning = cls.campaigns.filtered(lambda c: c.shipped_as == "morning")
        cls.soon = cls.campaigns.filtered(lambda c: c.shipped_as == "payment_failed")

    def test_a_new_website_has_three_and_none_of_them_runs(self):
        self.assertRecordValues(
            self.campaigns.sorted("id"),
            [
                {"is_default": True, "trigger": "left", "is_running": False},
                {"is_default": False, "trigger": "left", "is_running": False},
                {"is_default": False, "trigger": "payment_failed", "is_running": False},
            ],
        )
        self.assertEqual(self.morning.name, "Remind about products left in the cart")
        self.assertFalse(self.campaigns.step_ids._troubles())
        self.assertFalse(self.shop.send_abandoned_cart_email)

    def test_a_website_that_deletes_carts_soon_has_the_morning_campaign_archived(self):
        self.campaigns._unlink_with_steps()
        self.shop.write({"cart_retention": "other", "cart_retention_days": 3})
        self.env["recovery.campaign"]._create_shipped(self.shop)
        made = self.shop.recovery_campaign_ids
        morning = made.filtered(lambda c: c.shipped_as == "morning")
        self.assertEqual((made - morning).shipped_as, "payment_failed")
        self.assertFalse(morning.active)
        with self.assertRaisesRegex(ValidationError, "too late"), self.env.cr.savepoint():
            morning.is_running = True

    def test_what_is_there_is_not_made_again_and_what_is_missing_is(self):
        self.soon._unlink_with_steps()
        self.morning.action_archive()
        script = load_script("19.0.1.5.0", "post-campaigns")
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.4.0")
            self.env.invalidate_all()
        kinds = self.shop.recovery_campaign_ids.mapped("shipped_as")
        self.assertEqual(sorted(map(str, kinds)), ["False", "morning", "payment_failed"])
        self.assertFalse(any(self.shop.recovery_campaign_ids.mapped("is_running")))
        script.migrate(self.env.cr, None)

    def test_a_copy_is_nobodys_shipped_campaign(self):
        copy = self.morning.copy()
        self.assertFalse(copy.shipped_as or copy.is_running)
        again = self.assertRaises(UniqueViolation)
        with mute_logger("odoo.sql_db"), again, self.env.cr.savepoint():
            copy.shipped_as = "morning"
            copy.flush_recordset()

    def test_the_morning_is_that_of_the_customer_on_every_day_of_the_clocks(self):
        timing = self.morning.step_ids._timing()
        for left_at, tz, due in (
            # Left before 23:59: the next day at 08:00; later: the day after.
            ("2026-03-02 20:00", "Europe/Sofia", "2026-03-03 06:00"),
            ("2026-03-02 21:58", "Europe/Sofia", "2026-03-03 06:00"),
            ("2026-03-02 21:59", "Europe/Sofia", "2026-03-04 06:00"),
            ("2026-03-02 22:00", "Europe/Sofia", "2026-03-04 06:00"),
            # The clock goes forward on 29 March, and back on 25 October.
            ("2026-03-28 12:00", "Europe/Sofia", "2026-03-29 05:00"),
            ("2026-10-24 12:00", "Europe/Sofia", "2026-10-25 06:00"),
            ("2026-03-02 12:00", "Asia/Ho_Chi_Minh", "2026-03-03 01:00"),
        ):
            at, expected = (datetime.fromisoformat(text) for text in (left_at, due))
            with self.subTest(left=left_at, tz=tz):
                self.assertEqual(schedule.due_at(at, timing, tz), expected)

    @freeze_time("2026-03-02 20:00:00")
    def test_a_cart_is_reminded_of_the_next_morning_once_however_often_it_is_left(self):
        self.morning.is_running = True
        self.morning.active_since = datetime(2026, 1, 1)
        cart = self._make_cart(website=self.shop, hours_ago=4)
        cart.cart_tz = "Asia/Ho_Chi_Minh"
        message = self._find(cart).message_ids
        # 16:00 UTC is 23:00 there, and 08:00 there is 01:00 UTC.
        self.assertEqual(message.due_at, datetime(2026, 3, 3, 1))
        with freeze_time("2026-03-03 01:00:00"):
            self._run_cron("send")
            self.assertEqual(message.state, "sending")
        with freeze_time("2026-05-03 01:00:00"):
            cart.cart_activity_at = datetime(2026, 5, 2, 12)
            self.assertEqual(self._find(cart).message_ids, message)
