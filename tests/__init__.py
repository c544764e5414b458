    test_access,
    test_architecture,
    test_checkout_capture,
    test_concurrency,
    test_core_links,
    test_core_mail_faults,
    test_find,
    test_install,
    test_journey,
    test_list,
    test_mail_templates,
    test_public_methods,
    test_recover_link,
    test_recover_tour,
    test_send,
    test_settings,
    test_tools_colors,
    test_tools_contact,
    test_tools_eligibility,
    test_tools_greeting,
    test_tools_schedule,
    test_tools_status,
)
from . import (
from . import test_checkout_capture
from . import test_core_links
from . import test_public_methods
from . import test_recover_tour
