from collections import defaultdict
from datetime import timedelta
from random import random

from odoo import api, fields, models

from ...drivers.base import LATER, REFRESH, REFUSED, SENT, STOP, UNCERTAIN, UNREACHABLE
from ...orm.rows import update_rows
from ...tools import schedule, status
from ...tools.retries import spread

# Why a message is not even tried by one way, when another one may do.
NO_WAY = ("no_address", "bounced")
# What waits for a channel that somebody has to see to is looked at again so often.
RECHECK_CHANNEL = timedelta(hours=1)


class RecoveryOutcome(models.AbstractModel):
    """What becomes of messages by what their drivers say: sent, later, or by another way."""

    _name = "recovery.outcome"
    _description = "Outcome of Messages That Were Handed Over"

    @api.model
    def _apply(self, receipts, now):
        """Let messages that are being sent follow their receipts.

        :param dict[recovery.message, Receipt] receipts: what became of each of them
        """
        self._note_on_attempts(receipts)
        self._follow(receipts, now)

    @api.model
    def _follow(self, receipts, now):
        by_status = defaultdict(list)
        for message, receipt in receipts.items():
            by_status[receipt.status].append(message.id)
        messages = self.env["recovery.message"]
        follow = {
            SENT: self._sent,
            UNCERTAIN: self._uncertain,
            LATER: self._later,
            REFRESH: self._refresh,
            STOP: self._stop,
            UNREACHABLE: self._unreachable,
            REFUSED: self._refused,
        }
        for each, ids in by_status.items():
            if each in follow:
                follow[each](messages.browse(ids), receipts, now)

    @api.model
    def _on_receipts(self, receipts):
        """Let messages follow what became of their attempts.

        :param dict[str, Receipt] receipts: by the keys of the attempts
        """
        attempts = self.env["recovery.attempt"].search([("key", "in", list(receipts))])
        known = {a.message_id: receipts[a.key] for a in attempts._current()}
        self._note_on_attempts(known)
        # A report, or a buyer's click, may have been faster than the answer.
        in_doubt = ("sending", "uncertain")
        unknown = {m: one for m, one in known.items() if m.attempt_id.state in in_doubt}
        self._follow(unknown, fields.Datetime.now())

    @api.model
    def _note_on_attempts(self, receipts):
        """Note by which references providers know attempts, and what they cost."""
        messages = self.env["recovery.message"].browse(message.id for message in receipts)
        tracked = messages.filtered("attempt_id")
        named = tracked.filtered(lambda message: receipts[message].ref)
        refs = [{"provider_ref": receipts[message].ref} for message in named]
        for records in (named, named.attempt_id):
            update_rows(records, refs)
        prices = {}
        for message in tracked:
            if price := message.channel_id._price(receipts[message]):
                prices[message.attempt_id] = price
        tracked.attempt_id._note_costs(prices)

    # === One for each kind of receipt ===#

    @api.model
    def _sent(self, messages, _receipts, now):
        messages._move_to("sent", sent_at=now)

    @api.model
    def _uncertain(self, messages, receipts, _now):
        messages._move_to("uncertain", self._details(messages, receipts))

    @api.model
    def _later(self, messages, receipts, now):
        """Let messages wait for the moment that was named, or longer each time where none was."""
        named = messages.filtered(lambda message: receipts[message].until)
        waits = {
            message: {
                "due_at": max(receipts[message].until, now),
                "detail": receipts[message].detail,
            }
            for message in named
        }
        named._move_to("waiting", waits, reason="provider_busy")
        for message in named:
            if receipts[message].whole_channel:
                message.channel_id._hold(receipts[message].until)
        self._retry(messages - named, receipts)

    @api.model
    def _retry(self, messages, receipts):
        by_detail = messages.grouped(lambda message: receipts[message].detail)
        for detail, ones in by_detail.items():
            now = fields.Datetime.now()
            for message in ones._retry_later(detail):
                due_at = now + spread(message.due_at - now, random())
                message.due_at = due_at.replace(microsecond=0)

    @api.model
    def _refresh(self, messages, receipts, now):
        """Let accounts prove themselves anew; where they can, nothing has to wait for long."""
        for channel, ones in messages.grouped("channel_id").items():
            again = ones._retry_later(receipts[ones[0]].detail)
            if channel._renew_account():
                again.due_at = now

    @api.model
    def _stop(self, messages, receipts, now):
        """Stop channels until somebody sees to them; what has another way takes it."""
        for channel, ones in messages.grouped("channel_id").items():
            channel._stop(receipts[ones[0]].detail)
        details = self._details(messages, receipts)
        rest = messages - self._go_on(messages, details, now)
        held = {m: {**details[m], "due_at": now + RECHECK_CHANNEL} for m in rest}
        rest._move_to("waiting", held, reason="channel_stopped")

    @api.model
    def _unreachable(self, messages, receipts, now):
        self._go_on_or_fail(messages, self._details(messages, receipts), now, "unreachable")

    @api.model
    def _refused(self, messages, receipts, now):
        self._go_on_or_fail(messages, self._details(messages, receipts), now, "refused")

    @api.model
    def _details(self, messages, receipts):
        return {message: {"detail": receipts[message].detail or False} for message in messages}

    # === Another way ===#

    @api.model
    def _go_on_or_fail(self, messages, details, now, reason):
        """Let messages take their next way at once; those without one have failed."""
        rest = messages - self._go_on(messages, details, now)
        rest._move_to("failed", {message: details[message] for message in rest}, reason=reason)

    @api.model
    def _find_another_way(self, messages, reason, now):
        """Let messages that cannot leave for this reason take another way, and return those."""
        if reason not in NO_WAY:
            return messages.browse()
        words = messages._reason_labels()[reason]
        return self._go_on(messages, {message: {"detail": words} for message in messages}, now)

    @api.model
    def _go_on(self, messages, details, now):
        """Let messages wait for their next way, which they take at once.

        What should have left more than a day ago takes none any more.

        :param dict details: what is said of the way that is given up
        :return: those that have one
        """
        timely = messages.filtered(
            lambda m: (
                m.step_id.way_ids
                and status.may_move(status.MESSAGE_NEXT_WAYS, m.state, "waiting")
                and not schedule.is_stale(m.planned_at or m.due_at, now)
            )
        )
        ways = {message: way for message in timely if (way := self._next_way(message))}
        going = messages.browse(message.id for message in ways)
        if not going:
            return going
        self.env["recovery.bounce"]._keep_digests(going)
        self.env["recovery.attempt"]._keep_of_mails(going, details)
        given_up = going.attempt_id
        given_up._move_to("failed", {m.attempt_id: details[m] for m in going if m.attempt_id})
        going._move_to(
            "waiting",
            {message: self._prepare_way_vals(message, way, now) for message, way in ways.items()},
            moves=status.MESSAGE_NEXT_WAYS,
            **dict.fromkeys(("reason", "detail", "sent_at", "provider_ref", "attempt_id"), False),
            address_bounces=False,
            tries=0,
        )
        # sudo: a report may come in anybody's name, and nobody else may touch crons
        self.env.ref("website_sale_order_handling.ir_cron_send").sudo()._trigger()
        return going

    @api.model
    def _prepare_way_vals(self, message, way, now):
        unfinished, channel = message.unfinished_id, way.channel_id
        return {
            **unfinished._prepare_addressee_vals(channel),
            "channel_id": channel.id,
            "way_id": way._way().id,
            "due_at": now,
        }

    @api.model
    def _next_way(self, message):
        """Return the next way by which a message may reach its buyer, None when there is none."""
        ways = message.step_id._ways()
        current = message.way_id or message.step_id
        tried = {(attempt.channel_id, attempt.address) for attempt in message.attempt_ids}
        tried.add((message.channel_id, message.address))
        for way in ways[ways.index(current) + 1 :] if current in ways else ():
            channel = way.channel_id
            if channel._is_usable() and not channel.stopped_at:
                address = message.unfinished_id._recovery_address(channel)
                if address and (channel, address) not in tried:
                    return way
        return None
