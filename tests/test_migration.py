"""Upgrading from a version that kept less."""

import importlib.util
from datetime import timedelta

from odoo import fields
from odoo.modules.module import get_manifest, get_module_path
from odoo.tests import TransactionCase, new_test_user, tagged

from .common_engine import EngineCase
from .export.common_export import ExportCase

ADDON = "website_sale_order_handling"


def load_script(version, name="post-migrate"):
    """Return what is in a migration script of `version`, as Odoo loads it."""
    path = f"{get_module_path(ADDON)}/migrations/{version}/{name}.py"
    spec = importlib.util.spec_from_file_location("post_migrate", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@tagged("post_install", "-at_install")
class TestMigrationTo1910(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._start_reminders()
        cls.step = cls.campaign.step_ids[0]
        cls.script = load_script("19.0.1.1.0")

    def migrate(self, *forgotten):
        """Forget columns that the earlier version did not have, and upgrade."""
        self.env.flush_all()
        for table, columns in forgotten:
            nothing = ", ".join(f"{column} = NULL" for column in columns.split())
            self.env.cr.execute(f"UPDATE {table} SET {nothing}")  # pylint: disable=E8103
        self.env.invalidate_all()
        self.script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_a_message_from_before_uses_up_the_customers_day(self):
        buyer = self._make_customer(phone="+359888123456")
        message = self._remind(self._make_cart(buyer)).filtered(lambda m: m.state == "sending")
        message._move_to("sent", sent_at=fields.Datetime.now())
        key, day = message.customer_key, message.local_day
        self.migrate(
            ("recovery_message", "customer_key phone local_day"),
            ("unfinished_order", "customer_key"),
        )
        self.assertEqual(message.unfinished_id.customer_key, key)
        self.assertRecordValues(
            message, [{"customer_key": key, "phone": "+359888123456", "local_day": day}]
        )
        second = self._find(self._make_cart(self._make_customer()))
        self._run_cron("send")
        self.assertEqual(second.message_ids.reason, "daily_limit")

    def test_of_two_messages_of_one_day_one_holds_it_and_waiting_ones_do_not(self):
        carts = [self._make_cart(self._make_customer(email=f"{n}@e.eu")) for n in range(3)]
        first, second, waiting = self._find(*carts).message_ids.sorted("id")
        for message in (first, second):
            message._move_to("sending", reason=False)
            message._move_to("sent", sent_at=fields.Datetime.now())
        self.env.flush_all()
        self.env.cr.execute("UPDATE unfinished_order SET email = 'one@e.eu', customer_key = NULL")
        self.migrate(("recovery_message", "customer_key local_day"))
        self.assertTrue(first.local_day)
        self.assertFalse(second.local_day or waiting.local_day)
        self.assertEqual(second.customer_key, "e:one@e.eu")

    def test_a_message_of_last_week_uses_up_no_day(self):
        message = self._find(self._make_cart()).message_ids
        message._move_to("sending", reason=False)
        message._move_to("sent", sent_at=fields.Datetime.now() - timedelta(days=7))
        self.migrate(("recovery_message", "customer_key local_day"))
        self.assertTrue(message.customer_key)
        self.assertFalse(message.local_day)

    def test_carts_of_staff_that_are_open_are_reminded_no_more(self):
        clerk = new_test_user(self.env, "clerk", groups="base.group_user", tz="Europe/Sofia")
        clerk.partner_id.email = "clerk@example.com"
        message = self._find(self._make_cart(clerk.partner_id)).message_ids
        unfinished = message.unfinished_id
        unfinished.made_by = False
        self.migrate(("unfinished_order", "made_by tz"))
        self.assertRecordValues(unfinished, [{"made_by": "staff", "tz": "Europe/Sofia"}])
        self._run_cron("send")
        self.assertEqual(set(unfinished.message_ids.mapped("reason")), {"staff"})

    def test_orders_placed_before_the_upgrade_count_as_earned(self):
        clicked, alone = (self._make_cart(self._make_customer(email=f"{n}@e.eu")) for n in range(2))
        message = self._find(clicked).message_ids
        self._find(alone)
        message._move_to("sending", reason=False)
        message._move_to("sent", sent_at=fields.Datetime.now() - timedelta(hours=1))
        self.env["recovery.message"]._on_link_followed(message.id, clicked)
        (clicked | alone).action_confirm()
        unfinished = self.env["unfinished.order"].search(
            [("order_id", "in", (clicked | alone).ids)], order="id"
        )
        columns = ["state", "credit", "credit_message_id", "credit_campaign_id", "placed_amount"]
        expected = unfinished.read([*columns, "credit_at", "closed_at"])
        self.assertEqual(unfinished.mapped("credit"), ["clicked", "own_accord"])
        self.migrate(
            (
                "unfinished_order",
                "credit credit_message_id credit_campaign_id credit_at placed_amount",
            )
        )
        self.assertEqual(unfinished.read([*columns, "credit_at", "closed_at"]), expected)
        self.assertEqual((self.campaign.clicked_count, self.campaign.clicked_revenue), (1, 40.0))

    def test_upgrading_twice_changes_nothing_the_second_time(self):
        messages = self._remind(self._make_cart())
        before = self.stored(messages), self.stored(messages.unfinished_id)
        self.migrate()
        self.assertEqual((self.stored(messages), self.stored(messages.unfinished_id)), before)

    def stored(self, records):
        return records.read([name for name, field in records._fields.items() if field.store])

    def test_batches_reach_the_first_and_the_last_row(self):
        carts = [self._make_cart(self._make_customer(email=f"{n}@e.eu")) for n in range(7)]
        messages = self._find(*carts).message_ids
        self.patch(self.script, "BATCH", 3)
        self.migrate(("recovery_message", "customer_key"), ("unfinished_order", "customer_key"))
        self.assertEqual(len(set(messages.mapped("customer_key")) - {False}), 7)

    def test_the_script_belongs_to_the_version_of_the_addon(self):
        version = get_manifest(ADDON)["version"]
        self.assertGreaterEqual([int(part) for part in version.split(".")], [19, 0, 1, 1, 0])


@tagged("post_install", "-at_install")
class TestMigrationTo1920(ExportCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = load_script("19.0.1.2.0")

    def test_a_finished_file_from_before_can_be_downloaded_and_has_its_size(self):
        self._make_many(3)
        exports = [self._export(file_format=file_format) for file_format in ("xlsx", "csv")]
        files = [self._content(export) for export in exports]
        as_before = {"wording": False, "file_size": 1}  # the language has been changed since
        exports[0].sudo().write(as_before)
        exports[0].sudo().part_ids.write({"before": False, "after": False})
        for _time in range(2):
            self.env.flush_all()
            self.script.migrate(self.env.cr, "19.0.1.1.1")
            self.env.invalidate_all()
            for export, content in zip(exports, files, strict=True):
                self.assertEqual(self._content(export), content)
                self.assertEqual(export.file_size, len(content))


@tagged("post_install", "-at_install")
class TestMessagesFrom1910(EngineCase, TransactionCase):
    def migrate(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE recovery_message SET planned_at = NULL, address_bounces = NULL")
        load_script("19.0.1.2.0").migrate(self.env.cr, "19.0.1.1.0")
        self.env.invalidate_all()

    def test_what_waits_was_to_leave_when_it_is_due(self):
        self._start_reminders()
        waiting, sent = (
            self._find(self._make_cart(self._make_customer(email=f"{n}@e.eu"))).message_ids
            for n in range(2)
        )
        sent._move_to("sending")
        sent._move_to("sent", sent_at=fields.Datetime.now())
        self.migrate()
        self.assertEqual(waiting.planned_at, waiting.due_at)
        self.assertFalse(sent.planned_at)

    def test_addresses_that_mails_came_back_from_are_left_alone(self):
        self._start_reminders()
        message = self._remind(self._make_cart()).filtered(lambda m: m.state == "sending")
        message._move_to("bounced")
        self.migrate()
        self.assertTrue(message.address_bounces)
        again = self._make_cart(self._make_customer("Again"), hours_ago=1.5)
        self.assertEqual(set(self._remind(again).mapped("reason")) - {False}, {"bounced"})


@tagged("post_install", "-at_install")
class TestContactsTo1920(EngineCase, TransactionCase):
    """Who a buyer is, for rows from before; by its own script."""

    OLD, NEW = "ivan@xn--e1afmkfd.xn--90ae", "ivan@пример.бг"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_reminders()
        cls.script = load_script("19.0.1.2.0", "post-contacts")

    def _upgrade(self):
        self.env.flush_all()
        self.script.migrate(self.env.cr, "19.0.1.1.1")
        self.env.flush_all()
        self.env.invalidate_all()

    def _spell_as_before(self, cart, message):
        self.env.flush_all()
        for table, column, value, record in (
            ("sale_order", "cart_email", self.OLD, cart),
            ("unfinished_order", "email", self.OLD, message.unfinished_id),
            ("unfinished_order", "customer_name", self.OLD, message.unfinished_id),
            ("unfinished_order", "customer_key", f"e:{self.OLD}", message.unfinished_id),
            ("recovery_message", "address", self.OLD, message),
            ("recovery_message", "customer_key", f"e:{self.OLD}", message),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET {column} = %s WHERE id = %s",  # pylint: disable=E8103
                [value, record.id],
            )
        self.env.invalidate_all()

    def assertSpelled(self, address, cart, message):
        self.assertEqual(cart.cart_email, address)
        self.assertRecordValues(
            message.unfinished_id,
            [{"email": address, "customer_key": f"e:{address}", "customer_name": address}],
        )
        self.assertRecordValues(message, [{"address": address, "customer_key": f"e:{address}"}])

    def test_international_domains_are_written_as_odoo_does(self):
        for state in ("open", "expired"):
            cart = self._make_anonymous_cart(cart_email=self.NEW)
            message = self._find(cart).message_ids
            message.unfinished_id._move_to(state)
            self._spell_as_before(cart, message)
            for _time in range(2):
                self._upgrade()
                self.assertSpelled(self.NEW, cart, message)

    def test_a_contact_that_has_the_ascii_form_keeps_it(self):
        self._make_customer("Ivan", self.OLD)
        cart = self._make_anonymous_cart(cart_email=self.NEW)
        message = self._find(cart).message_ids
        self._spell_as_before(cart, message)
        self._upgrade()
        self.assertSpelled(self.OLD, cart, message)

    def test_who_has_opted_out_stays_out_in_the_other_spelling(self):
        self.env["mail.blacklist"]._add(self.OLD)
        self._upgrade()
        messages = self._remind(self._make_cart(self._make_customer("Ivan", self.NEW)))
        self.assertEqual(set(messages.mapped("reason")), {"opted_out"})

    def test_an_open_one_learns_the_address_that_was_none_before(self):
        cart = self._make_cart(self._make_customer(email='"Ada" <ada@example.com>'))
        unfinished = self._find(cart)
        unfinished.write({"email": "", "customer_key": f"c:{cart.partner_id.id}"})
        unfinished.message_ids.write({"address": "", "customer_key": False})
        self._upgrade()
        self.assertEqual(unfinished.email, "ada@example.com")
        waiting = unfinished.message_ids.filtered(lambda m: m.state == "waiting")
        self.assertEqual(waiting.address, "ada@example.com")

    def test_orders_from_before_the_installation_count(self):
        order = self._make_cart(self._make_customer(email="Old@Example.com"))
        order.action_confirm()
        order.write({"placed_at": False, "cart_email": False, "date_order": "2020-01-01"})
        self.patch(self.script, "ORDERS", 3)
        self._upgrade()
        self.assertEqual(order.placed_at, fields.Datetime.to_datetime("2020-01-01"))
        self.assertEqual(order.cart_email, "old@example.com")


@tagged("post_install", "-at_install")
class TestMigrationTo1913(EngineCase, TransactionCase):
    def test_unfinished_orders_from_before_are_their_salespeoples(self):
        seller, other = (
            new_test_user(self.env, login, groups="sales_team.group_sale_salesman")
            for login in ("seller", "other")
        )
        customer = self._make_customer("Copy", "copy@example.com")
        own, nobodys, source = (
            self._make_unfinished(self._make_cart(customer, user_id=user and user.id))
            for user in (seller, False, seller)
        )
        copy = self._make_cart(customer, cart_source_id=source.id, user_id=other.id)
        copy.action_confirm()
        self.env.flush_all()
        self.env.cr.execute("UPDATE unfinished_order SET user_id = NULL")
        self.env.invalidate_all()
        script = load_script("19.0.1.3.0")
        script.BATCH = 2
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertEqual((own.user_id, source.user_id), (seller, other))
        self.assertFalse(nobodys.user_id)
        script.migrate(self.env.cr, None)  # a new installation has nothing to fill


@tagged("post_install", "-at_install")
class TestMigrationTo1930(TransactionCase):
    """What is new in the shipped mail templates reaches those that nobody has changed."""

    def setUp(self):
        super().setUp()
        self.script = load_script("19.0.1.3.0", "post-mail-templates")
        self.first, self.second = (
            self.env.ref(f"{ADDON}.mail_template_reminder_{number}") for number in (1, 2)
        )
        self.env["res.lang"]._activate_lang("vi_VN")
        self.first.subject = self.script.OLD_SUBJECTS["en_US"]
        self.first.with_context(lang="vi_VN").subject = self.script.OLD_SUBJECTS["vi_VN"]
        shipped = str(self.second.body_html)
        self.second.body_html = shipped.replace(self.script.PHONE, self.script.OLD_PHONE)

    def _migrate(self):
        self.env.flush_all()
        self.script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()

    def test_unchanged_templates_become_those_that_are_shipped_now(self):
        self.assertIn(self.script.OLD_PHONE, str(self.second.body_html))
        self._migrate()
        self.assertEqual(self.first.subject, self.script.SUBJECT)
        self.assertEqual(self.first.with_context(lang="vi_VN").subject, self.script.SUBJECT)
        self.assertIn(self.script.PHONE, str(self.second.body_html))
        self.assertNotIn(self.script.OLD_PHONE, str(self.second.body_html))
        self.env["ir.module.module"]._load_module_terms([ADDON], ["vi_VN"])
        before = self.second.body_html
        self._migrate()
        self.assertEqual(self.second.body_html, before, "a second time changes nothing")

    def test_words_of_the_shops_own_stay(self):
        self.first.with_context(lang="vi_VN").subject = "Của tôi"
        self.second.body_html += '<a href="tel:+1555">+1 555</a>'
        own = self.second.body_html
        self._migrate()
        self.assertEqual(self.first.with_context(lang="vi_VN").subject, "Của tôi")
        self.assertEqual(self.first.subject, self.script.SUBJECT)
        self.assertEqual(self.second.body_html, own)
        self.first.subject = "Mine"
        self._migrate()
        self.assertEqual(self.first.subject, "Mine")
