from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ...orm.ir_cron import MODULE

MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"
DAY = timedelta(days=1)
# What should have run so long ago, and has not since, has nobody to run it.
OVERDUE = timedelta(hours=1)


class Job(NamedTuple):
    """A scheduled action, and what became of it in the last 24 hours."""

    cron: models.Model
    status: str
    runs: int
    done: int
    last_at: datetime
    remaining: int


class RecoveryHealthLine(models.TransientModel):
    """The scheduled actions that move messages, and warnings about them."""

    _inherit = "recovery.health.line"

    @api.model
    def _crons(self):
        """Return our scheduled actions, and the one that takes our mails to the mail server."""
        # sudo: managers of sales have no access to scheduled actions, and are only told about them
        ours = (
            self.env["ir.model.data"]
            .sudo()
            .search_fetch(
                [("module", "=", MODULE), ("model", "=", "ir.cron")], ["res_id"], order="res_id"
            )
        )
        queue = self.env.ref(MAIL_QUEUE, raise_if_not_found=False)
        ids = [*ours.mapped("res_id"), *(queue.ids if queue else ())]
        # sudo: as above
        return self.env["ir.cron"].sudo().browse(ids).exists()

    @api.model
    def _jobs(self, health):
        """Return our scheduled actions as they are at this moment.

        :rtype: list[Job]
        """
        crons = self._crons()
        rows = self.env.execute_query(
            SQL(
                """SELECT cron_id, count(*), sum(done), max(create_date),
                          (array_agg(remaining ORDER BY id DESC))[1]
                     FROM ir_cron_progress
                    WHERE cron_id IN %s AND create_date >= %s
                 GROUP BY cron_id""",
                tuple(crons.ids),
                health._before(DAY),
            )
        )
        runs = {cron_id: values for cron_id, *values in rows}
        jobs = []
        for cron in crons:
            count, done, last_at, remaining = runs.get(cron.id, (0, 0, cron.lastcall, 0))
            status = self._status(cron, last_at, health.checked_at)
            jobs.append(Job(cron, status, count, done, last_at, remaining))
        return jobs

    @api.model
    def _status(self, cron, last_at, now):
        if not cron.active:
            return "off"
        if cron.failure_count:
            return "failing"
        # What has much to do is planned for a time that has passed, and runs all the same.
        seen_at = max(filter(None, (cron.nextcall, last_at)))
        return "late" if seen_at < now - OVERDUE else "on"

    @api.model
    def _prepare_jobs(self, health, jobs):
        """Return a line for each scheduled action, with its last run and what it has done."""
        since = Domain("create_date", ">=", health._before(DAY))
        return [
            {
                "health_id": health.id,
                "kind": "job",
                "name": job.cron.name,
                "status": job.status,
                "runs": job.runs,
                "done": job.done,
                "remaining": job.remaining,
                "last_at": job.last_at,
                "next_at": job.cron.active and job.cron.nextcall,
                "rows": self._window(
                    job.cron.name,
                    "ir.cron.progress",
                    Domain("cron_id", "=", job.cron.id) & since,
                ),
                "target": self._window(job.cron.name, "ir.cron", res_id=job.cron.id),
            }
            for job in jobs
        ]

    @api.model
    def _prepare_job_warnings(self, jobs):
        """Return a warning for each scheduled action that is off, fails, or does not run."""
        warnings = []
        for job in jobs:
            if job.status != "on":
                name, detail = self._words_about(job.cron, job.status)
                warnings.append(
                    {
                        "name": name,
                        "detail": detail,
                        "target": self._window(job.cron.name, "ir.cron", res_id=job.cron.id),
                        "target_label": self.env._("Scheduled Action"),
                    }
                )
        return warnings

    @api.model
    def _words_about(self, cron, status):
        if status == "off":
            return (
                self.env._("“%(job)s” is switched off", job=cron.name),
                self.env._("None of this happens until an administrator switches it on again."),
            )
        if status == "failing":
            since = format_datetime(self.env, cron.first_failure_date)
            return (
                self.env._("“%(job)s” fails", job=cron.name),
                self.env._(
                    "It has failed %(count)s times in a row since %(date)s. The server's log says"
                    " why; Odoo switches it off when it goes on failing for a week.",
                    count=cron.failure_count,
                    date=since,
                ),
            )
        due = format_datetime(self.env, cron.nextcall)
        return (
            self.env._("“%(job)s” does not run", job=cron.name),
            self.env._(
                "It was to run at %(date)s. Check that the Odoo server runs scheduled actions:"
                " its setting max_cron_threads must not be 0.",
                date=due,
            ),
        )
