from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import status

# So many are put back into the queue by one press of a button.
MOST_AT_ONCE = 10_000


class RecoveryMessage(models.Model):
    """Messages that have come to their end, and that a person wants to be tried again."""

    _inherit = "recovery.message"

    _not_at_rest = models.Index(
        "(state, write_date) INCLUDE (company_id)"
        " WHERE state IN ('bounced', 'failed', 'sending', 'uncertain')"
    )

    def action_retry_failed(self):
        """Let failed messages of a selection wait again."""
        return self._retry("failed")._tell_retried(len(self))

    def action_retry_uncertain(self):
        """Let messages wait again that may have left already: a person has said so."""
        return self._retry("uncertain")._tell_retried(len(self))

    def _retry(self, state):
        """Let those of these messages wait again that are in `state` and have not left.

        Whether they may be sent is looked at when they are, as with any other message.

        :return: those that wait now
        :raise AccessError: unless the user manages sales
        """
        self._ensure_may_retry()
        # sudo: nobody edits messages, the engine moves them
        messages = self[:MOST_AT_ONCE].sudo().try_lock_for_update()
        messages.invalidate_recordset(["state", "sent_at"])
        messages = messages.filtered(
            # A provider can report as failed what has been sent: it stays at that.
            lambda message: message.state == state and not (state == "failed" and message.sent_at)
        )
        # What is still there of the last attempt could leave beside the next one.
        _taken_back, leaving = messages._take_back()
        again = messages - leaving
        again._begin_anew("waiting", fields.Datetime.now())
        if again:
            # sudo: a manager may not touch crons
            self.env.ref("website_sale_order_handling.ir_cron_send").sudo()._trigger()
        return again.sudo(False)

    def _begin_anew(self, state, now):
        """Let a person's wish count as the moment for which these messages are planned."""
        return self._move_to(
            state,
            # What may have left has used up the customer's message of that day.
            {message: {"local_day": message.local_day} for message in self},
            moves=status.MESSAGE_RETRIES,
            planned_at=now,
            due_at=now,
            tries=0,
            reason=False,
            detail=False,
        )

    @api.model
    def _ensure_may_retry(self):
        self.check_access("read")
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(
                self.env._("Only a sales manager may have messages tried again. Ask one of them.")
            )

    def _tell_retried(self, wanted, then=None):
        """Say how many of so many wait again, and show the page as it is now.

        :param dict then: the action that shows another page instead
        """
        if not self:
            raise UserError(
                self.env._(
                    "None of these messages can be tried again: they have left already, or have"
                    " been tried again since. Reload the page to see their state."
                )
            )
        words = {"count": len(self), "wanted": wanted}
        message = self.env._("Messages tried again now: %(count)s of %(wanted)s.", **words)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": then or {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
