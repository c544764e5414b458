from . import unfinished_order_erase
