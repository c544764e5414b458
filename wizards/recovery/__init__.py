from . import (
    health,  # first: the others extend what it shows
    health_line,
)

# isort: split
from . import (
    health_job,
    health_step,
    health_warning,
    res_config_settings,
    unfinished_order_erase,
    unfinished_order_send,
)
