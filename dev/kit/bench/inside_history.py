"""Let the engine make one of everything that it keeps, for the generator to multiply."""

from datetime import timedelta

from odoo import fields


def run(env, cart):
    """Return the ids of an unfinished order, a message and an event, and those of the steps."""
    order = env["sale.order"].browse(cart)
    website = order.website_id
    order.write(
        {
            "cart_activity_at": fields.Datetime.now() - timedelta(hours=2),
            "cart_email": "buyer@example.com",
            "cart_tz": "UTC",
            "cart_consent": "given",
        }
    )
    unfinished = env["unfinished.order"]._take_in(website, order)
    # What is older has been looked at.
    scan = env["unfinished.order.scan"]._of(website)
    scan.activity_at = fields.Datetime.now() - timedelta(hours=20)
    message = unfinished.message_ids
    event = env["recovery.event"].create({"message_id": message.id, "kind": "clicked"})
    # A shop that used Odoo's own mail has the later steps archived.
    campaign = env["recovery.campaign"].search([("website_id", "=", website.id)], limit=1)
    steps = campaign.with_context(active_test=False).step_ids
    return {
        "unfinished": unfinished.id,
        "message": message.id,
        "event": event.id,
        "steps": steps.sorted("sequence").ids[:3],
    }
