"""Taking over from Odoo's own reminder, and handing back."""

from datetime import timedelta
from functools import partial

from odoo import fields
from odoo.modules.module import get_manifest
from odoo.modules.neutralize import neutralize_database
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_open, mute_logger

from .. import hooks
from .common import queries_of
from .common_engine import EngineCase, smtp_server

MAIL_LOGS = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
CORE_TEMPLATE = "website_sale.mail_template_sale_cart_recovery"


@tagged("post_install", "-at_install")
class TestInstall(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.core_template = cls.env.ref(CORE_TEMPLATE)
        cls.ours = cls.env.ref("website_sale_order_handling.mail_template_reminder_1")

    def as_left_by_core(self, switch, delay, template):
        """Put the website's settings into the state in which core would have left them."""
        self.website.recovery_campaign_ids._unlink_with_steps()
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE website SET send_abandoned_cart_email = %s, cart_abandoned_delay = %s,
                      cart_recovery_mail_template_id = %s WHERE id = %s""",
            [switch, delay, template.id, self.website.id],
        )
        self.env.invalidate_all()

    def install(self):
        hooks.post_init_hook(self.env)
        return self.website.recovery_campaign_ids.filtered("is_default")

    def test_a_shop_that_used_cores_mail_keeps_its_switch_delay_and_template(self):
        template = self.core_template.copy({"subject": "Our own words"})
        self.as_left_by_core(True, 6.0, template)
        campaign = self.install()
        self.assertTrue(campaign.is_running)
        self.assertEqual(campaign.step_ids.mail_template_id, template)
        self.assertEqual(campaign.step_ids.mapped("delay_hours"), [6.0])
        self.assertEqual(len(campaign.with_context(active_test=False).step_ids), 3)
        self.assertRecordValues(
            self.website,
            [
                {
                    "send_abandoned_cart_email": True,
                    "cart_abandoned_delay": 6.0,
                    "cart_recovery_mail_template_id": template.id,
                }
            ],
        )

    def test_installing_mails_no_old_cart(self):
        carts = [
            self._make_cart(self._make_customer("C", f"c{hours}@example.com"), hours_ago=hours)
            for hours in (7, 30, 500)
        ]
        self.as_left_by_core(True, 6.0, self.core_template)
        self.install()
        unfinished = self._find(*carts)
        self._run_cron("send")
        self.assertEqual(len(unfinished), 3)
        self.assertFalse(unfinished.message_ids)

    def test_cores_unchanged_template_is_replaced_by_ours(self):
        self.core_template.write_uid = self.env.ref("base.user_root")
        self.as_left_by_core(True, 10.0, self.core_template)
        self.assertEqual(self.install().step_ids.mail_template_id, self.ours)

    def test_cores_template_that_somebody_has_edited_is_kept(self):
        self.core_template.with_user(self.env.ref("base.user_admin")).subject = "Edited"
        self.env.flush_all()
        self.as_left_by_core(True, 10.0, self.core_template)
        self.assertEqual(self.install().step_ids.mail_template_id, self.core_template)

    def test_a_delay_of_zero_is_the_hour_that_core_made_of_it(self):
        self.as_left_by_core(True, 0.0, self.core_template)
        self.assertEqual(self.install().step_ids.delay_hours, 1.0)

    def test_a_shop_that_had_no_reminders_gets_three_steps_switched_off(self):
        self.as_left_by_core(False, 10.0, self.core_template)
        campaign = self.install()
        self.assertFalse(campaign.is_running)
        self.assertEqual(campaign.step_ids.mapped("delay_hours"), [1.0, 24.0, 72.0])
        self.assertEqual(self.website.cart_abandoned_delay, 1.0)

    def test_existing_carts_are_dated_by_their_creation(self):
        cart = self._make_cart(date_order=fields.Datetime.now() - timedelta(days=3))
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET cart_activity_at = NULL")
        hooks.pre_init_hook(self.env)
        self.env.invalidate_all()
        self.assertEqual(cart.cart_activity_at, cart.date_order)

    def test_uninstalling_lets_core_mail_nobody_twice(self):
        self._start_reminders()
        reminded = self._make_cart(hours_ago=26)
        message = self._remind(reminded).filtered(lambda m: m.state == "sending")
        message._move_to("sent", sent_at=fields.Datetime.now())
        open_cart = self._make_cart(self._make_customer("Eve", "eve@example.com"), hours_ago=48)
        self.website.send_abandoned_cart_email_activation_time = "2020-01-01"
        self.env.flush_all()
        hooks.uninstall_hook(self.env)
        self.env.invalidate_all()
        self.assertTrue(reminded.cart_recovery_email_sent)
        self.assertGreater(
            self.website.send_abandoned_cart_email_activation_time, open_cart.cart_activity_at
        )
        self.assertTrue(self.website.send_abandoned_cart_email)
        self.assertEqual(self.website.cart_recovery_mail_template_id, self.core_template)
        self.assertTrue(self.env.ref("website_sale.menu_orders_abandoned_orders").active)

    def test_fault_71_uninstalling_gives_open_carts_an_order_number(self):
        cart = self._make_cart()
        hooks.uninstall_hook(self.env)
        self.assertNotEqual(cart.name, cart.cart_number)

    # === A million carts ===#

    def _make_carts(self, count, company=None):
        """Make carts of a company, one by the ORM and copies of it in SQL."""
        cart = self._make_cart()
        if company:
            self.env.cr.execute(
                "UPDATE sale_order SET company_id = %s WHERE id = %s", [company.id, cart.id]
            )
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO sale_order (name, cart_number, state, company_id, website_id, partner_id,
                               partner_invoice_id, partner_shipping_id, date_order, picking_policy,
                               warehouse_id, cart_activity_at)
               SELECT name || '-' || n, name || '-' || n, state, company_id, website_id, partner_id,
                      partner_invoice_id, partner_shipping_id, date_order, picking_policy,
                      warehouse_id, cart_activity_at
                 FROM sale_order CROSS JOIN generate_series(2, %s) AS n WHERE id = %s
            RETURNING id""",
            [count, cart.id],
        )
        self.env.invalidate_all()
        return cart | cart.browse(row[0] for row in self.env.cr.fetchall())

    def _sequence(self, company=False, **vals):
        vals = {"name": "Orders", "code": "sale.order", "company_id": company, **vals}
        return self.env["ir.sequence"].create(vals)

    def assertNumbered(self, carts, pattern):
        """Each cart has a number of its own, in the order of the carts."""
        names = carts.sorted("id").mapped("name")
        self.assertEqual(len(set(names)), len(carts))
        for name in names:
            self.assertRegex(name, pattern)
        self.assertEqual(names, sorted(names))

    def test_uninstalling_takes_the_numbers_of_each_company_from_its_own_sequence(self):
        others = self.env["res.company"].create([{"name": "Two"}, {"name": "Three"}])
        self.env["ir.sequence"].search([("code", "=", "sale.order")]).unlink()
        self._sequence(prefix="ALL", padding=6)
        self._sequence(others[0].id, prefix="TWO/%(year)s/", suffix="-x", padding=4)
        carts = [self._make_carts(7, company) for company in (None, *others)]
        carts[0] |= self._make_carts(3)  # between those of the others
        self.patch(hooks, "BATCH", 5)
        hooks.uninstall_hook(self.env)
        self.env.invalidate_all()
        self.assertNumbered(carts[0] | carts[2], r"^ALL\d{6}$")
        year = fields.Date.today().year
        self.assertNumbered(carts[1], rf"^TWO/{year}/\d{{4}}-x$")
        following = self.env["ir.sequence"].with_company(others[0]).next_by_code("sale.order")
        self.assertNotIn(following, carts[1].mapped("name"))

    def test_uninstalling_takes_numbers_without_gaps_and_by_dates_as_the_sequence_says(self):
        for vals in (
            {"implementation": "no_gap"},
            {"use_date_range": True},
            {"implementation": "no_gap", "use_date_range": True, "number_increment": 3},
            {"number_increment": 5},
        ):
            with self.subTest(**vals), self.env.cr.savepoint(flush=False) as savepoint:
                self.env["ir.sequence"].search([("code", "=", "sale.order")]).unlink()
                self._sequence(prefix="Z", padding=5, **vals)
                carts = self._make_carts(6)
                hooks.uninstall_hook(self.env)
                self.env.invalidate_all()
                self.assertNumbered(carts, r"^Z\d{5}$")
                step = vals.get("number_increment", 1)
                self.assertEqual(
                    [int(cart.name[1:]) for cart in carts.sorted("id")],
                    list(range(1, 6 * step + 1, step)),
                )
                savepoint.rollback()
                self.env.invalidate_all()

    def test_uninstalling_leaves_names_that_are_no_carts_own(self):
        carts = self._make_carts(6)
        mine, placed = carts[0], carts[1]
        mine.name = "My own name"
        placed.action_confirm()
        number = placed.name
        hooks.uninstall_hook(self.env)
        self.env.invalidate_all()
        self.assertEqual((mine.name, placed.name), ("My own name", number))

    def test_uninstalling_without_a_sequence_of_orders_leaves_the_names(self):
        carts = self._make_carts(3)
        self.env["ir.sequence"].search([("code", "=", "sale.order")]).unlink()
        names = carts.mapped("name")
        hooks.uninstall_hook(self.env)
        self.env.invalidate_all()
        self.assertEqual(carts.mapped("name"), names)

    def test_uninstalling_deletes_the_files_of_exports(self):
        self._find(self._make_carts(3))
        groups = "sales_team.group_sale_salesman_all_leads,base.group_allow_export"
        seller = new_test_user(self.env, "exporting", groups=groups)
        exports = self.env["unfinished.order.export"].with_user(seller)
        export = exports._start("[]", ["name"], "csv")
        self._run_cron("export")
        self.assertEqual(export.state, "done")
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "unfinished.order.export.part")]
        )
        self.assertTrue(files)
        hooks.uninstall_hook(self.env)
        self.assertFalse(files.exists())

    def test_uninstalling_takes_the_same_statements_for_many_carts_as_for_few(self):
        counts = []
        for count in (10, 400):
            with self.env.cr.savepoint(flush=False) as savepoint:
                carts = self._make_carts(count)
                work = partial(hooks.uninstall_hook, self.env)
                counts.append(queries_of(self.env, work))
                self.env.invalidate_all()
                self.assertNumbered(carts, r"^S\d{5}$")
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_fault_71_uninstalling_with_messages_in_flight_sends_nothing(self):
        self._start_reminders()
        messages = self._remind(self._make_cart())
        self.assertEqual(set(messages.mapped("state")), {"sending", "waiting"})
        mails = self._queued_mails(messages)
        self.assertTrue(mails)
        hooks.uninstall_hook(self.env)
        self.assertFalse(mails.exists())
        self.assertFalse(messages.exists())

    def test_fault_72_a_neutralised_copy_sends_nothing(self):
        self._start_reminders()
        cart = self._make_cart()
        message = self._find(cart).message_ids
        self.assertEqual(message.state, "waiting")
        self.env.flush_all()
        with file_open("website_sale_order_handling/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        mails = self.env["mail.mail"].search_count([])
        self._run_cron("find")
        self._run_cron("send")
        self.assertEqual(message.state, "skipped")
        self.website.send_abandoned_cart_email = True
        other = self._make_cart(self._make_customer("Eve", "eve@example.com"), hours_ago=0)
        other.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
        self.website.recovery_campaign_ids.filtered("is_default").active_since = "2020-01-01"
        self.assertIn("sent", self._remind(other).mapped("state"))
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_fault_72_a_mail_in_the_queue_of_a_neutralised_copy_stays_there(self):
        self._start_reminders()
        messages = self._remind(self._make_cart())
        self.assertEqual(len(self._queued_mails(messages)), 1)
        with smtp_server(self.env) as inbox, mute_logger(*MAIL_LOGS):
            self.env.flush_all()
            neutralize_database(self.env.cr)
            self.env.invalidate_all()
            self.env["mail.mail"].process_email_queue()
            self._run_cron("find")
            self._run_cron("send")
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(inbox.messages)
        for name in ("ir_cron_find", "ir_cron_send"):
            self.assertFalse(self.env.ref(f"website_sale_order_handling.{name}").active)

    def test_the_addon_needs_core_modules_only(self):
        manifest = get_manifest("website_sale_order_handling")
        self.assertEqual(
            manifest["depends"],
            ["website_sale_loyalty", "website_sale_stock", "phone_validation", "resource", "sms"],
        )
        self.assertEqual(manifest["license"], "LGPL-3")
