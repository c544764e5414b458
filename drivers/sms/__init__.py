from . import driver, sms_sms, sms_tracker
