from . import (
    campaign,
    campaign_total,
    sale_order,
    step,
    unfinished_order,
    unfinished_order_day,
    unfinished_order_desk,
    unfinished_order_export,
)
