from . import cart, checkout, exports, portal, recover, reminders, webhook
