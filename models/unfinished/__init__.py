from . import (
    unfinished_order,  # first: others extend it
    unfinished_order_day,  # totals of messages are totals like these
    unfinished_order_restore,  # its page, codes and terms extend it
)

# isort: split
from . import (
    crm_team,
    ir_cron,
    payment_transaction,
    product_product,
    sale_order,
    sale_order_copied,
    sale_report,
    unfinished_order_buyer,
    unfinished_order_call,
    unfinished_order_catch_up,
    unfinished_order_contents,
    unfinished_order_dashboard,
    unfinished_order_desk,
    unfinished_order_find,
    unfinished_order_followup,
    unfinished_order_kept,
    unfinished_order_link,
    unfinished_order_page,
    unfinished_order_payment,
    unfinished_order_products,
    unfinished_order_report,
    unfinished_order_restore_codes,
    unfinished_order_restore_page,
    unfinished_order_restore_terms,
    unfinished_order_salesperson,
    unfinished_order_scan,
    unfinished_order_scan_failed,
    unfinished_order_scan_late,
    unfinished_order_snapshot,
    unfinished_order_status,
    unfinished_order_timeline,
    website,
)
