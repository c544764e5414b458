"""Export unfinished orders the way Odoo's own dialog does, or ours, and measure what it takes."""

import gc
import time

from odoo import SUPERUSER_ID, api

from kit.bench.inside_send import MEGABYTE, Memory

REMINDERS = ("next_reminder_at", "reminder_note")
WARM_UP = 100


def run(env, kind, rows, with_reminders=False):
    """Return rows per second and the growth of memory; a small export comes first to warm up.

    :param str kind: "core", "csv" or "xlsx"
    """
    columns = list(env["unfinished.order.export"]._default_columns())
    columns += REMINDERS if with_reminders else ()
    admin = env.ref("base.user_admin")
    admin.write({"tz": "Europe/Sofia", "lang": "en_US"})
    admin.group_ids += env.ref("base.group_allow_export")
    newest = env["unfinished.order"].search([], order="id desc", limit=1).id
    env.cr.commit()
    _export(env.registry, kind, columns, newest, WARM_UP)
    gc.collect()
    with Memory() as memory:
        start = time.perf_counter()
        size = _export(env.registry, kind, columns, newest, rows)
        seconds = time.perf_counter() - start
    return {
        "rows": rows,
        "rate": rows / seconds,
        "megabytes": memory.growth / MEGABYTE,
        "size": size,
    }


def _export(registry, kind, columns, newest, rows):
    """Export the newest rows, as an administrator; return the bytes of the file, if there is one.

    The generator has numbered the rows without a gap.
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        mine = env(user=env.ref("base.user_admin").id, context={"lang": "en_US"})
        domain = [("id", ">", newest - rows)]
        if kind == "core":
            found = mine["unfinished.order"].search(domain, order="id desc")
            exported, size = len(found.export_data(columns)["datas"]), 0
        else:
            export = mine["unfinished.order.export"]._start(repr(domain), columns, kind)
            env["unfinished.order.export"]._cron_export()
            exported, size = export.row_count, export.file_size
        if exported != rows:
            raise RuntimeError(f"{kind} exported {exported} rows instead of {rows}")
        return size
