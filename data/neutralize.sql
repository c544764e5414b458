-- A copy of the database must not write to anybody.
UPDATE recovery_account_setting SET value = NULL, secret = NULL;
UPDATE recovery_channel SET driver = 'recovery.driver.dry_run', webhook_token = NULL;
UPDATE recovery_campaign SET is_running = false;
UPDATE website SET send_abandoned_cart_email = false;
