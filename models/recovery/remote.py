from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain

from ...drivers.base import LATER, QUEUED, Receipt
from ...drivers.calls import Call, ask, make_calls
from ...orm.batches import commit_work, repeat
from .attempt import LEASE

# So long, calls are begun after a commit; the answer to the last of them comes within the lease.
SECONDS = 60
# So many attempts of which nobody knows are asked about in one run of the job.
MOST_ASKED = 200
ASK_AGAIN, ASK_FOR = timedelta(hours=1), timedelta(days=1)


class Outbox:
    """What is to be sent by calls over the network, once it has been committed that it is."""

    def __init__(self):
        self.calls = []

    def put(self, channel, account, envelopes):
        """Take envelopes of a channel, and return the receipts that they have by now."""
        driver, rate = channel._driver(), channel._calls_a_second()
        self.calls += [Call(channel.id, driver, account, each, rate) for each in envelopes]
        return [Receipt(envelope.key, QUEUED) for envelope in envelopes]


class RecoveryRemote(models.AbstractModel):
    """Calls providers while no transaction is open, and finds what a dead process has left behind.

    That a message is being sent is committed before the call, with our key and a lease. When the
    lease has passed without an answer, the process has died: nobody knows how far the call has
    come, the message is uncertain, and it is never sent again by itself. The provider is asked,
    where that can be done.
    """

    _name = "recovery.remote"
    _description = "Calls to Providers"

    @api.model
    def _deliver(self, outbox):
        """Commit, call the providers, and note their answers in a transaction of its own."""
        calls = outbox.calls and self._really_there(outbox.calls)
        if not calls:
            return
        self.env["ir.cron"]._commit_progress()
        receipts = make_calls(calls, SECONDS)
        note = partial(self._note, [call.envelope.key for call in calls], receipts)
        repeat(self.env, partial(commit_work, self.env, note))

    @api.model
    def _really_there(self, calls):
        """Return the calls whose attempts are there: a part of the batch may have been undone."""
        keys = [call.envelope.key for call in calls]
        attempts = self.env["recovery.attempt"].search_fetch(
            [("key", "in", keys), ("state", "=", "sending")], ["key"]
        )
        there = set(attempts.mapped("key"))
        return [call for call in calls if call.envelope.key in there]

    @api.model
    def _note(self, keys, receipts):
        """Note what providers have answered; what there was no time for waits again.

        :param list[str] keys: of all that was to be called
        :param dict[str, Receipt] receipts: of what was called
        """
        self.env["recovery.outcome"]._on_receipts(receipts)
        uncalled = self.env["recovery.attempt"].search(
            [("key", "in", [key for key in keys if key not in receipts])]
        )
        messages = uncalled._current().message_id
        messages._move_to("waiting", due_at=fields.Datetime.now())
        uncalled.unlink()  # nobody has tried anything
        self._end_leases(keys)

    @api.model
    def _end_leases(self, keys):
        """Let no answer be waited for that has come."""
        domain = [("key", "in", keys), ("lease_until", "!=", False)]
        self.env["recovery.attempt"].search(domain).lease_until = False

    # === What nobody knows ===#

    @api.model
    def _look_after_lost(self):
        """Find what dead processes have left, apply early reports, and ask about the rest."""
        repeat(self.env, partial(commit_work, self.env, self._find_lost))
        repeat(self.env, partial(commit_work, self.env, self.env["recovery.report"]._catch_up))
        for channel, asked in self._to_ask().items():
            self._ask(channel, asked)

    @api.model
    def _find_lost(self):
        """Let what a dead process was sending be uncertain."""
        now = fields.Datetime.now()
        # A lease further away was given by a clock that was wrong.
        over = Domain("lease_until", "<", now) | Domain("lease_until", ">", now + 2 * LEASE)
        attempts = self.env["recovery.attempt"].search(over)
        for website, messages in attempts._current().message_id.grouped("website_id").items():
            detail = website._words_env()._(
                "The process that called the provider has ended before the answer."
            )
            messages._move_to("uncertain", detail=detail)
        attempts.filtered(lambda attempt: attempt.state == "sending")._move_to("uncertain")
        attempts.lease_until = False

    @api.model
    def _to_ask(self):
        """Return of which attempts providers are to be asked, by their channels.

        :rtype: dict[recovery.channel, recovery.attempt]
        """
        due = Domain("ask_at", "<=", fields.Datetime.now()) & Domain("state", "=", "uncertain")
        attempts = self.env["recovery.attempt"].search(due, limit=MOST_ASKED, order="ask_at")
        usable = attempts.filtered(lambda a: a.channel_id._is_usable())
        usable = usable.filtered(lambda a: a.channel_id._driver()._is_remote)
        (attempts - usable).ask_at = False
        return usable.grouped("channel_id")

    @api.model
    def _ask(self, channel, attempts):
        """Ask a provider, while no transaction is open, and note what it knows."""
        # sudo: credentials are readable by administrators only
        driver, account = channel._driver(), channel.sudo()._account()
        asked = [(attempt.key, attempt.provider_ref or "") for attempt in attempts]
        self.env["ir.cron"]._commit_progress()
        receipts = ask(driver, account, asked)
        note = partial(self._note_told, attempts, receipts)
        repeat(self.env, partial(commit_work, self.env, note))

    @api.model
    def _note_told(self, attempts, receipts):
        known = {key: one for key, one in receipts.items() if one.status != LATER}
        self.env["recovery.outcome"]._on_receipts(known)
        now = fields.Datetime.now()
        for attempt in attempts.filtered(lambda one: one.state == "uncertain"):
            is_young = attempt.begun_at and attempt.begun_at > now - ASK_FOR
            attempt.ask_at = now + ASK_AGAIN if is_young else False
