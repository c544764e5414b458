import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models

from ...drivers.base import DELIVERED, LATER, SENT, UNCERTAIN, Receipt
from ...drivers.sms.gateway import has_surely_not_left, kind_of
from ...orm.batches import run_batches

_logger = logging.getLogger(__name__)

BATCH = 500
# A gateway answers within seconds; what has no answer by then was held by a process that has died.
PATIENCE = timedelta(minutes=15)


class SmsSms(models.Model):
    """Reminders on their way to a gateway: company by company, and none of them twice.

    Odoo hands hundreds of texts to the gateway in one transaction, and would hand all of them over
    again after a crash. Of ours, it is committed first that they are on their way; those of which
    nothing was heard are uncertain, and are not sent again by themselves.
    """

    _inherit = "sms.sms"

    @api.model
    def _process_queue(self):
        self._find_lost_reminders()
        run_batches(self.env, self._send_some_reminders, 1)
        return super()._process_queue()

    def _get_sms_company(self):
        return self.reminder_company_id or super()._get_sms_company()

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Send company by company, which Odoo's queue does not, and fails; leave ours to us."""
        waiting = self._reminders().filtered(lambda sms: sms.state == "outgoing")
        if waiting:
            self.env["recovery.driver.sms"]._wake()
        options = {
            "unlink_failed": unlink_failed,
            "unlink_sent": unlink_sent,
            "raise_exception": raise_exception,
        }
        others = self - waiting
        if self.env.context.get("sms_api"):  # chosen for one company, or for all
            return super(SmsSms, others)._send(**options) if others else None
        for company, part in others.grouped(lambda sms: sms._get_sms_company()).items():
            super(SmsSms, part.with_company(company))._send(**options)
        return None

    def _reminders(self):
        return self.filtered("reminder_company_id")

    # === Sending ===#

    @api.model
    def _send_some_reminders(self):
        """Send some of the reminders that wait here and are still wanted.

        :return: how many were dealt with
        :rtype: int
        """
        domain = [("reminder_company_id", "!=", False), ("state", "=", "outgoing")]
        texts = self.search(domain, limit=BATCH, order="id").try_lock_for_update()
        wanted = texts._leave_out_unwanted()
        wanted.state = "process"
        self.env["ir.cron"]._commit_progress()
        for company, part in wanted.grouped("reminder_company_id").items():
            mine = part.with_company(company)
            for ids in mine._split_batch():
                mine.browse(ids)._hand_to_gateway()
                self.env["ir.cron"]._commit_progress()
        return len(texts)

    def _leave_out_unwanted(self):
        """Take out the reminders that must not leave after all, and return the others."""
        # sudo: the queue may be run by a user who may have no right to know about reminders
        unwanted = self.env["recovery.message"].sudo()._drop_unwanted(self.mapped("uuid"))
        dropped = self.filtered(lambda sms: sms.uuid in unwanted)
        self.env["recovery.driver.sms"]._clear(dropped)
        return self - dropped

    def _hand_to_gateway(self):
        """Hand reminders of one company to its gateway, and note what it says."""
        # sudo: as above
        self.env["recovery.message"].sudo()._lock_until_left(self.mapped("uuid"))
        try:
            self._send(raise_exception=True)
        except psycopg2.Error:
            raise  # nothing can be written any more
        except Exception as error:  # noqa: BLE001  (whatever it is, the other companies' must leave)
            _logger.info("The gateway has not answered for %s reminders: %s", len(self), error)
            self._note_unanswered(error)

    def _note_unanswered(self, error):
        status = LATER if has_surely_not_left(error) else UNCERTAIN
        self._tell_reminders(
            {sms.uuid: Receipt(sms.uuid, status, detail=str(error)) for sms in self}
        )
        self.env["recovery.driver.sms"]._clear(self)

    # === What a gateway says ===#

    def _handle_call_result_hook(self, results):
        ours = self._reminders()
        by_uuid = {result["uuid"]: result for result in results}
        ours._tell_reminders({sms.uuid: sms._receipt(by_uuid[sms.uuid]) for sms in ours})
        # Our own log says what has failed, and another try has a row of its own.
        refused = ours.filtered(lambda sms: sms.state == "error")
        self.env["recovery.driver.sms"]._clear(refused)
        return super()._handle_call_result_hook(results)

    def _receipt(self, result):
        """Return what the gateway has said of this text at once."""
        labels = dict(self._fields["failure_type"]._description_selection(self.env))
        words = result.get("failure_reason") or labels.get(self.failure_type, "")
        kind = kind_of(self.state, self.failure_type)
        return Receipt(
            self.uuid,
            SENT if kind == DELIVERED else kind,  # which will be reported as well
            ref=self.uuid,
            detail=words if self.state == "error" else "",
            units=result.get("credit") or 1.0,
        )

    @api.model
    def _tell_reminders(self, receipts):
        if receipts:
            # sudo: as above
            self.env["recovery.outcome"].sudo()._on_receipts(receipts)

    @api.model
    def _find_lost_reminders(self):
        """Let reminders be uncertain whose process has died before the gateway's answer."""
        before = fields.Datetime.now() - PATIENCE
        lost = self.search(
            [
                ("reminder_company_id", "!=", False),
                ("state", "=", "process"),
                ("to_delete", "!=", True),
                ("write_date", "<", before),
            ]
        )
        words = self.env._("The process that called the gateway has ended before the answer.")
        self._tell_reminders({sms.uuid: Receipt(sms.uuid, UNCERTAIN, detail=words) for sms in lost})
        self.env["recovery.driver.sms"]._clear(lost)

    # === Somebody takes them out ===#

    def unlink(self):
        self.check_access("unlink")
        self._note_dropped_reminders()
        return super().unlink()

    def action_set_canceled(self):
        self.check_access("write")
        self._note_dropped_reminders()
        return super().action_set_canceled()

    def _note_dropped_reminders(self):
        """Tell reminders that still wait here that somebody has removed them."""
        waiting = self._reminders().filtered(lambda sms: sms.state == "outgoing")
        if waiting:
            # sudo: a user who may delete SMS may have no right to know about reminders
            self.env["recovery.message"].sudo()._on_mail_dropped(waiting.mapped("uuid"))
