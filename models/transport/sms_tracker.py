from datetime import timedelta

from odoo import api, fields, models

from ...drivers.base import LATER, REFUSED, STOP, UNREACHABLE, Report
from ...drivers.sms.gateway import kind_of

# Gateways report for days.
KEPT = timedelta(days=30)
# What is reported of a text that has been accepted is final: none of it is tried again.
AS_REPORTED = {LATER: UNREACHABLE, STOP: REFUSED}


class SmsTracker(models.Model):
    """What gateways report about reminders, after they have taken them."""

    _inherit = "sms.tracker"

    def _action_update_from_sms_state(self, sms_state, failure_type=False, failure_reason=False):
        self._report_on_reminders(sms_state, failure_type, failure_reason)
        return super()._action_update_from_sms_state(
            sms_state, failure_type=failure_type, failure_reason=failure_reason
        )

    def _action_update_from_provider_error(self, provider_error):
        self._report_on_reminders("error", f"sms_{provider_error}", provider_error)
        return super()._action_update_from_provider_error(provider_error)

    def _report_on_reminders(self, state, failure_type, words):
        """Report what has become of the reminders among these texts, each channel for itself."""
        # Core's: the queue is handing them over, and tells more about that itself.
        kind = kind_of(state, failure_type)
        ours = self.filtered("is_reminder")
        if not ours or not kind or self.env.context.get("sms_skip_msg_notification"):
            return
        status = AS_REPORTED.get(kind, kind)
        # sudo: a gateway reports as nobody
        attempts = self.env["recovery.attempt"].sudo()
        known = attempts.search([("key", "in", ours.mapped("sms_uuid"))])
        reports = self.env["recovery.report"].sudo()  # sudo: as above
        for channel, ones in known.grouped("channel_id").items():
            told = [
                Report(f"{one.key}-{state}", status, key=one.key, detail=words or "")
                for one in ones
            ]
            reports._apply(told, channel)

    @api.autovacuum
    def _gc_reminders(self):
        """Forget texts of which nothing more will be reported."""
        before = fields.Datetime.now() - KEPT
        # sudo: these rows belong to the system
        self.sudo().search([("is_reminder", "=", True), ("create_date", "<", before)]).unlink()
