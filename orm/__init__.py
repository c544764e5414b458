from . import batches, big_integer, ir_cron, memory, rows, sequences
