"""Words that are kept are in the shop's language, whoever's job it was that wrote them."""

from odoo.tests import TransactionCase, new_test_user, tagged

from ...drivers.base import TOO_LARGE
from ..common_engine import EngineCase


@tagged("post_install", "-at_install")
class TestStoredWords(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vietnamese = cls.env["res.lang"]._activate_lang("vi_VN")
        cls.website.language_ids |= cls.vietnamese
        cls.website.default_lang_id = cls.vietnamese
        cls._start_reminders()

    def _in_shops_language(self, source, **values):
        words = self.env(context={"lang": "vi_VN"})._(source, **values)
        self.assertNotEqual(words, source % values if values else source, "it is translated")
        return words

    def _sending(self):
        messages = self._remind(self._make_cart())
        return messages.filtered(lambda message: message.state == "sending")

    def test_what_became_of_a_mail(self):
        message = self._sending()
        self.env["recovery.message"]._on_mail_dropped([message.provider_ref])
        dropped = "The mail was removed from the queue of outgoing mails."
        self.assertEqual(message.detail, self._in_shops_language(dropped))

    def test_why_a_mail_was_refused(self):
        message = self._sending()
        refs = [message.provider_ref]
        self.env["recovery.message"]._on_mail_result(refs, TOO_LARGE, "552")
        self.assertEqual((message.state, message.reason), ("failed", "server"))
        self.assertIn("552", message.detail)
        self.assertNotIn("too large", message.detail)

    def test_each_shop_has_its_own_language(self):
        other = self.env["website"].create(
            {"name": "English Shop", "default_lang_id": self.env.ref("base.lang_en").id}
        )
        self._start_reminders(other)
        messages = self._sending()
        messages |= self._remind(
            self._make_cart(self._make_customer("Eve", "eve@example.com"), website=other)
        ).filtered(lambda message: message.state == "sending")
        self.env["recovery.message"]._on_mail_dropped(messages.mapped("provider_ref"))
        self.assertEqual(len(set(messages.mapped("detail"))), 2)

    def test_who_has_changed_a_cart(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_manager")
        cart = self._make_cart()
        waiting = self._find(cart).message_ids
        cart.with_user(seller).order_line.product_uom_qty = 3
        changed = self._in_shops_language("Changed by %(user)s", user=seller.name)
        self.assertIn(changed, waiting.mapped("detail"))

    def test_why_a_cart_could_not_be_deleted(self):
        self.website.write({"cart_retention": "30", "cart_retention_from": False})
        seen = []

        def refuse(carts):
            seen.append(carts.env.lang)
            raise ValueError("no")

        self.patch(self.registry["sale.order"], "unlink", refuse)
        cart = self._make_cart(hours_ago=31 * 24)
        self._run_cron("erase_old")
        self.assertEqual(cart.cart_kept_reason, "no")
        self.assertEqual(set(seen), {"vi_VN"})

    def test_the_default_campaign_is_named_in_every_language(self):
        website = self.env["website"].create({"name": "Second"})
        campaign = website.recovery_campaign_ids.filtered("is_default")
        english, vietnamese = (campaign.with_context(lang=code).name for code in ("en_US", "vi_VN"))
        self.assertEqual(english, "Unfinished orders of Second")
        words = self._in_shops_language("Unfinished orders of %(website)s", website="Second")
        self.assertEqual(vietnamese, words)
        native = website.with_context(lang="vi_VN").create({"name": "Third"})
        campaign = native.recovery_campaign_ids.filtered("is_default")
        self.assertEqual(campaign.with_context(lang="en_US").name, "Unfinished orders of Third")
