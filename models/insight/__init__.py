from . import sale_order, unfinished_order
