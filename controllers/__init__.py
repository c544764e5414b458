from . import cart, checkout, portal, recover, reminders
