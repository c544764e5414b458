from . import (
    campaign,
    channel,
    message,  # first: the others extend it
)

# isort: split
from . import (
    bounce,
    channel_alarm,
    event,
    facts,
    ir_cron,
    message_batch,
    message_bounce,
    message_buyer,
    message_day,
    message_erase,
    message_figures,
    message_queue,
    message_report,
    message_retry,
    message_text,
    optout,
    optout_token,
    outlook,
    sale_order,
    step,
    unfinished_order,
    unfinished_order_by_hand,
    unfinished_order_consent,
    unfinished_order_export,
    unfinished_order_newer,
    unfinished_order_outlook,
    unfinished_order_retention,
    unfinished_order_round,
    website,
)
