from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# The cron runs every five minutes, and Odoo's mail queue every hour where nothing wakes it.
LATE = timedelta(minutes=15)
STUCK = timedelta(hours=3)
LOOK_BACK = timedelta(days=30)


class RecoveryHealth(models.TransientModel):
    """How the reminders are at one moment: what waits, is late, has failed, and what to do."""

    _name = "recovery.health"
    _description = "Health of the Reminders"

    checked_at = fields.Datetime(default=fields.Datetime.now, readonly=True)
    waiting_count = fields.Integer("Waiting", readonly=True)
    late_count = fields.Integer("Late", readonly=True)
    sending_count = fields.Integer("Being Sent", readonly=True)
    failed_count = fields.Integer("Failed", readonly=True)
    uncertain_count = fields.Integer("Uncertain", readonly=True)
    bounced_count = fields.Integer("Came Back", readonly=True)
    is_well = fields.Boolean(readonly=True)
    warning_ids = fields.One2many(
        "recovery.health.line", "health_id", domain=[("kind", "=", "warning")], readonly=True
    )
    failure_ids = fields.One2many(
        "recovery.health.line", "health_id", domain=[("kind", "=", "failure")], readonly=True
    )
    job_ids = fields.One2many(
        "recovery.health.line", "health_id", domain=[("kind", "=", "job")], readonly=True
    )

    @api.depends("checked_at")
    def _compute_display_name(self):
        self.display_name = self.env._("Health")

    # === Looking ===#

    @api.model
    def action_open(self):
        """Look at everything now, and show it."""
        health = self.create({})
        health._look()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Health"),
            "res_model": self._name,
            "res_id": health.id,
            "views": [(False, "form")],
            "target": "main",
            "path": "recovery-health",  # reloading the page looks again
        }

    def _look(self):
        """Count messages and look at what moves them, in as many queries for a million as for few.

        What the user may not see of other companies is not counted.
        """
        self._count_messages()
        lines = self.env["recovery.health.line"]
        jobs = lines._jobs(self)
        warnings, failures = lines._prepare_warnings(self, jobs), lines._prepare_failures(self)
        self.is_well = not warnings and not failures
        lines.create([*warnings, *failures, *lines._prepare_jobs(self, jobs)])

    def _count_messages(self):
        messages = self.env["recovery.message"]
        self.waiting_count = messages.search_count(self._waiting_domain())
        self.late_count = messages.search_count(self._late_domain())
        under_way = self._sending_domain() | self._failed_domain() | self._uncertain_domain()
        under_way |= self._bounced_domain()
        counts = dict(messages._read_group(under_way, ["state"], ["__count"]))
        self.sending_count = counts.get("sending", 0)
        self.failed_count = counts.get("failed", 0)
        self.uncertain_count = counts.get("uncertain", 0)
        self.bounced_count = counts.get("bounced", 0)

    @api.model
    def _waiting_domain(self):
        return Domain("state", "=", "waiting")

    def _late_domain(self):
        return self._waiting_domain() & Domain("due_at", "<", self._before(LATE))

    @api.model
    def _sending_domain(self):
        return Domain("state", "=", "sending")

    def _stuck_domain(self):
        return self._sending_domain() & Domain("write_date", "<", self._before(STUCK))

    def _failed_domain(self):
        """Return what has failed lately: nobody wants to be told for ever."""
        return Domain("state", "=", "failed") & Domain("write_date", ">=", self._before(LOOK_BACK))

    @api.model
    def _uncertain_domain(self):
        return Domain("state", "=", "uncertain")

    def _bounced_domain(self):
        """Return what has come back lately."""
        since = self._before(LOOK_BACK)
        return Domain("state", "=", "bounced") & Domain("write_date", ">=", since)

    def _trouble_domain(self, state):
        return self._failed_domain() if state == "failed" else self._uncertain_domain()

    def _before(self, time):
        """Return a moment before this look, as a domain that is kept has it."""
        return fields.Datetime.to_string(self.checked_at - time)

    # === What the numbers open ===#

    def action_show_waiting(self):
        """Show the messages that wait."""
        return self._show(self.env._("Waiting"), self._waiting_domain())

    def action_show_late(self):
        """Show the messages that should have left by now."""
        return self._show(self.env._("Late"), self._late_domain())

    def action_show_sending(self):
        """Show the messages that a queue has and has not reported about."""
        return self._show(self.env._("Being Sent"), self._sending_domain())

    def action_show_failed(self):
        """Show the messages that have failed lately."""
        return self._show(self.env._("Failed"), self._failed_domain())

    def action_show_uncertain(self):
        """Show the messages of which nobody knows whether they have left."""
        return self._show(self.env._("Uncertain"), self._uncertain_domain())

    def action_show_bounced(self):
        """Show the messages that have come back lately."""
        return self._show(self.env._("Came Back"), self._bounced_domain())

    @api.model
    def _show(self, name, domain):
        return self.env["recovery.health.line"]._window(name, "recovery.message", domain)
