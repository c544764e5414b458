from odoo import api, fields, models
from odoo.fields import Domain


class RecoveryHealthLine(models.TransientModel):
    """One warning, one reason why messages failed, or one job: with what can be done about it."""

    _name = "recovery.health.line"
    _description = "Line of the Health Screen"
    _order = "id"

    health_id = fields.Many2one("recovery.health", required=True, ondelete="cascade", index=True)
    kind = fields.Selection(
        [("warning", "Warning"), ("failure", "Failure"), ("job", "Job")], required=True
    )
    name = fields.Char(readonly=True)
    detail = fields.Text(readonly=True)
    count = fields.Integer("Messages", readonly=True)
    last_at = fields.Datetime("Last Time", readonly=True)
    # Actions, as the browser runs them: where the trouble can be ended, and what is counted.
    target = fields.Json(readonly=True)
    target_label = fields.Char(readonly=True)
    rows = fields.Json(readonly=True)

    # === Messages that failed alike ===#
    state = fields.Selection([("failed", "Failed"), ("uncertain", "Uncertain")], readonly=True)
    reason = fields.Char(readonly=True)

    # === Jobs ===#
    status = fields.Selection(
        [("on", "On"), ("late", "Late"), ("failing", "Failing"), ("off", "Off")], readonly=True
    )
    done = fields.Integer("Done in 24 Hours", readonly=True)
    runs = fields.Integer("Runs in 24 Hours", readonly=True)
    remaining = fields.Integer(readonly=True)
    next_at = fields.Datetime("Next Run", readonly=True)

    def action_target(self):
        """Go where the trouble can be ended."""
        return self.target

    def action_rows(self):
        """Show exactly the rows that the number counts."""
        return self.rows

    def action_retry(self):
        """Have all messages tried again that failed for this reason, as far as the user sees."""
        messages = self.env["recovery.message"].search(self._failure_domain(), order="id")
        again = messages._retry(self.state)
        return again._tell_retried(len(messages), self.health_id.action_open())

    def _failure_domain(self):
        self.ensure_one()
        return self.health_id._trouble_domain(self.state) & Domain("reason", "=", self.reason)

    @api.model
    def _prepare_failures(self, health):
        """Return a line for each reason why messages failed, with the words of the newest."""
        messages = self.env["recovery.message"]
        troubled = Domain.OR(health._trouble_domain(state) for state in ("failed", "uncertain"))
        groups = messages._read_group(
            troubled, ["state", "reason"], ["__count", "write_date:max", "id:max"]
        )
        labels = messages._reason_labels()
        newest = messages.browse(group[-1] for group in groups)
        return [
            {
                "health_id": health.id,
                "kind": "failure",
                "state": state,
                "reason": reason,
                "name": labels.get(reason) or self.env._("The provider did not answer"),
                "detail": message.detail,
                "count": count,
                "last_at": last_at,
                "rows": self._window(
                    self.env._("Messages"),
                    "recovery.message",
                    health._trouble_domain(state) & Domain("reason", "=", reason),
                ),
            }
            for (state, reason, count, last_at, _id), message in zip(groups, newest, strict=True)
        ]

    @api.model
    def _window(self, name, model, domain=None, res_id=None):
        """Return the action that shows these records of `model`, False when the user may not."""
        if not self.env[model].has_access("read"):
            return False
        window = {"type": "ir.actions.act_window", "name": name, "res_model": model}
        if res_id:
            return {**window, "res_id": res_id, "views": [(False, "form")]}
        views = [(False, kind) for kind in ("list", "kanban", "form")]
        return {**window, "domain": list(domain or []), "views": views}
