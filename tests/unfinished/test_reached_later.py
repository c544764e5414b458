"""Carts that had been passed by the search when their buyers could be reached at last."""

from odoo.tests import TransactionCase, new_test_user, tagged

from ..common import queries_of
from ..common_engine import EngineCase


@tagged("post_install", "-at_install")
class TestReachedLater(EngineCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_manager,base.group_partner_manager"
        cls.clerk = new_test_user(cls.env, "clerk", groups=groups)

    def assertTakenInAfter(self, cart, change):
        left_at = cart.cart_activity_at
        self.assertFalse(self._find(cart))
        self.assertFalse(self._find(cart))
        change()
        unfinished = self._find(cart)
        self.assertEqual(unfinished.state, "open")
        self.assertEqual(unfinished.email, "ada@example.com")
        self.assertEqual(unfinished.activity_at, left_at)

    def test_when_a_seller_says_whose_an_anonymous_cart_is(self):
        cart, ada = self._make_anonymous_cart(), self._make_customer()
        self.assertTakenInAfter(
            cart, lambda: cart.with_user(self.clerk).write({"partner_id": ada.id})
        )

    def test_when_a_contact_gets_an_address(self):
        nameless = self._make_customer(email=False)
        cart = self._make_cart(nameless)
        self.assertTakenInAfter(
            cart, lambda: nameless.with_user(self.clerk).write({"email": "ada@example.com"})
        )

    def test_when_a_contact_is_restored(self):
        ada = self._make_customer()
        cart = self._make_cart(ada)
        ada.action_archive()
        self.assertTakenInAfter(cart, ada.action_unarchive)

    def test_nobody_who_is_still_at_it(self):
        nameless = self._make_customer(email=False)
        cart = self._make_cart(nameless, hours_ago=0)
        nameless.email = "ada@example.com"
        self.assertFalse(cart.cart_recheck_at)
        self.assertFalse(self._find(cart))

    def test_what_is_known_is_not_looked_for_again(self):
        cart = self._make_cart(ada := self._make_customer())
        self._find(cart)
        ada.email = "new@example.com"
        self.assertFalse(cart.cart_recheck_at)

    def test_one_bad_cart_does_not_stop_the_others(self):
        contacts = [self._make_customer(f"C{n}", email=False) for n in range(3)]
        carts = self.env["sale.order"].concat(*map(self._make_cart, contacts))
        self.assertFalse(self._find(carts))
        for contact in contacts:
            contact.email = f"c{contact.id}@example.com"
        take_in = self.registry["unfinished.order"]._take_in

        def take_in_all_but_one(unfinished, website, group):
            if carts[1] in group:
                raise ValueError("bad cart")
            return take_in(unfinished, website, group)

        self.patch(self.registry["unfinished.order"], "_take_in", take_in_all_but_one)
        scan = self.env["unfinished.order.scan"]
        with self.assertLogs("odoo.addons.website_sale_order_handling.models"):
            self.assertEqual(scan._find_late(self.website), 2)
        found = self.env["unfinished.order"]._of_orders(carts).order_id
        self.assertEqual(found, carts[0] | carts[2])

    def test_many_contacts_cost_as_many_queries_as_few(self):
        def queries(count):
            contacts = [self._make_customer(f"C{n}", email=False) for n in range(count)]
            partners = self.env["res.partner"].concat(*contacts)
            for partner in partners:
                self._make_cart(partner)
            self._find()
            self.env.flush_all()
            self.env.cr.execute(
                """UPDATE res_partner SET email_normalized = 'c' || id || '@example.com'
                    WHERE id = ANY(%s)""",
                [partners.ids],
            )
            orders = self.env["sale.order"]
            noted = queries_of(self.env, lambda: orders._on_contacts_changed(partners))
            scan = self.env["unfinished.order.scan"]
            taken = queries_of(self.env, lambda: scan._find_late(self.website))
            self.assertTrue(
                self.env["unfinished.order"].search([("partner_id", "in", partners.ids)])
            )
            return noted, taken

        queries(3)  # fills the caches of the registry
        few, many = queries(5), queries(20)
        self.assertEqual(many, few)
