"""Let rows from before know people as this version does, and when orders were placed."""

import idna

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from odoo.addons.website_sale_order_handling.models.cart.sale_order_placed import fill_placed

IN_ASCII = "%@%xn--%"
BATCH = 10_000
ORDERS = 100_000
# Where an address stands; and where a customer's key, which begins with "e:".
ADDRESSES = (
    ("sale_order", "cart_email", ""),
    ("unfinished_order", "email", ""),
    ("unfinished_order", "customer_name", ""),
    ("unfinished_order", "customer_key", "e:"),
    ("recovery_message", "address", ""),
    ("recovery_message", "customer_key", "e:"),
)


def migrate(cr, version):
    """Bring existing rows up to date; a new installation (no version) has none."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.flush_all()
    _spell_domains(env)
    _spell_blacklist(env)
    _fill_placed(env)
    env.invalidate_all()
    _follow_buyers(env)


def _spell_domains(env):
    """Write international domains as Odoo does, in letters: they were kept in their ASCII form.

    An address that a contact has in that form is Odoo's own spelling of it, and stays.
    """
    for table, column, prefix in ADDRESSES:
        names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
        found = env.execute_query(
            SQL(
                """SELECT DISTINCT %(column)s FROM %(table)s t
                    WHERE %(column)s LIKE %(in_ascii)s
                      AND NOT EXISTS (
                            SELECT FROM res_partner p
                             WHERE p.email_normalized = substr(t.%(column)s, %(start)s))""",
                in_ascii=IN_ASCII,
                start=len(prefix) + 1,
                **names,
            )
        )
        spelled = {old: _in_letters(old) for (old,) in found}
        spelled = {old: new for old, new in spelled.items() if new != old}
        if spelled:
            env.cr.execute(
                SQL(
                    """UPDATE %(table)s SET %(column)s = new.value
                         FROM unnest(%(old)s::text[], %(new)s::text[]) AS new(old, value)
                        WHERE %(table)s.%(column)s = new.old""",
                    old=list(spelled),
                    new=list(spelled.values()),
                    **names,
                )
            )


def _spell_blacklist(env):
    """Let those who have opted out be known in the other spelling, too."""
    blacklist = env["mail.blacklist"]
    for entry in blacklist.search([("email", "=like", IN_ASCII)]):
        if (spelled := _in_letters(entry.email)) != entry.email:
            blacklist._add(spelled)


def _in_letters(address):
    """Return an address (or a key that ends with one) with its domain in letters."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def _fill_placed(env):
    """Note when and by whom orders were placed before this app was installed."""
    first, last = env.execute_query(SQL("SELECT min(id), max(id) FROM sale_order"))[0]
    for start in range(first, last + 1, ORDERS) if last else ():
        fill_placed(env, start, start + ORDERS - 1)


def _follow_buyers(env):
    """Let open unfinished orders, and what waits for them, know the buyers of this moment."""
    unfinished = env["unfinished.order"]
    last = 0
    while some := unfinished.search(
        [("state", "=", "open"), ("id", ">", last)], order="id", limit=BATCH
    ):
        some._follow_buyers()
        last = some[-1].id
        env.flush_all()
        env.invalidate_all()
