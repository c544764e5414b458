"""Carts in committed transactions, for tests with several workers, visitors and processes."""

import threading
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name


class CommittedCase(BaseCase):
    """Records that are really there, so that other transactions and processes find them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())

    @contextmanager
    def transaction(self):
        """Give an environment whose changes are committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def at_once(self, work, count):
        """Do the same work in several threads that begin together; none of them may fail."""
        start, failures = threading.Barrier(count), []

        def begin():
            start.wait()
            try:
                work()
            except Exception as error:  # noqa: BLE001  (to be shown in the main thread)
                failures.append(error)

        workers = [threading.Thread(target=begin) for _worker in range(count)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertFalse(failures)

    def _start_reminders(self, env):
        """Switch reminders on for the first website, as if somebody had done so 5 days ago."""
        website = env["website"].search([], limit=1)
        self.website_id, self.was_running = website.id, website.send_abandoned_cart_email
        website.send_abandoned_cart_email = True
        campaign = website.recovery_campaign_ids.filtered("is_default")
        campaign.active_since = fields.Datetime.now() - timedelta(days=5)
        return website

    def _stop_reminders(self, env):
        """Switch reminders off again, unless they were on before."""
        env["website"].browse(self.website_id).send_abandoned_cart_email = self.was_running

    def _make_carts(self, env, website, name, count, **product_vals):
        """Make carts of one product, each of a contact of its own.

        :param str name: what the names and the e-mail addresses of the contacts begin with
        """
        product = env["product.product"].create(
            {"name": "Lamp", "list_price": 10.0, **product_vals}
        )
        partners = self._contact_model(env, website).create(
            [
                {"name": f"{name.title()} {n}", "email": f"{name}{n}@example.com"}
                for n in range(count)
            ]
        )
        carts = env["sale.order"].create(
            [
                {
                    "website_id": website.id,
                    "company_id": website.company_id.id,
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
                for partner in partners
            ]
        )
        self.made = {"order": carts.ids, "partner": partners.ids, "product": product.ids}
        return carts

    def _contact_model(self, env, website):
        """Return the model that creates the contacts, in the name of its user."""
        return env["res.partner"]

    def _remove_carts(self, env):
        """Delete all orders of the contacts and the contacts, and archive the product.

        The next test may remind contacts with the same addresses on this very day.
        """
        orders = env["sale.order"].search(
            ["|", ("id", "in", self.made["order"]), ("partner_id", "in", self.made["partner"])]
        )
        env["unfinished.order"].search([("order_id", "in", orders.ids)])._unlink_alone()
        env["recovery.taken.day"].search([]).unlink()
        orders.filtered(lambda order: order.state not in ("draft", "cancel"))._action_cancel()
        orders.unlink()
        env["res.partner"].browse(self.made["partner"]).exists().unlink()
        env["product.product"].browse(self.made["product"]).active = False
