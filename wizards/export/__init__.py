from . import unfinished_order_export
