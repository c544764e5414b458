from . import (
    ir_mail_server,
    mail_mail,
    mail_mail_handover,
    mail_thread,
    sms_sms,
    sms_tracker,
)
