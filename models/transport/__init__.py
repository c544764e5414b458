from . import (
    ir_mail_server,
    mail_mail,
    mail_mail_defaults,
    mail_mail_handover,
    mail_message,
    mail_thread,
)
