from . import cart  # the order is that of who may know whom: upper rooms extend lower ones

# isort: split
from . import unfinished

# isort: split
from . import retention

# isort: split
from . import export

# isort: split
from . import recovery
