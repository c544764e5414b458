from . import (
    unfinished_order,  # first: others extend it
    unfinished_order_erase,  # recovery extends it
)

# isort: split
from . import (
    crm_team,
    ir_mail_server,
    mail_mail,
    mail_thread,
    payment_transaction,
    product_product,
    recovery_campaign,
    recovery_channel,
    recovery_event,
    recovery_facts,
    recovery_mail,
    recovery_message,
    recovery_message_batch,
    recovery_message_erase,
    recovery_optout,
    recovery_qweb,
    recovery_renderer,
    recovery_step,
    recovery_unfinished_order,
    recovery_website,
    res_partner,
    sale_order,
    sale_order_access,
    sale_order_consent,
    sale_order_line,
    sale_report,
    unfinished_order_consent,
    unfinished_order_desk,
    unfinished_order_find,
    unfinished_order_link,
    unfinished_order_payment,
    unfinished_order_restore,
    website,
    website_consent,
)
