"""Run one of the developer's commands: python dev COMMAND [ARGUMENT...]"""

import sys

from kit.main import main

sys.exit(main(sys.argv[1:]))
