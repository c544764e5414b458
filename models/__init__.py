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
    recovery_mail,
    recovery_message,
    recovery_message_batch,
    recovery_qweb,
    recovery_renderer,
    recovery_step,
    recovery_unfinished_order,
    res_partner,
    sale_order,
    sale_order_access,
    sale_order_line,
    unfinished_order_desk,
    unfinished_order_find,
    unfinished_order_link,
    unfinished_order_payment,
    unfinished_order_restore,
    website,
)
