from . import base, dry_run, email, sms
