"""Who may see and change what: sales people, managers, administrators, other companies."""

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from .common_engine import EngineCase
from .test_public_methods import call_as, methods_of_ours, models_of_ours

SELLER = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"
FOR_ALL_COMPANIES = ("recovery.channel", "recovery.country.rule")
OURS = (
    "unfinished.order",
    "unfinished.order.payment",
    "recovery.campaign",
    "recovery.step",
    "recovery.message",
    "recovery.event",
    "recovery.way",
    "recovery.parameter",
    "recovery.attempt",
    *FOR_ALL_COMPANIES,
)
# Whose rules are tested with what they are for.
ELSEWHERE = ("recovery.way", "recovery.parameter", "recovery.attempt", *FOR_ALL_COMPANIES)
# What nobody but administrators may even read.
SECRETS = ("recovery.account.setting",)
# What the engine keeps for itself; who may read it is tested with what it is for.
BY_THE_ENGINE = (
    "recovery.bounce",
    "recovery.message.day",
    "recovery.report",
    "recovery.taken.day",
    "unfinished.order.day",
    "unfinished.order.day.credit",
    "unfinished.order.day.product",
    "unfinished.order.erasure",
    "unfinished.order.export",
    "unfinished.order.export.part",
    "unfinished.order.kept.product",
    "unfinished.order.scan",
)


@tagged("post_install", "-at_install")
class TestAccess(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "seller", groups=SELLER)
        cls.manager = new_test_user(cls.env, "manager", groups=MANAGER)
        cls.employee = new_test_user(cls.env, "employee", groups="base.group_user")
        cls.designer = new_test_user(
            cls.env, "designer", groups="base.group_user,website.group_website_designer"
        )
        cls.administrator = new_test_user(cls.env, "administrator", groups="base.group_system")

    def test_fault_61_no_model_of_ours_is_left_out_of_these_tests(self):
        models = {name for name in models_of_ours(self.registry) if self.env[name]._auto}
        stored = {name for name in models if not self.env[name]._transient}
        self.assertEqual(stored, {*BY_THE_ENGINE, *OURS, *SECRETS} & models)

    def test_fault_61_each_dialog_belongs_to_who_has_opened_it(self):
        """Core lets everybody who may use a dialog read what others have entered into theirs."""
        rules = self.env["ir.rule"].with_user(self.manager)
        dialogs = [name for name in models_of_ours(self.registry) if self.env[name]._transient]
        self.assertIn("unfinished.order.erase", dialogs)
        for name in dialogs:
            with self.subTest(dialog=name):
                own = [("create_uid", "in", self.manager.ids)]
                self.assertEqual(list(rules._compute_domain(name, "read") or []), own)

    def test_nobody_writes_what_the_engine_keeps(self):
        users = (self.seller, self.manager, self.employee, self.designer, self.administrator)
        for name in BY_THE_ENGINE:
            for user in users:
                for operation in ("write", "create"):
                    with self.subTest(model=name, user=user.login, operation=operation):
                        model = self.env[name].with_user(user)
                        self.assertFalse(model.has_access(operation))

    def test_the_accounts_of_channels_are_for_administrators_alone(self):
        channel = self.env["recovery.channel"].create(
            {"name": "eSMS", "driver": "recovery.driver.esms"}
        )
        self.assertTrue(channel.setting_ids)
        for user in (self.seller, self.manager, self.employee, self.designer):
            with self.subTest(user=user.login):
                for name in SECRETS:
                    self.assertFalse(self.env[name].with_user(user).has_access("read"))
                with self.assertRaises(AccessError):
                    channel.with_user(user).read(["setting_ids"])
        administered = channel.with_user(self.administrator)
        administered.setting_ids[0].secret = "key"
        self.assertEqual(administered.setting_ids[0].secret, "key")

    def may(self, user, operation):
        return {name for name in OURS if self.env[name].with_user(user).has_access(operation)}

    def test_sales_people_read_everything_and_change_nothing(self):
        self.assertEqual(self.may(self.seller, "read"), set(OURS))
        for operation in ("write", "create", "unlink"):
            self.assertEqual(self.may(self.seller, operation), set(), operation)

    def test_managers_set_up_campaigns_but_cannot_rewrite_what_was_sent(self):
        set_up = {"recovery.campaign", "recovery.step", "recovery.way", "recovery.parameter"}
        self.assertEqual(self.may(self.manager, "create"), set_up)
        self.assertEqual(self.may(self.manager, "write"), set_up)
        self.assertEqual(self.may(self.manager, "unlink"), set_up | {"unfinished.order"})

    def test_channels_and_the_rules_of_countries_are_for_administrators(self):
        for operation in ("write", "create", "unlink"):
            self.assertEqual(self.may(self.administrator, operation), set(FOR_ALL_COMPANIES))

    def test_colleagues_without_sales_rights_see_nothing(self):
        self.assertEqual(self.may(self.employee, "read"), set())
        unfinished = self._make_unfinished(self._make_cart())
        with self.assertRaises(AccessError):
            unfinished.with_user(self.employee).action_revoke_link()

    def test_a_website_designer_sets_up_the_website_and_nothing_beside_it(self):
        for operation in ("read", "write", "create", "unlink"):
            self.assertEqual(self.may(self.designer, operation), set(), operation)
        self.website.with_user(self.designer).write(
            {"send_abandoned_cart_email": True, "cart_abandoned_delay": 6.0}
        )
        campaign = self.website.recovery_campaign_ids.filtered("is_default")
        self.assertTrue(campaign.is_running)
        self.assertEqual(campaign.step_ids[0].delay_hours, 6.0)

    def test_the_state_of_an_unfinished_order_cannot_be_written_by_hand(self):
        unfinished = self._make_unfinished(self._make_cart())
        for user in (self.seller, self.manager):
            with self.assertRaises(AccessError):
                unfinished.with_user(user).write({"state": "recovered"})


