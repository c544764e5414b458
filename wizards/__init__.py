from . import (
    res_config_settings,
    unfinished_order_erase,
    unfinished_order_export,
    unfinished_order_send,
)
