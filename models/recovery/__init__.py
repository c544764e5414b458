from . import (
    campaign,
    channel,
    message,
    step,  # first: the others extend these
)

# isort: split
from . import (
    bounce,
    campaign_reach,
    channel_alarm,
    event,
    facts,
    ir_cron,
    message_batch,
    message_bounce,
    message_buyer,
    message_day,
    message_erase,
    message_queue,
    message_report,
    message_retry,
    message_text,
    optout,
    optout_token,
    sale_order,
    step_past,
    step_trial,
    unfinished_order,
    unfinished_order_by_hand,
    unfinished_order_consent,
    unfinished_order_export,
    unfinished_order_newer,
    unfinished_order_retention,
    unfinished_order_round,
    website,
    website_restart,
)
