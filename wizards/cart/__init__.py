from . import cart_link_dialog, payment_link_wizard, portal_share, res_config_settings
