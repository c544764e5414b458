"""A step's mail for those who write it: as a picture, and sent to themselves."""

import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common_engine import EngineCase, smtp_server

SELLER = "sales_team.group_sale_salesman"
RENDERING_LOGS = ("odoo.addons.mail.models.mail_render_mixin", "odoo.addons.base.models.ir_qweb")


class TrialCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["website"].create({"name": "New Shop"})
        cls.step = cls.shop.recovery_campaign_ids.filtered("is_default").step_ids[0]
        cls.seller = new_test_user(cls.env, "seller", groups=SELLER, email="seller@example.com")
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()


@tagged("post_install", "-at_install")
class TestTrialMail(TrialCase, TransactionCase):
    def kept(self):
        """Return how many records there are of all that a reminder leaves behind."""
        names = ("recovery.message", "recovery.event", "sale.order", "unfinished.order")
        return [self.env[name].search_count([]) for name in names]

    def reminded_cart(self):
        self._start_reminders(self.shop)
        buyer = self._make_customer("Zoe", "zoe@example.com")
        cart = self._make_cart(buyer, [self.chair], website=self.shop)
        return cart, self._remind(cart).filtered("text")

    def test_a_test_goes_to_my_own_address_and_counts_nowhere(self):
        cart, message = self.reminded_cart()
        self._queued_mails(message).unlink()
        self.env.invalidate_all()
        before, sent = self.kept(), self.step.sent_count
        answer = self.step.with_user(self.seller).action_send_test()
        self.assertIn("seller@example.com", answer["params"]["message"])
        with smtp_server(self.env) as inbox:
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(inbox.recipients, ["seller@example.com"])
        (mail,) = inbox.messages
        self.assertTrue(mail["Subject"].startswith("Test: "), mail["Subject"])
        text = mail.get_body(("html",)).get_content()
        self.assertIn("This is a test of the reminder", text)
        self.assertIn("Chair", text)
        self.assertFalse(mail["List-Unsubscribe"])
        self.env.invalidate_all()
        self.assertEqual((self.kept(), self.step.sent_count), (before, sent))
        self.assertFalse(self.env["mail.mail"].search([("state", "=", "outgoing")]))
        self.assertEqual(cart.state, "draft")

    def test_its_links_neither_restore_a_cart_nor_stop_reminders(self):
        self.reminded_cart()
        html = self.step.with_user(self.seller).get_mail_picture()["html"]
        links = set(re.findall(r'href="([^"]+)"', html))
        self.assertIn(f"{self.shop.get_base_url()}/shop/cart", links)
        for link in links:
            self.assertNotRegex(link, r"/shop/recover/|/shop/reminders|access_token")

    def test_a_shop_without_carts_shows_a_sample_that_is_gone_afterwards(self):
        before = self.kept()
        picture = self.step.with_user(self.seller).get_mail_picture()
        self.assertFalse(picture.get("error"))
        self.assertIn("/shop/cart", picture["html"])
        self.step.with_user(self.seller).action_send_test()
        self.assertEqual(self.kept(), before)
        self.assertTrue(self.env["mail.mail"].search([("email_to", "=", "seller@example.com")]))

    def test_another_template_is_shown_before_it_is_saved(self):
        other = self.step.mail_template_id.copy({"subject": "Quite another subject"})
        picture = self.step.with_user(self.seller).get_mail_picture(other.id)
        self.assertEqual(picture["subject"], "Quite another subject")
        self.assertNotEqual(self.step.mail_template_id, other)

    def test_what_cannot_be_sent_is_said_in_words(self):
        step = self.step.with_user(self.seller)
        self.seller.email = False
        with self.assertRaisesRegex(UserError, "enter one in your preferences"):
            step.action_send_test()
        self.seller.email = "seller@example.com"
        self.step.mail_template_id = False
        self.assertIn("no e-mail template", step.get_mail_picture()["error"])
        with self.assertRaisesRegex(UserError, "no e-mail template"):
            step.action_send_test()

    def test_a_template_that_breaks_the_database_breaks_nothing_else(self):
        template = self.step.mail_template_id
        template.body_html = "<p t-out=\"object.browse('x').name\"/>"
        with mute_logger("odoo.sql_db", *RENDERING_LOGS):
            self.assertTrue(self.step.with_user(self.seller).get_mail_picture()["error"])
        self.assertTrue(self.step.exists())

    def test_a_channel_that_sends_nothing_sends_no_test(self):
        self.step.channel_id.driver = "recovery.driver.dry_run"
        self.step.with_user(self.seller).action_send_test()
        self.assertFalse(self.env["mail.mail"].search([("email_to", "=", "seller@example.com")]))

    def test_another_companys_step_is_neither_shown_nor_sent(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=SELLER,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for name in ("get_mail_picture", "action_send_test"):
            with self.assertRaises(AccessError), self.cr.savepoint():
                getattr(self.step.with_user(stranger), name)()


@tagged("post_install", "-at_install")
class TestCampaignInBrowser(TrialCase, HttpCase):
    def test_a_campaign_is_set_up_in_a_browser(self):
        campaign = self.website.recovery_campaign_ids.filtered("is_default")
        self._make_unfinished(self._make_cart(hours_ago=100))
        self.env["res.users"].search([("login", "=", "admin")]).email = "admin@example.com"
        url = f"/odoo/recovery-campaigns/{campaign.id}"
        self.start_tour(url, "backend_recovery_campaign", login="admin")
        self.assertEqual(campaign.step_ids[0].delay_hours, 1.5)
        self.assertTrue(self.env["mail.mail"].search([("email_to", "=", "admin@example.com")]))

    def test_reports_and_messages_draw_each_state_in_its_color(self):
        for hours in (30, 55):
            email = f"buyer{hours}@example.com"
            cart = self._make_cart(self._make_customer(email, email), hours_ago=hours)
            left = self._make_unfinished(cart)
        left._move_to("expired")
        self.start_tour("/odoo/unfinished-orders-per-day", "backend_state_colors", login="admin")
