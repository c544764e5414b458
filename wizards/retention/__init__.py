from . import res_config_settings, unfinished_order_erase
