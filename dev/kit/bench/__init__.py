"""The benches: one module each, with `HELP`, `add_arguments(parser)` and `run(env, options)`.

`run` returns the figures and the lines to print above their table. What has to run inside Odoo lies
in `inside_*.py` and is started as a process of its own by `process`.
"""

from kit.bench import retention, send, shop

BENCHES = {"send": send, "shop": shop, "retention": retention}
