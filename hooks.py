"""Take over from Odoo's own reminder on installation, and hand back on removal."""

from collections import defaultdict

from odoo import fields
from odoo.tools import SQL

from .models.cart.sale_order_placed import fill_placed
from .orm.rows import update_rows
from .orm.sequences import sequence_of, take_numbers

BATCH = 10_000


def pre_init_hook(env):
    """Fill what is known of existing carts and orders before the ORM could do it one by one."""
    env.cr.execute(
        """ALTER TABLE sale_order ADD COLUMN IF NOT EXISTS cart_activity_at timestamp,
                                  ADD COLUMN IF NOT EXISTS placed_at timestamp,
                                  ADD COLUMN IF NOT EXISTS cart_email varchar,
                                  ADD COLUMN IF NOT EXISTS cart_phone varchar"""
    )
    fill_placed(env)
    env.cr.execute(
        """UPDATE sale_order SET cart_activity_at = date_order
            WHERE state = 'draft' AND website_id IS NOT NULL AND cart_activity_at IS NULL"""
    )


def post_init_hook(env):
    """Adopt what the shop had set for Odoo's reminder, and disarm the links that it mailed."""
    websites = env["website"].search([])
    for website in websites:
        if not website._default_recovery_campaign():
            env["recovery.campaign"]._adopt_core_settings(website)
    env["recovery.campaign"]._create_shipped(websites)
    _disarm_core_links(env)
    _show_core_menu(env, shown=False)


def uninstall_hook(env):
    """Give core its mail back, without anything for it to send that has been sent."""
    env.cr.execute(
        """UPDATE sale_order o SET cart_recovery_email_sent = true
             FROM recovery_message m JOIN unfinished_order u ON u.id = m.unfinished_id
            WHERE u.order_id = o.id AND m.sent_at IS NOT NULL
              AND o.cart_recovery_email_sent IS NOT TRUE"""
    )
    # Core looks at everything since its switch was turned on, which can be years ago.
    env.cr.execute(
        "UPDATE website SET send_abandoned_cart_email_activation_time = %s"
        " WHERE send_abandoned_cart_email",
        [fields.Datetime.now()],
    )
    env.cr.execute(
        "UPDATE sale_order SET access_token = core_recovery_token"
        " WHERE access_token IS NULL AND core_recovery_token IS NOT NULL"
    )
    env.invalidate_all()
    _remove_jobs(env)
    _remove_messages(env)
    _remove_files(env)
    _number_carts(env)
    _hand_back_template(env)
    _show_core_menu(env, shown=True)


def _number_carts(env):
    """Let all carts take order numbers, as `_take_order_number` does one by one.

    Without the app, nobody would know that their own numbers are none of orders.
    """
    sequences = {}
    for ids_of_company in _carts_to_number(env):
        for company_id, ids in ids_of_company.items():
            company = env["res.company"].browse(company_id)
            if company not in sequences:
                sequences[company] = sequence_of(env, "sale.order", company)
            if numbers := take_numbers(sequences[company], len(ids)):
                update_rows(env["sale.order"].browse(ids), [{"name": number} for number in numbers])
        env.invalidate_all()  # a million carts are too many to remember


def _carts_to_number(env):
    """Yield the ids of a batch of carts after the other, by company."""
    rows = [(0, None)]
    while rows:
        rows = env.execute_query(
            SQL(
                """SELECT id, company_id FROM sale_order
                    WHERE state = 'draft' AND name = cart_number AND id > %s
                 ORDER BY id LIMIT %s""",
                rows[-1][0],
                BATCH,
            )
        )
        ids_of_company = defaultdict(list)
        for order_id, company_id in rows:
            ids_of_company[company_id].append(order_id)
        yield ids_of_company


def _remove_jobs(env):
    """Take back what waits in the queue of OCA's queue_job: nobody could work on it any more."""
    if "queue.job" in env:
        ours = "website_sale_order_handling.%"
        env["queue.job"].search([("identity_key", "=like", ours)]).unlink()


def _remove_messages(env):
    """Take back what waits in a queue: its link would open nothing."""
    queued = env["recovery.message"].search(
        [("state", "=", "sending"), ("provider_ref", "!=", False)]
    )
    queued._take_back()
    # What they refer to is removed next, in an order that nobody can choose. Not through the
    # ORM: the website's settings follow the campaign, and they are core's again.
    tables = ("event", "report", "attempt", "message_day", "message", "parameter", "way", "step")
    for table in (*tables, "campaign"):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(f"recovery_{table}")))
    env.invalidate_all()


def _remove_files(env):
    """Delete the files of exports, while Odoo still knows what they are attached to."""
    parts = env["unfinished.order.export.part"]
    env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(parts._table)))
    env["ir.attachment"].search([("res_model", "=", parts._name)]).unlink()
    env.invalidate_all()


def _disarm_core_links(env):
    """Keep the tokens that Odoo mailed for our own safe page only (B20, B21).

    Such a token is the portal's: it opens the buyer's address and cannot expire.
    """
    env.cr.execute(
        """UPDATE sale_order SET core_recovery_token = access_token, access_token = NULL
            WHERE state = 'draft' AND website_id IS NOT NULL AND cart_recovery_email_sent
              AND access_token IS NOT NULL"""
    )
    env.invalidate_all()


def _hand_back_template(env):
    """Let websites that use a template of ours use core's again: ours goes with the app."""
    core_template = env.ref(
        "website_sale.mail_template_sale_cart_recovery", raise_if_not_found=False
    )
    ours = env["ir.model.data"].search(
        [("module", "=", "website_sale_order_handling"), ("model", "=", "mail.template")]
    )
    if core_template and ours:
        env.cr.execute(
            "UPDATE website SET cart_recovery_mail_template_id = %s"
            " WHERE cart_recovery_mail_template_id IN %s",
            [core_template.id, tuple(ours.mapped("res_id"))],
        )


def _show_core_menu(env, shown):
    menu = env.ref("website_sale.menu_orders_abandoned_orders", raise_if_not_found=False)
    if menu:
        menu.active = shown
