from . import payment_link_wizard, portal_share, res_config_settings
