from . import test_tmp_sf
from . import test_tools_contact
from . import test_tools_eligibility
from . import test_tools_schedule
from . import test_tools_status
from . import test_architecture
