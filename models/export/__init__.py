from . import (
    unfinished_order_export,  # first: the others extend it
)

# isort: split
from . import (
    ir_cron,
    mail_template,
    unfinished_order_export_end,
    unfinished_order_export_erase,
    unfinished_order_export_file,
    unfinished_order_export_rows,
)
