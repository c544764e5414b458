from . import (
    recovery_health,  # first: the others extend what it shows
    recovery_health_line,
)

# isort: split
from . import (
    recovery_health_job,
    recovery_health_warning,
    res_config_settings,
    unfinished_order_erase,
    unfinished_order_export,
    unfinished_order_send,
)
