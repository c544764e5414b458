"""The benches: one module each, with `HELP`, `add_arguments(parser)` and `run(env, options)`.

`run` returns the figures and the lines to print above their table. What has to run inside Odoo lies
in `inside_*.py` and is started as a process of its own by `process`.
"""

from kit.bench import (
    analysis,
    cart,
    export,
    growth,
    lists,
    retention,
    send,
    senders,
    shop,
    visitor,
)

BENCHES = {
    "send": send,
    "growth": growth,
    "senders": senders,
    "visitor": visitor,
    "shop": shop,
    "cart": cart,
    "list": lists,
    "analysis": analysis,
    "export": export,
    "retention": retention,
}
