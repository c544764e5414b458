"""Rows in flight: made by an earlier version, and what the newest one does with them."""

from datetime import timedelta

from odoo import Command, fields

ADDON = "website_sale_order_handling"


def run(env, stage):
    """Run one stage: before, after or uninstall."""
    return STAGES[stage](env)


def _before(env):
    """Leave carts and messages in every state that an upgrade can meet."""
    website = env["website"].search([], limit=1)
    website.send_abandoned_cart_email = True
    website.recovery_campaign_ids.active_since = fields.Datetime.now() - timedelta(days=5)
    product = env["product.product"].create({"name": "Lamp", "list_price": 10, "taxes_id": False})
    product.is_published = True
    carts = {
        name: _cart(env, website, product, name) for name in ("sent", "clicked", "alone", "queued")
    }
    env["unfinished.order"]._take_in(website, env["sale.order"].concat(*carts.values()))
    messages = env["recovery.message"]
    messages._cron_send()
    for name in ("sent", "clicked", "alone"):
        message = messages.search([("unfinished_id.order_id", "=", carts[name].id)])
        message = message.filtered(lambda one: one.state == "sending")
        message.write({"state": "sent", "sent_at": fields.Datetime.now() - timedelta(minutes=1)})
        env["mail.mail"].search([("message_id", "=", message.provider_ref)]).unlink()
        if name == "clicked":
            messages._on_link_followed(message.id, carts[name])
    (carts["clicked"] | carts["alone"]).action_confirm()
    # The second of them is the same customer's as the first of all.
    late = [
        _cart(env, website, product, "due"),
        _cart(env, website, product, "again", buyer="sent"),
    ]
    env["unfinished.order"]._take_in(website, env["sale.order"].concat(*late))
    return _look(env)


def _cart(env, website, product, name, buyer=None):
    partner = env["res.partner"].create({"name": name, "email": f"{buyer or name}@example.com"})
    cart = env["sale.order"].create(
        {
            "website_id": website.id,
            "company_id": website.company_id.id,
            "partner_id": partner.id,
            "client_order_ref": name,
            "order_line": [Command.create({"product_id": product.id})],
        }
    )
    cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
    return cart


def _look(env):
    """Return the state and the reason of each cart's messages, and what has been earned."""
    env.flush_all()
    orders = env["unfinished.order"].search([], order="id")
    return {
        one.order_id.client_order_ref: {
            "state": one.state,
            "messages": [[m.state, m.reason or ""] for m in one.message_ids.sorted("id")],
            "credit": "credit" in one._fields and (one.credit or ""),
        }
        for one in orders
    }


def _after(env):
    """Let the crons of the new version run, and deliver."""
    env["unfinished.order"]._cron_find()
    env["recovery.message"]._cron_send()
    env["mail.mail"].process_email_queue()
    return _look(env)


def _uninstall(env):
    """Remove the addon while messages wait and a mail is queued, then let core's crons run."""
    website = env["website"].search([], limit=1)
    product = env["product.product"].search([("name", "=", "Lamp")], limit=1)
    cart = _cart(env, website, product, "in flight")
    env["unfinished.order"]._take_in(website, cart)
    env["recovery.message"]._cron_send()
    env.cr.commit()
    env.ref(f"base.module_{ADDON}").button_immediate_uninstall()
    env.transaction.reset()
    env["website"]._send_abandoned_cart_email()
    env["mail.mail"].process_email_queue()
    left = env["mail.mail"].search_count([("state", "!=", "sent")])
    return {"left": left, "removed": "unfinished.order" not in env}


STAGES = {"before": _before, "after": _after, "uninstall": _uninstall}
