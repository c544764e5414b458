"""The set-up assistant: from nothing to a campaign that runs."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..common_engine import EngineCase

MANAGER = "sales_team.group_sale_manager"


class SetupCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["website"].create({"name": "New Shop", "sequence": -1})
        cls.campaign = cls.shop.recovery_campaign_ids.filtered("is_default")
        cls.manager = new_test_user(cls.env, "manager", groups=MANAGER, email="manager@example.com")

    def leave(self, count, hours_ago=30, **kwargs):
        left = self.env["unfinished.order"]
        for number in range(count):
            name = f"s{number}h{hours_ago}"
            buyer = self._make_customer(name, f"{name}@example.com")
            cart = self._make_cart(buyer, website=self.shop, hours_ago=hours_ago, **kwargs)
            left |= self._make_unfinished(cart)
        return left

    def begin(self, campaign=None, user=None):
        campaign = (campaign or self.campaign).with_user(user or self.manager)
        action = campaign.action_set_up()
        return self.env["recovery.setup"].with_user(user or self.manager).browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestSetupAssistant(SetupCase, TransactionCase):
    def rows(self, action):
        return self.env[action["res_model"]].search(action["domain"])

    def test_it_leads_from_nothing_to_a_campaign_that_runs(self):
        self.leave(2)
        action = self.env["recovery.setup"].with_user(self.manager).action_open()
        setup = self.env["recovery.setup"].with_user(self.manager).browse(action["res_id"])
        self.assertTrue(setup.campaign_id.is_default)
        setup.website_id = self.website
        self.assertEqual(setup.campaign_id.website_id, self.website)
        setup.website_id = self.shop
        self.assertEqual(setup.campaign_id, self.campaign)
        setup.action_next()
        self.assertEqual(setup.channel_ids.channel_id, self.campaign.step_ids.channel_id)
        self.assertFalse(setup.channel_ids.trouble or setup.obstacles)
        setup.action_next()
        self.assertEqual((setup.stage, setup.sent_count), ("dry_run", 4))
        before = fields.Datetime.now()
        setup.action_activate()
        self.assertEqual(setup.stage, "done")
        self.assertTrue(self.campaign.is_running)
        self.assertGreaterEqual(self.campaign.active_since, before)

    def test_it_never_writes_to_carts_from_before(self):
        unfinished = self.leave(2)
        setup = self.begin()
        setup.action_next()
        setup.action_next()
        setup.action_activate()
        self._run_cron("find")
        self._run_cron("send")
        self.assertFalse(unfinished.message_ids)

    def test_each_figure_opens_the_rows_that_it_counts(self):
        self.leave(3)
        self.leave(2, hours_ago=3)
        silent = self.leave(2, hours_ago=50)
        for unfinished in silent:
            self.env["mail.blacklist"]._add(unfinished.email)
        setup = self.begin()
        setup.action_next()
        setup.action_next()
        for outcome, count in (("sent", 8), ("held", 0), ("skipped", 4)):
            rows = self.rows(getattr(setup, f"action_show_{outcome}")())
            with self.subTest(outcome=outcome):
                self.assertEqual((setup[f"{outcome}_count"], len(rows)), (count, count))
        (figure,) = setup.figure_ids
        self.assertEqual((figure.reason, figure.messages), ("opted_out", 4))
        self.assertEqual(self.rows(figure.action_rows()).unfinished_id, silent)
        self.assertIn("About all 7 carts", setup.scope)
        row = self.rows(figure.action_rows())[0]
        self.assertEqual(row.action_open()["res_id"], row.unfinished_id.id)

    def test_going_back_and_looking_again_counts_nothing_twice(self):
        self.leave(1)
        setup = self.begin()
        setup.action_next()
        setup.action_next()
        for _time in range(2):
            setup.action_look_again()
        self.assertEqual((setup.sent_count, len(setup.row_ids)), (2, 2))
        setup.action_back()
        setup.action_back()
        self.assertEqual(setup.stage, "campaign")

    def test_what_costs_nothing_says_so_and_what_costs_something_too(self):
        self.leave(2)
        setup = self.begin()
        setup.action_next()
        setup.action_next()
        self.assertIn("0.00", setup.cost)
        currency = self.env.ref("base.EUR")
        currency.active = True
        driver = type(self.env[self.campaign.step_ids.channel_id.driver])
        with patch.object(driver, "_price", lambda _self, _account: (0.25, "EUR")):
            setup.action_look_again()
        self.assertIn("1.00", setup.cost)
        self.assertIn("€", setup.cost)

    def test_a_channel_that_cannot_be_used_says_so_and_leads_to_where_it_is_set_up(self):
        channel = self.campaign.step_ids.channel_id
        channel.driver = "recovery.driver.gone"
        administrator = new_test_user(self.env, "admin2", groups=f"{MANAGER},base.group_system")
        for user in (self.manager, administrator):
            setup = self.begin(user=user)
            setup.action_next()
            line = setup.channel_ids
            with self.subTest(user=user.login):
                self.assertIn("not installed any more", line.trouble)
                self.assertEqual("Ask an administrator" in line.trouble, user == self.manager)
                self.assertEqual(line.action_target()["res_id"], channel.id)
                self.assertTrue(setup.obstacles)
        with self.assertRaisesRegex(UserError, "not installed any more"):
            setup.action_activate()
        self.assertFalse(self.campaign.is_running)
        channel.driver = "recovery.driver.email"
        setup.action_look_again()
        self.assertFalse(setup.channel_ids.trouble)
        setup.action_activate()
        self.assertTrue(self.campaign.is_running)

    def test_a_server_that_is_missing_is_named(self):
        driver = type(self.env["recovery.driver.email"])
        with patch.object(driver, "_is_ready", lambda _self: False):
            setup = self.begin()
            setup.action_next()
        self.assertIn("outgoing mail server", setup.channel_ids.trouble.lower())

    def test_a_step_that_would_fail_holds_it_up(self):
        self.campaign.step_ids[1].mail_template_id = False
        setup = self.begin()
        self.assertIn("no e-mail template", setup.trouble)
        self.assertTrue(setup.obstacles)

    def test_each_channel_tells_its_conditions(self):
        channel = self.campaign.step_ids.channel_id
        channel.write({"has_quiet_hours": True, "quiet_from": 21, "quiet_to": 7.5})
        channel.sender = "Shop <shop@example.com>"
        setup = self.begin()
        setup.action_next()
        conditions = setup.channel_ids.conditions
        for words in ("21:00 to 07:30", "shop@example.com", "unsubscribe", "one message a day"):
            self.assertIn(words, conditions)

    def test_a_preview_is_that_of_the_first_step_through_the_channel(self):
        steps = self.campaign.step_ids
        other = steps.channel_id.copy({"name": "Other"})
        steps[1].channel_id = other
        setup = self.begin()
        setup.action_next()
        self.assertEqual(setup.channel_ids.step_id, steps[:2])
        self.assertEqual(setup.channel_ids.channel_id, steps[0].channel_id | other)
        self.assertTrue(setup.channel_ids[1].step_id.get_mail_picture()["html"])

    def add_sms(self, **vals):
        """Let the first step have SMS as its second way."""
        self.sms = self.env.ref("website_sale_order_handling.channel_sms")
        self.sms.write({"unit_cost": 0.05, "unit_currency_id": self.env.ref("base.USD").id})
        step = {"step_id": self.campaign.step_ids[0].id, "channel_id": self.sms.id}
        return self.env["recovery.way"].create({**step, "text": "{shop}: {link}", **vals})

    def test_each_channel_of_each_way_is_shown_with_its_conditions_and_words(self):
        way = self.add_sms()
        setup = self.begin()
        setup.action_next()
        email, sms = setup.channel_ids
        self.assertEqual((sms.channel_id, sms.way_id), (self.sms, way))
        self.assertIn("each part of a text", sms.conditions)
        self.assertFalse(email.way_id or sms.mail_template_id)
        picture = email.step_id.get_mail_picture(email.mail_template_id.id, False)
        self.assertTrue(picture["html"])
        picture = sms.step_id.get_mail_picture(False, sms.way_id.id)
        self.assertRegex(picture["text"], r"^New Shop: http\S+/shop/cart\n")
        self.assertRegex(picture["size"], r"^Letters: 1\d\d\. Charged as SMS: [12]\.$")

    def test_another_steps_way_is_not_shown(self):
        way = self.add_sms(step_id=self.campaign.step_ids[1].id)
        self.assertIn("html", self.campaign.step_ids[0].get_mail_picture(False, way.id))

    def test_a_mail_server_that_is_missing_is_no_trouble_of_sms(self):
        self.add_sms()
        driver = type(self.env["recovery.driver.email"])
        with patch.object(driver, "_is_ready", lambda _self: False):
            setup = self.begin()
            setup.action_next()
            email, sms = setup.channel_ids
        self.assertTrue(email.trouble)
        self.assertFalse(sms.trouble)

    def test_the_dry_run_counts_each_channel_and_each_part_of_a_text(self):
        way = self.add_sms(text="đ" * 150)
        self.campaign.step_ids[1:].active = False
        self.leave(2)
        silent = self.leave(3, hours_ago=20)
        silent.write({"email": False})
        for number, unfinished in enumerate(silent):
            unfinished.phone = f"+8491234567{number}"
        setup = self.begin()
        setup.action_next()
        setup.action_next()
        counts = {line.channel_id: line.messages for line in setup.way_ids}
        self.assertEqual(counts, {self.campaign.step_ids[0].channel_id: 2, self.sms: 3})
        for line in setup.way_ids:
            rows = self.rows(line.action_rows())
            self.assertEqual(rows.channel_id, line.channel_id)
            self.assertEqual(len(rows), line.messages)
        with self.campaign.step_ids._cart_to_show(self.shop) as cart:
            parts = way._size(cart, "en_US").parts
        self.assertGreaterEqual(parts, 3)
        self.assertIn(f"{0.05 * 3 * parts:.2f}", setup.cost)

    def test_who_may_not_set_up_campaigns_has_no_assistant(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["recovery.setup"].with_user(seller).action_open()
        with self.assertRaises(AccessError):
            self.campaign.with_user(seller).action_set_up()

    def test_another_companys_campaign_cannot_be_chosen(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=MANAGER,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        site = self.env["website"].create({"name": "Theirs", "company_id": company.id})
        action = self.env["recovery.setup"].with_user(stranger).action_open()
        setup = self.env["recovery.setup"].with_user(stranger).browse(action["res_id"])
        self.assertEqual(setup.campaign_id.website_id, site)
        with self.assertRaises(AccessError):
            self.env["recovery.setup"].with_user(stranger).action_open(self.campaign.id)

    def test_a_dry_run_of_thousands_of_rows_is_written_in_few_statements(self):
        self.leave(3)
        setup = self.begin()
        setup.action_next()
        found = self.env["recovery.rehearsal"]._rehearse(self.campaign)
        many = found._replace(rows=found.rows * 500)
        rehearse = type(self.env["recovery.rehearsal"])
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        with patch.object(rehearse, "_rehearse", lambda _self, _campaign: many):
            setup.action_next()
            self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 60)
        self.assertEqual(setup.sent_count, 3000)


@tagged("post_install", "-at_install")
class TestSetupInBrowser(SetupCase, HttpCase):
    def test_from_nothing_to_active(self):
        self.leave(2, hours_ago=30)
        self.campaign.name = "The first campaign"
        self.shop.company_id.email = "shop@example.com"
        self.start_tour("/odoo/recovery-setup", "backend_recovery_setup", login="admin")
        self.assertTrue(self.campaign.is_running)
        started = fields.Datetime.now() - self.campaign.active_since
        self.assertLess(started, timedelta(minutes=5))

    def test_a_channel_that_cannot_be_used_is_named(self):
        self.campaign.step_ids.channel_id.driver = "recovery.driver.gone"
        self.start_tour("/odoo/recovery-setup", "backend_recovery_setup_trouble", login="admin")
        self.assertFalse(self.campaign.is_running)
