from . import (
    test_access,
    test_architecture,
    test_bad_input,
    test_core_contracts,
    test_demo,
    test_install,
    test_journey,
    test_migration,
    test_own_documents,
    test_public_methods,
    test_scale,
)
from .cart import (
    test_available,
    test_buyer,
    test_checkout_capture,
    test_contents,
    test_payment,
    test_placed,
    test_robots,
)
from .export import (
    test_export,
    test_export_access,
    test_export_concurrency,
    test_export_dialog,
    test_export_unchanged,
)
from .insight import (
    test_credit,
)
from .orm import (
    test_batches,
    test_rows,
)
from .recovery import (
    test_addressee,
    test_bounces,
    test_concurrency,
    test_consent,
    test_core_mail_faults,
    test_driver_queue,
    test_faults_sending,
    test_faults_time,
    test_figures,
    test_health,
    test_mail_and_link_agree,
    test_optout,
    test_send,
    test_send_by_hand,
    test_settings,
    test_several_carts,
    test_staff_edits,
    test_what_the_list_says,
    test_when_and_whether,
)
from .retention import (
    test_deletion,
    test_erase,
    test_retention,
    test_retention_races,
)
from .tools import (
    test_attribution,
    test_bounce_reports,
    test_cells,
    test_colors,
    test_contact,
    test_eligibility,
    test_greeting,
    test_one_line,
    test_outlook,
    test_properties,
    test_retries,
    test_schedule,
    test_status,
    test_stencil,
    test_xlsx,
)
from .transport import (
    test_ahead,
    test_conflicts,
    test_journal,
    test_killed_senders,
    test_mail_text,
    test_outages,
    test_volume,
)
from .unfinished import (
    test_core_links,
    test_find,
    test_find_races,
    test_followup,
    test_list,
    test_recover_discounts,
    test_recover_link,
    test_recover_tour,
    test_staff_link,
)
from .words import (
    test_mail_templates,
)
