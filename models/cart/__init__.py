from . import (
    payment_transaction,
    product_product,
    res_partner,
    sale_order,
    sale_order_access,
    sale_order_line,
    sale_order_payment,
    sale_order_team,
    website,
)
