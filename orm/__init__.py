from . import batches, ir_cron, memory, rows
