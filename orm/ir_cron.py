import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MODULE = "website_sale_order_handling"
MAX_JOBS = 8
# A job is an HTTP request, and Odoo ends those after a minute of processor time.
JOB_SECONDS = 30
WAIT_SECONDS = 10
# A queue that has not taken a job for so long is not being worked on.
PATIENCE = timedelta(minutes=15)


class IrCron(models.Model):
    """Our crons as jobs of OCA's queue_job, shared by any number of machines.

    Where queue_job is installed, the crons only put jobs into its queue. A job does what the cron
    would do, for a while, and leaves the rest to a job that comes after it.
    """

    _inherit = "ir.cron"

    @api.model
    def _shared_jobs(self):
        """Return our crons that become jobs: each room adds its own.

        The value is the method of the cron's model that says for how many jobs at the same time
        there is work; None for one at a time, as there is of a cron.

        :rtype: dict[str, str | None]
        """
        return {}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ours(self):
        """Keep what nothing of ours works without; switched off, it can be switched on again."""
        ids = [("module", "=", MODULE), ("model", "=", self._name), ("res_id", "in", self.ids)]
        # sudo: who may delete a scheduled action need not see how it came here
        if ours := self.env["ir.model.data"].sudo().search(ids, limit=1):
            raise UserError(
                self.env._(
                    "“%(job)s” cannot be deleted: unfinished orders and their reminders do not work"
                    " without it. Switch it off instead.",
                    job=self.browse(ours.res_id).name,
                )
            )

    def _callback(self, cron_name, server_action_id):
        """Leave our own work to queue_job, where it is installed and works."""
        name = self._job_name()
        if not name or self._is_queue_asleep(name):
            return super()._callback(cron_name, server_action_id)
        for number in range(self._count_jobs(name)):
            self._put_into_queue(name, number, self.env.context.get("lastcall"))
        return None

    def _job_name(self):
        """Return the name under which this cron's jobs are known, "" when it makes none."""
        if "queue.job" not in self.env:
            return ""
        names = self._shared_jobs()
        crons = {self.env.ref(f"{MODULE}.{name}", raise_if_not_found=False): name for name in names}
        return crons.get(self, "")

    def _count_jobs(self, name):
        """Return how many jobs can share what there is to do at this moment."""
        counter = self._shared_jobs()[name]
        if not counter:
            return 1
        count = getattr(self.env[self.model_name], counter)(MAX_JOBS)
        return max(1, count)  # an empty run is work, too: somebody has to look

    def _put_into_queue(self, name, number, lastcall, eta=None):
        """Add a job, unless the same one waits already.

        :param datetime | None lastcall: when the cron ran last, None when that is not known
        :param int eta: seconds after which it may start
        """
        self.with_delay(
            channel=f"root.recovery.{name.removeprefix('ir_cron_')}",
            identity_key=f"{MODULE}.{name}.{number}",
            description=self.name,
            eta=eta,
        )._work_as_job(number, lastcall)

    def _is_queue_asleep(self, name):
        """Tell whether a job waits for so long that nobody seems to work on the queue."""
        # sudo: the queue belongs to the system
        waiting = self.env["queue.job"].sudo()
        domain = [
            ("identity_key", "=like", f"{MODULE}.{name}.%"),
            ("state", "in", ("pending", "enqueued")),
            ("date_created", "<", fields.Datetime.now() - PATIENCE),
        ]
        return bool(waiting.search_count(domain, limit=1))

    # === Within a job ===#

    def _work_as_job(self, number, lastcall):
        """Do what the cron does, for a while; queue_job calls this.

        The work has a cursor of its own: a commit on the one of queue_job lets go of the
        job, and another worker would start it again.
        """
        name = self._job_name()
        if not self.active:
            return
        if not self._shared_jobs()[name] and not self._is_alone():
            self._put_into_queue(name, number, lastcall, eta=WAIT_SECONDS)
            return
        with self.env.registry.cursor() as cr:
            context = {
                "cron_id": self.id,
                "cron_end_time": time.monotonic() + JOB_SECONDS,
                "lastcall": lastcall,
            }
            job = self.with_env(self.env(cr=cr, user=self.user_id.id, su=False, context=context))
            job._work_on(name, number)

    def _work_on(self, name, number):
        """Run the cron's action as core does, and leave what remains to another job."""
        cron, progress = self._add_progress()
        cron._commit_progress()
        cron.ir_actions_server_id.run()
        if progress.remaining:
            cron._put_into_queue(name, number, fields.Datetime.now())

    def _is_alone(self):
        """Make sure that no other job does the same until this one ends, on any machine."""
        query = SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", self._table, self.id)
        return self.env.execute_query(query)[0][0]
