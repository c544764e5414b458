"""The two databases that every bench compares: the same shop, without the addon and with it."""

import contextlib

from kit import addon, database, odoo, paths, say, sql
from kit.bench import carts, process


@contextlib.contextmanager
def prepared(env, count, *, keep):
    """Yield the databases by side, with `count` carts each, and what the seed told about them."""
    core = database.prepare(env, "core", addon.depends())
    with database.scratch(core, "bench_core", keep=keep) as source:
        seed = process.call(env, source, "inside_seed")
        carts.generate(source, seed, count)
        with database.scratch(source, "bench_ours", keep=keep) as with_addon:
            _install(env, with_addon)
            _let_core_send(source)
            yield {"core": source, "ours": with_addon}, seed


def _install(env, name):
    """Install the addon with every rule on; let it have seen how carts and orders came about."""
    with say.timed("installing the addon in a copy"):
        odoo.install(env, name, [paths.ADDON])
    process.call(env, name, "inside_rules")
    for statement in (
        "UPDATE recovery_campaign SET active_since = active_since - interval '1 year'",
        """UPDATE sale_order o
              SET cart_email = p.email, cart_lang = p.lang,
                  placed_at = CASE WHEN o.state = 'sale' THEN o.date_order END,
                  cart_number = CASE WHEN o.state = 'draft' THEN 'UO' || o.id END,
                  name = CASE WHEN o.state = 'draft' THEN 'UO' || o.id ELSE o.name END
             FROM res_partner p WHERE p.id = o.partner_id AND o.website_id IS NOT NULL""",
        "VACUUM ANALYZE",
    ):
        sql.execute(statement, database=name)


def _let_core_send(name):
    sql.execute(
        "UPDATE website SET send_abandoned_cart_email_activation_time = now() - interval '1 year'",
        database=name,
    )
