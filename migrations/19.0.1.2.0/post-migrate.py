"""Fill what 19.0.1.1 did not keep; one function for each change."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Bring existing rows up to date; a new installation (no version) has none."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    _keep_frames_of_exports(env)
    _fill_planned_times(env)
    _fill_bouncing_addresses(env)


def _keep_frames_of_exports(env):
    """Keep what stands around the sheets of finished files: a download makes nothing any more."""
    done = [("state", "=", "done"), ("file_format", "=", "xlsx"), ("wording", "=", False)]
    for export in env["unfinished.order.export"].search(done):
        context = {"lang": export.user_id.lang, "tz": export.user_id.tz or "UTC"}
        export.wording = export.with_context(**context)._choose_wording()
        export._keep_frame()
        export.file_size = export._size_of(export._pieces())


def _fill_planned_times(env):
    """Let messages that have not left know when they were to leave: what is known is when they are.

    The others never ask for it.
    """
    env.cr.execute(
        """UPDATE recovery_message SET planned_at = due_at
            WHERE state IN ('waiting', 'sending') AND planned_at IS NULL"""
    )


def _fill_bouncing_addresses(env):
    """Let the addresses that mails have come back from so far be left alone as well."""
    env.cr.execute(
        """UPDATE recovery_message SET address_bounces = true
            WHERE state = 'bounced' AND address_bounces IS NULL"""
    )
