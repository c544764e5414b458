from collections import Counter, defaultdict
from math import ceil

from odoo import api, fields, models
from odoo.tools import SQL

from ...drivers.base import QUEUED
from ...orm.batches import claim, isolate, run_batches
from ...orm.ir_cron import MAX_JOBS
from ...orm.memory import remembering
from ...orm.rows import update_rows
from ...tools import eligibility, schedule
from ..words.renderer import RenderingError
from .facts import Candidate
from .remote import Outbox

# So many messages are claimed, and all that is known about them is asked, in one transaction; so
# many of them are rendered at a time, because their texts are what takes the memory.
BATCH = 1000
SLICE = 500
# When less is left, a batch is a third of it: several workers shall finish at the same time.
SMALLEST, SHARE = 300, 3


class RecoveryMessage(models.Model):
    """Sending, in batches: claim, ask the facts, render, hand over, note."""

    _inherit = "recovery.message"

    @api.model
    def _cron_send(self):
        """Send what is due. Several workers share the work; none sends what another holds."""
        self.env["recovery.facts"]._note_silence(self.env.context.get("lastcall"))
        self.env["recovery.channel"]._watch()
        self.env["recovery.remote"]._look_after_lost()
        run_batches(self.env, lambda: self._send_due_batch(BATCH), 1)

    @api.model
    def _count_due_batches(self, limit):
        """Return for how many workers there are batches to send, up to `limit`."""
        due = [("state", "=", "waiting"), ("due_at", "<=", fields.Datetime.now())]
        return ceil(self.search_count(due, limit=limit * BATCH) / BATCH)

    @api.model
    def _send_due_batch(self, limit):
        """Send up to `limit` due messages.

        :return: how many were dealt with: sent, skipped, deferred or failed
        :rtype: int
        """
        batch, outbox = self._claim_due(limit), Outbox()
        if batch:
            with remembering(self.env):
                isolate(batch, lambda messages: messages._send(outbox), self._give_up)
                handled = batch.filtered(lambda m: m.state in ("sending", "sent", "failed"))
                handled.unfinished_id._plan_next_reminders()
            batch.filtered(lambda message: message.state == "sending").channel_id._wake()
            self.env["recovery.remote"]._deliver(outbox)
        return len(batch)

    @api.model
    def _claim_due(self, limit):
        """Lock what is due and not held by another worker; the lock dies with its owner.

        Among what is due longest, customer by customer: two workers that write to the same one
        meet at the limit of one message a day, and one of them has to begin anew. A customer of
        whom not all messages could be locked waits for the next batch, or for the other worker.
        """
        self.flush_model(["state", "due_at", "customer_key"])
        rows = claim(
            self.env,
            SQL(
                """WITH due AS MATERIALIZED (
                       SELECT id, customer_key FROM recovery_message
                        WHERE state = 'waiting' AND due_at <= %s
                     ORDER BY due_at, id
                        LIMIT %s)
                   SELECT m.id, m.customer_key, due.count
                     FROM recovery_message m
                     JOIN (SELECT id, count(*) OVER (PARTITION BY customer_key) FROM due) due
                       ON due.id = m.id
                    WHERE m.state = 'waiting'
                 ORDER BY m.customer_key, m.due_at, m.id
                    LIMIT (SELECT LEAST(%s, GREATEST(%s, count(*) / %s)) FROM due)
               FOR NO KEY UPDATE OF m SKIP LOCKED""",
                fields.Datetime.now(),
                limit * MAX_JOBS,  # each finds a batch of its own
                limit,
                SMALLEST,
                SHARE,
            ),
        )
        locked = Counter(key for _id, key, _count in rows)
        whole = [id_ for id_, key, count in rows if key is None or locked[key] == count]
        # Somebody with more carts than a batch has messages never fits into one.
        return self.browse(whole or [id_ for id_, _key, _count in rows])

    @api.model
    def _give_up(self, message, error):
        reason = "rendering" if isinstance(error, RenderingError) else "error"
        message._move_to("failed", reason=reason, detail=str(error) or repr(error))

    def _send(self, outbox):
        """Re-check, render and hand over messages that this transaction has locked.

        :param Outbox outbox: takes what is to leave after the commit
        """
        now = fields.Datetime.now()
        with remembering(self.env):  # here: half of a batch that was undone begins anew
            ready = self._sort_out(now)
            # For all languages together: each of them would read the same products again.
            self.env["recovery.renderer"]._feed(ready.unfinished_id.order_id)
            for channel, messages in ready.grouped("channel_id").items():
                for first in range(0, len(messages), SLICE):
                    part = messages[first : first + SLICE].with_prefetch(messages.ids)
                    part._hand_over(channel, now, outbox)

    def _hand_over(self, channel, now, outbox):
        """Render messages of one channel, hand them to its driver, and note what it says."""
        # sudo: credentials are readable by administrators only
        driver, account = channel._driver(), channel.sudo()._account()
        envelopes = self.env["recovery.message.words"]._make_envelopes(self)
        envelopes = self.env["recovery.attempt"]._begin(self, envelopes, driver)
        if driver._is_remote:
            receipts = outbox.put(channel, account, envelopes)
        else:
            receipts = driver._send(account, envelopes)
        self._apply_receipts(envelopes, receipts, now, bool(driver._queued_texts()))

    def _sort_out(self, now):
        """Skip or defer what must not leave now, and return what may."""
        moved = self._ask_for_buyers(now)
        ready, skipped, deferred = [], defaultdict(list), {}
        leaving = eligibility.Leaving()
        for message, facts in self._facts(now).items():
            known = eligibility.beside(leaving, facts, message._rivals())
            verdict = eligibility.verdict(known, now)
            if verdict.action == eligibility.SEND and message in moved:
                # Made anew, for whom it is.
                deferred[message] = {"reason": False, "due_at": max(message.due_at, now)}
            elif verdict.action == eligibility.SEND:
                ready.append(message.id)
                eligibility.note_leaving(leaving, message.id, facts, message._marks(), now)
            elif verdict.action == eligibility.SKIP:
                skipped[verdict.reason].append(message.id)
            else:
                deferred[message] = {"reason": verdict.reason, "due_at": verdict.until}
        # What came too late, or to an address of no use, has not been sent: later steps go on.
        go_on = self.browse(skipped["stale"] + skipped["bounced"]).unfinished_id
        self.browse(skipped.pop("stale"))._skip_stale()
        for reason, ids in skipped.items():
            messages = self.browse(ids)
            going_on = self.env["recovery.outcome"]._find_another_way(messages, reason, now)
            (messages - going_on)._move_to("skipped", reason=reason)
        go_on._plan_next_reminders()
        self.browse(message.id for message in deferred)._move_to("waiting", deferred)
        return self.browse(ready)

    def _skip_stale(self):
        """Skip what comes too late, and keep what it was held for."""
        groups = self.grouped(lambda message: (message.reason, message.website_id))
        for (held, website), messages in groups.items():
            words = {}
            if held and held != "server":  # the server has said so itself
                env = website._words_env()
                label = self.with_env(env)._reason_labels()[held]
                words["detail"] = env._("Held before: %(reason)s", reason=label)
            messages._move_to("skipped", reason="stale", **words)

    def _days(self, now):
        """Return the day of each message: the one message that its customer may get on it.

        Another worker that writes to the same customer makes the UPDATE that takes the day fail:
        then the whole batch is tried again, and finds that the day is taken.

        :rtype: dict[recovery.message, date]
        """
        days = {website: schedule.local_day(now, website._shop_tz()) for website in self.website_id}
        return {message: days.get(message.website_id) for message in self}

    @api.model
    def _drop_unwanted(self, refs):
        """Skip or defer queued messages that must not leave after all.

        :param list[str] refs: the references of what is about to leave a queue
        :return: those of what must not
        :rtype: set[str]
        """
        now = fields.Datetime.now()
        locked = self._lock_until_left(refs)
        # Somebody has put these back into the queue.
        locked.filtered(lambda m: m.state == "failed" and not m.sent_at)._begin_anew("sending", now)
        # What has come to another end, or waits to be made anew, does not leave beside that.
        queued = locked.filtered(lambda message: message.state == "sending")
        wanted = queued._sort_out(now)
        # Those that have waited in the queue beyond midnight use up another day.
        days = wanted._days(now)
        late = wanted.filtered(lambda message: message.local_day != days[message])
        update_rows(late, [{"local_day": days[message]} for message in late])
        return set(refs) - set(wanted.mapped("provider_ref"))

    @api.model
    def _lock_until_left(self, refs):
        """Lock messages that are about to leave a queue, so that no report overtakes ours.

        A bounce or a click that comes while the mail server still answers would make the commit
        fail, after the mail has left: it would leave again.

        :param list[str] refs: their references there
        :rtype: recovery.message
        """
        self.flush_model(["provider_ref"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM recovery_message WHERE provider_ref = ANY(%s) FOR NO KEY UPDATE",
                list(refs),
            )
        )
        return self.browse(message_id for (message_id,) in rows)

    def _facts(self, now):
        """Return the facts about each message at the moment `now`, in the order of `self`.

        :rtype: dict[recovery.message, tools.eligibility.Facts]
        """
        facts = self.env["recovery.facts"]._about([message._candidate() for message in self], now)
        return {message: facts[message.id] for message in self if message.id in facts}

    def _candidate(self):
        return Candidate(
            ref=self.id,
            message_id=self.id,
            unfinished_id=self.unfinished_id.id or 0,
            campaign_id=self.campaign_id.id or 0,
            step_id=self.step_id.id or 0,
            channel_id=self.channel_id.id or 0,
            address=self.address or "",
            planned_for=self.planned_for or self.due_at,
            planned_at=self.planned_at or self.due_at,
            by_hand=self.by_hand,
        )

    # === Handed over ===#

    def _apply_receipts(self, envelopes, receipts, now, in_queue):
        """Note what the driver said; all of it goes to the database in one go.

        :param bool in_queue: whether the text of what is queued stays in the queue until it leaves
        """
        contents, known, days = {}, {}, self._days(now)
        shown = self.env["recovery.message.words"]._shown
        for message, envelope, receipt in zip(self, envelopes, receipts, strict=True):
            known[message] = receipt
            contents[message] = {
                "subject": envelope.subject or False,
                "body": False if in_queue and receipt.status == QUEUED else shown(envelope),
                "provider_ref": receipt.ref or False,
                "local_day": days[message],
            }
        self._move_to("sending", contents, reason=False)
        self.env["recovery.outcome"]._apply(known, now)
