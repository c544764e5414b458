from . import unfinished_order  # first: others extend it

# isort: split
from . import (
    crm_team,
    mail_mail,
    mail_thread,
    payment_transaction,
    recovery_campaign,
    recovery_channel,
    recovery_event,
    recovery_message,
    recovery_message_batch,
    recovery_renderer,
    recovery_step,
    recovery_unfinished_order,
    res_partner,
    sale_order,
    sale_order_line,
    unfinished_order_find,
    unfinished_order_link,
    website,
)
