from . import (
    drive,
    health,  # first: the others extend what it shows
    health_line,
    setup,
    setup_channel,
)

# isort: split
from . import (
    health_job,
    health_step,
    health_warning,
    res_config_settings,
    setup_rehearsal,
    unfinished_order_erase,
    unfinished_order_send,
)
