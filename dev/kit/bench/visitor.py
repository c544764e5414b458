"""dev/bench visitor: buyers change their carts while reminders are made of them."""

import random
import time

from kit import database, say, sql
from kit.bench import carts, process, send, shops, sizes
from kit.bench.figures import Figure

HELP = "what becomes of reminders, and of visitors, when carts change while a run is on"
REMINDED = {"core": 300, "ours": 3_000}
PAUSE_SECONDS = 0.03

# As a visitor's page does that looks at prices again: the cart stays as old as it was.
CHANGE = "UPDATE sale_order SET write_date = now() AT TIME ZONE 'UTC' WHERE id = %s"
LOST = {
    "core": """
        SELECT %(count)s - count(*) FROM mail_message
         WHERE model = 'sale.order' AND res_id = ANY(%(carts)s) AND message_type != 'notification'
           AND EXISTS (SELECT 1 FROM mail_mail m WHERE m.mail_message_id = mail_message.id)""",
    # The second cart of a buyer waits for another day, and while another one of theirs, which is
    # younger than what this run looks at, counts as being filled; of two the newer one goes on.
    "ours": """
        SELECT count(*) FROM sale_order o WHERE o.id = ANY(%(carts)s) AND NOT EXISTS (
               SELECT 1 FROM unfinished_order u JOIN recovery_message m ON m.unfinished_id = u.id
                WHERE u.order_id = o.id
                  AND (m.state = 'sending' OR m.state = 'skipped' AND m.reason = 'newer_cart'
                       OR m.state = 'waiting' AND m.reason IN ('daily_limit', 'shopping')))""",
}


def add_arguments(parser):
    """Add the options of this bench."""
    sizes.add_arguments(parser)


def run(env, options):
    """Return the figures, and what is to be said about them."""
    sources, _seed = shops.kept_sources(env, options.carts)
    measured = {
        side: _measure(env, source, side, carts.default_due(options.carts))
        for side, source in sources.items()
    }

    def compare(name, key, target=""):
        return Figure(name, measured["core"][key], measured["ours"][key], target)

    return [
        compare("reminders lost to visitors, of a hundred", "lost", "= 0"),
        compare("a visitor's longest wait, ms", "longest", "≤ 250"),
        compare("a visitor's usual wait, ms", "usual"),
    ], [
        f"{options.carts:,} old carts. A visitor changed the carts that a run looked at:",
        f"{measured['core']['changes']:,} times in core's run over {REMINDED['core']:,} carts,",
        f"{measured['ours']['changes']:,} times in ours over {REMINDED['ours']:,}.",
    ]


def _measure(env, source, side, due):
    count = min(REMINDED[side], due)
    with database.scratch(source, "bench_run") as name:
        if side == "core":
            send.limit_core(name, count)
        due_carts = _oldest(name, count)
        hours = carts.hours_of(count, due)
        job = {"side": side, "hours": hours if side == "ours" else 1}
        [result], waits = process.together(
            env, name, "inside_visitor", [job], lambda is_on: _visit(name, due_carts, is_on)
        )
        parameters = {"count": count, "carts": due_carts}
        [(lost,)] = sql.rows(LOST[side], parameters, database=name)
    end = "broke off" if result["failed"] else "came to its end"
    say.step(f"{side}: the run {end}; {lost:,} of {count:,} reminders were lost")
    return {
        "lost": 100 * lost / count,
        "longest": max(waits),
        "usual": sorted(waits)[len(waits) // 2],
        "changes": len(waits),
    }


def _oldest(name, count):
    """Return the carts that the run will look at."""
    [(found,)] = sql.rows(
        """SELECT array_agg(id) FROM (
                  SELECT id FROM sale_order
                   WHERE state = 'draft' AND website_id IS NOT NULL
                     AND date_order > now() AT TIME ZONE 'UTC' - interval '20 hours'
                ORDER BY date_order LIMIT %s) oldest""",
        [count],
        database=name,
    )
    return found


def _visit(name, due_carts, is_on):
    """Change carts one after the other; return how long each change had to wait, in ms."""
    waits, chance = [], random.Random(4)
    with sql.cursor(name) as cr:
        while is_on():
            start = time.perf_counter()
            cr.execute(CHANGE, [chance.choice(due_carts)])
            waits.append((time.perf_counter() - start) * 1000)
            time.sleep(PAUSE_SECONDS)
    return waits
