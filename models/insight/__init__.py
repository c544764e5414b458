from . import (
    campaign,
    sale_order,
    unfinished_order,
    unfinished_order_day,
    unfinished_order_desk,
    unfinished_order_export,
)
