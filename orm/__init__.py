from . import batches, big_integer, ir_cron, languages, memory, rows, sequences
