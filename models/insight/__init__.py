from . import campaign, sale_order, unfinished_order, unfinished_order_export
