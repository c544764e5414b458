"""Inside Odoo: python -m kit.screens.inside CONF DATABASE ANSWER.

Prepares the demo for its pictures, and tells what there is to be pictured.
"""

import json
import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from kit import paths

# The carts that the three mails are about.
MAILED = {"first": "code", "second": "combo", "last": "gift_card"}


def main(conf, database, answer):
    """Open the database, prepare it, and write the answer."""
    config.parse_config(["-c", conf, "-d", database, "--log-level=warn"], setup_logging=True)
    with Registry(database).cursor() as cr:
        found = Demo(api.Environment(cr, SUPERUSER_ID, {})).prepare()
        cr.commit()
    Path(answer).write_text(json.dumps(found))


class Demo:
    """The demo's records."""

    def __init__(self, env):
        """Find them in this environment."""
        self.env = env
        self.website = env.ref("website.default_website")
        self.campaign = self.website.recovery_campaign_ids.filtered("is_default")

    def prepare(self):
        """Change what the pages shall tell, and return links, ids and mails by their names."""
        self.website.company_id.phone = "+1 555 0100"
        export = self._export()
        # New prices and a product that is no longer sold, for the pages of the link.
        self.env.ref("product.product_product_16").list_price += 5
        self.env.ref("product.product_product_11").is_published = False
        message = self._unfinished("reminded").message_ids.filtered(lambda m: m.state == "sent")[:1]
        return {
            "database": self.env.cr.dbname,
            "links": {
                "open": self._link("code"),
                "nothing": self._link("typed_email"),
                "placed": self._link("recovered"),
                "out": self.env["recovery.optout"]._make_url(message),
            },
            "ids": {
                "admin": self.env.ref("base.user_admin").id,
                "unfinished": self._unfinished("reminded").id,
                "sendable": self._unfinished("second_waiting").id,
                "campaign": self.campaign.id,
                "channel": self.campaign.step_ids[:1].channel_id.id,
                "message": message.id,
                "export": export.id,
            },
            "mails": {
                name: {
                    lang: self._mail(position, cart, lang)
                    for lang, _label in self.env["res.lang"].get_installed()
                }
                for position, (name, cart) in enumerate(MAILED.items())
            },
        }

    def _export(self):
        """Let the administrator have exported everything."""
        exports = self.env["unfinished.order.export"].with_user(self.env.ref("base.user_admin"))
        export = exports._start("[]", ["name", "email", "amount_total"], "xlsx")
        self.env.cr.commit()
        self.env.ref(f"{paths.ADDON}.ir_cron_export").method_direct_trigger()
        return export

    def _cart(self, name):
        return self.env.ref(f"{paths.ADDON}.demo_cart_{name}")

    def _unfinished(self, name):
        domain = [("order_id", "=", self._cart(name).id)]
        return self.env["unfinished.order"].search(domain)

    def _link(self, name):
        return self.env["unfinished.order.link"]._make_url(self._cart(name))

    def _mail(self, position, name, lang):
        cart = self._cart(name)
        out = f"{cart.get_base_url()}/shop/reminders"
        step = self.campaign.step_ids.sorted("delay_hours")[position]
        return str(step._render(cart, lang, {cart: self._link(name)}, {cart: out})[cart]["html"])


if __name__ == "__main__":
    main(*sys.argv[1:])
