from . import (
    unfinished_order_erase,  # first: the others use what it names
)

# isort: split
from . import (
    indexes,
    sale_order,
    unfinished_order,
    unfinished_order_erasure,
    unfinished_order_guest,
    website,
)
