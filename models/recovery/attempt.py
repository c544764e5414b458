from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from odoo import api, fields, models

from ...drivers.base import MAIL
from ...orm.rows import insert_rows, update_rows
from ...tools import status
from .message import COST_DIGITS

# For so long at most, a process calls a provider about what it holds; what has no answer by then
# was held by a process that has ended.
LEASE = timedelta(minutes=10)
MOMENTS = {"sent": "sent_at", "delivered": "delivered_at", "seen": "delivered_at"}
ENDS = ("failed", "taken_back")


class RecoveryAttempt(models.Model):
    """One try to get a message to its buyer, by one way.

    sending     handed over; nobody has said yet what became of it
    sent        accepted by the provider
    delivered   the provider has seen it arrive
    seen        the buyer has opened it
    failed      it did not get there: the detail says why
    taken_back  it was not wanted any more, before it left
    uncertain   the provider did not answer: it may have left, and is not sent again by itself

    States never move backwards, but a phone that has got a message proves more than a report that
    it had failed. Messages by e-mail alone have none of these: they are their own.
    """

    _name = "recovery.attempt"
    _description = "Attempt to Reach a Buyer"
    _order = "id"
    _rec_name = "address"

    message_id = fields.Many2one(
        "recovery.message", required=True, readonly=True, ondelete="cascade", index=True
    )
    channel_id = fields.Many2one(
        "recovery.channel", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("seen", "Seen"),
            ("failed", "Failed"),
            ("taken_back", "Taken Back"),
            ("uncertain", "Uncertain"),
        ],
        default="sending",
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True, help="By which the provider knows it from us.")
    provider_ref = fields.Char("Provider's Reference", readonly=True, index="btree_not_null")
    address = fields.Char("Sent To", readonly=True)
    detail = fields.Text("Details", readonly=True, help="What the provider said.")
    begun_at = fields.Datetime("Begun", readonly=True, default=fields.Datetime.now)
    sent_at = fields.Datetime("Sent", readonly=True)
    delivered_at = fields.Datetime("Delivered", readonly=True)
    ended_at = fields.Datetime("Given Up", readonly=True)
    cost = fields.Float(digits=COST_DIGITS, readonly=True)
    cost_currency_id = fields.Many2one("res.currency", "Currency", readonly=True)
    lease_until = fields.Datetime(
        readonly=True, help="Until then, a process waits for the provider's answer."
    )
    ask_at = fields.Datetime(readonly=True, help="When the provider is asked what became of it.")

    _key_unique = models.UniqueIndex("(key)", "An attempt is made once: its key must be unique.")
    _called = models.Index("(lease_until) WHERE lease_until IS NOT NULL")
    _to_ask = models.Index("(ask_at) WHERE ask_at IS NOT NULL")
    _by_channel = models.Index("(channel_id, begun_at) INCLUDE (state, cost, cost_currency_id)")

    # === State ===#

    def _move_to(self, state, each=None, **values):
        """Write `state`, here and nowhere else; a move backwards is ignored.

        :param dict each: further values of each attempt
        """
        movable = self.filtered(
            lambda attempt: status.may_move(status.ATTEMPT_MOVES, attempt.state, state)
        )
        now = fields.Datetime.now()
        common = {"state": state, "lease_until": False, "ask_at": False}
        if moment := MOMENTS.get(state) or (state in ENDS and "ended_at"):
            common[moment] = now
        if state == "uncertain":
            common["ask_at"] = now
        each = each or {attempt: {} for attempt in movable}
        update_rows(movable, [{**common, **values, **each[attempt]} for attempt in movable])
        return movable

    @api.model
    def _on_messages_moved(self, messages, state, values, each):
        """Let the attempts of messages that move follow them.

        :param dict values: what is written to all of the messages
        :param dict each: what is written to each of them
        """
        attempts = messages.attempt_id
        target = status.ATTEMPT_OF_MESSAGE.get(state)
        if not (attempts and target):
            return
        words = {
            message.attempt_id: {
                "detail": each[message].get("detail", values.get("detail"))
                or message.attempt_id.detail
            }
            for message in messages
            if message.attempt_id
        }
        attempts._move_to(target, words)

    # === Beginning and ending ===#

    @api.model
    def _begin(self, messages, envelopes, driver):
        """Note that messages are handed over, and return their envelopes, each with its own key.

        A message by e-mail is its own attempt, as long as that is its first way.

        :param list[Envelope] envelopes: one for each of the messages
        :rtype: list[Envelope]
        """
        pairs = list(zip(messages, envelopes, strict=True))
        tracked = [(m, envelope) for m, envelope in pairs if envelope.kind != MAIL or m.way_id]
        if not tracked:
            return envelopes
        lease = fields.Datetime.now() + LEASE if driver._is_remote else False
        made = insert_rows(
            self,
            [{**self._prepare_vals(m, uuid4().hex), "lease_until": lease} for m, _e in tracked],
        )
        keys = {m: attempt.key for (m, _e), attempt in zip(tracked, made, strict=True)}
        update_rows(
            messages.browse(m.id for m, _e in tracked), [{"attempt_id": id_} for id_ in made.ids]
        )
        return [replace(e, key=keys[m]) if m in keys else e for m, e in pairs]

    @api.model
    def _prepare_vals(self, message, key):
        return {
            "message_id": message.id,
            "channel_id": message.channel_id.id,
            "address": message.address,
            "key": key,
            "state": "sending",
        }

    @api.model
    def _keep_of_mails(self, messages, details):
        """Note what became of messages by e-mail that go another way, as their first attempts.

        :param dict details: why they did not get there
        """
        mails = messages.filtered(lambda message: message.provider_ref and not message.attempt_id)
        now = fields.Datetime.now()
        insert_rows(
            self,
            [
                {
                    **self._prepare_vals(message, uuid4().hex),
                    "state": "failed",
                    "provider_ref": message.provider_ref,
                    "detail": details[message]["detail"],
                    "begun_at": message.planned_at or message.due_at,
                    "sent_at": message.sent_at,
                    "ended_at": now,
                }
                for message in mails
            ],
        )

    def _current(self):
        """Return those that their messages have not given up for another way."""
        return self.filtered(lambda attempt: attempt.message_id.attempt_id == attempt)

    # === What it cost ===#

    def _note_costs(self, prices):
        """Note what attempts cost, and what that comes to for their messages.

        :param dict prices: an amount and the code of its currency, by attempt
        """
        if not prices:
            return
        codes = {code for _amount, code in prices.values() if code}
        currencies = self.env["res.currency"].with_context(active_test=False)
        by_code = {
            currency.name: currency.id
            for currency in currencies.search([("name", "in", list(codes))])
        }
        attempts = self.browse(attempt.id for attempt in prices)
        update_rows(
            attempts,
            [
                {"cost": amount, "cost_currency_id": by_code.get(code, False)}
                for amount, code in prices.values()
            ],
        )
        attempts._add_up_costs()

    def _add_up_costs(self):
        """Let messages say what all their attempts cost, in one currency."""
        messages = self.message_id
        costs = {message: {} for message in messages}
        sums = self._read_group(
            [("message_id", "in", messages.ids), ("cost", "!=", 0)],
            ["message_id", "cost_currency_id"],
            ["cost:sum"],
        )
        for message, currency, cost in sums:
            costs[message][currency] = cost
        update_rows(messages, [self._sum_of(m, found) for m, found in costs.items()])

    @api.model
    def _sum_of(self, message, found):
        company = message.company_id or self.env.company
        total = next(iter(found)) if len(found) == 1 else company.currency_id
        today = fields.Date.today()
        cost = sum(
            amount
            if currency == total or not currency
            else currency._convert(amount, total, company, today, round=False)
            for currency, amount in found.items()
        )
        return {"cost": cost, "cost_currency_id": total.id}

    # === Erasing ===#

    @api.model
    def _forget_whom(self, messages):
        """Forget to whom these messages went, and what providers said of it."""
        attempts = self.search([("message_id", "in", messages.ids)])
        attempts.write({"address": False, "detail": False})
        self.env["recovery.report"]._forget(attempts)


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    # None for messages by e-mail alone.
    attempt_id = fields.Many2one(
        "recovery.attempt",
        "Last Attempt",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        copy=False,
    )
    attempt_ids = fields.One2many("recovery.attempt", "message_id", "Ways Tried", readonly=True)
