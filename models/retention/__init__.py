from . import (
    indexes,
    ir_cron,
    sale_order,
    unfinished_order,
    unfinished_order_erase,
    unfinished_order_erasure,
    unfinished_order_guest,
    unfinished_order_unlink,
    website,
)
