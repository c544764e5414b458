from . import base, dry_run, email, esms, sms