@tagged("post_install", "-at_install")
class TestOtherCompany(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Other Company"})
        cls.shop = cls.env["website"].create({"name": "Other Shop", "company_id": cls.company.id})
        cls.ours = new_test_user(cls.env, "ours", groups=MANAGER)
        cls.theirs = new_test_user(
            cls.env,
            "theirs",
            groups=MANAGER,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls._start_reminders()
        cls._start_reminders(cls.shop)

    def reminded(self, website, email):
        cart = self._make_cart(self._make_customer(email, email), website=website)
        message = self._remind(cart)
        message.env["recovery.event"]._record(message, "clicked")
        return cart, message.filtered("text")

    def test_fault_61_nobody_sees_another_companys_orders_campaigns_and_messages(self):
        carts = [
            self.reminded(site, f"{site.id}@example.com")[0] for site in (self.website, self.shop)
        ]
        for cart in carts:
            self._make_transaction(cart, "error", provider_id=self.provider(cart).id)
        for user, cart, other in ((self.ours, *carts), (self.theirs, *reversed(carts))):
            for name in (name for name in OURS if name not in ELSEWHERE):
                with self.subTest(user=user.login, model=name):
                    seen = self.env[name].with_user(user).search([])
                    companies = self.company_of(seen)
                    self.assertIn(cart.company_id, companies)
                    self.assertNotIn(other.company_id, companies)

    def test_fault_61_no_method_of_ours_answers_about_another_companys_records(self):
        cart, message = self.reminded(self.website, "near@example.com")
        records = {
            "sale.order": cart,
            "sale.order.line": cart.order_line,
            "unfinished.order": message.unfinished_id,
            "recovery.message": message,
            "recovery.event": message.event_ids,
            "recovery.campaign": message.campaign_id,
            "recovery.step": message.step_id,
        }
        called = 0
        for model_name, method_name in methods_of_ours(self.registry):
            method = getattr(self.registry[model_name], method_name)
            if model_name in records and not getattr(method, "_api_model", False):
                with self.subTest(model=model_name, method=method_name):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        call_as(self.theirs, records[model_name], method_name)
                    called += 1
        self.assertGreater(called, 10)

    def provider(self, cart):
        found = self.env["payment.provider"].search([("company_id", "=", cart.company_id.id)])
        return found[:1] or self.env.ref("payment.payment_provider_transfer").copy(
            {"company_id": cart.company_id.id, "state": "disabled"}
        )

    def company_of(self, records):
        records = records.sudo()
        if records._name == "recovery.step":
            return records.campaign_id.company_id
        if records._name == "recovery.event":
            return records.message_id.company_id
        return records.company_id

    def test_fault_61_a_mail_comes_from_the_company_whose_shop_it_is(self):
        self.company.email = "hello@other.example.com"
        _cart, message = self.reminded(self.shop, "far@example.com")
        mail = self._queued_mails(message)
        self.assertIn("hello@other.example.com", mail.email_from)
        self.assertEqual(message.company_id, self.company)
        self.assertEqual(message.website_id, self.shop)

    def test_fault_61_the_link_of_another_company_cannot_be_revoked(self):
        cart, _message = self.reminded(self.shop, "far@example.com")
        unfinished = self.env["unfinished.order"].search([("order_id", "=", cart.id)])
        with self.assertRaises(AccessError):
            unfinished.with_user(self.ours).action_revoke_link()
        self.assertFalse(cart.cart_link_version)

    def test_fault_61_buying_in_one_company_does_not_silence_another(self):
        cart = self._make_cart(self._make_customer("Both", "both@example.com"), website=self.shop)
        self._find(cart)
        elsewhere = self._make_cart(self._make_customer("Both", "both@example.com"))
        elsewhere.action_confirm()
        message = self._remind(cart).filtered("text")
        self.assertEqual(message.state, "sending")
