from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...drivers.base import DELIVERED, REFUSED, SEEN, SENT, UNCERTAIN, UNREACHABLE
from ...orm.rows import insert_rows, update_rows
from ...tools import status
from .attempt import COST_DIGITS

# What is reported of nothing that we know by then is of others who use the same account.
KEPT = timedelta(days=7)
# From what proves least to what proves most: the order in which they came is anybody's.
STATUSES = (UNCERTAIN, SENT, UNREACHABLE, REFUSED, DELIVERED, SEEN)
ATTEMPT_STATES = {UNREACHABLE: "failed", REFUSED: "failed"}


class RecoveryReport(models.Model):
    """What providers report about attempts, each event once, whenever it comes.

    A report can be faster than the answer to the call that it is about, and than our own commit: it
    is kept then, and is applied when its attempt is known.
    """

    _name = "recovery.report"
    _description = "Provider's Report"
    _order = "at, id"
    _rec_name = "event"

    channel_id = fields.Many2one(
        "recovery.channel", required=True, readonly=True, ondelete="cascade"
    )
    event = fields.Char(required=True, readonly=True, help="The provider's id of this event.")
    status = fields.Selection(
        [
            (SENT, "Sent"),
            (DELIVERED, "Delivered"),
            (SEEN, "Seen"),
            (UNREACHABLE, "Not Reached"),
            (REFUSED, "Refused"),
            (UNCERTAIN, "Uncertain"),
        ],
        required=True,
        readonly=True,
    )
    ref = fields.Char("Provider's Reference", readonly=True)
    key = fields.Char(readonly=True)
    at = fields.Datetime(required=True, readonly=True)
    detail = fields.Text("Details", readonly=True)
    cost = fields.Float(digits=COST_DIGITS, readonly=True)
    has_cost = fields.Boolean(readonly=True)
    currency = fields.Char(readonly=True)
    attempt_id = fields.Many2one(
        "recovery.attempt", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    _once = models.UniqueIndex("(channel_id, event)", "This report is already recorded.")
    _early = models.Index("(create_date) WHERE attempt_id IS NULL")

    @api.model
    def _apply(self, reports, channel):
        """Note reports of one channel, and let attempts and messages follow them.

        :param list[Report] reports: as the driver has read them, verified
        :return: how many of them had not been known
        :rtype: int
        """
        now = fields.Datetime.now()
        unique = {report.event: report for report in reports}
        new = insert_rows(
            self,
            [self._prepare_vals(report, channel, now) for report in unique.values()],
            unless_known=True,
        )
        new._settle()
        return len(new)

    @api.model
    def _prepare_vals(self, report, channel, now):
        return {
            "channel_id": channel.id,
            "event": report.event,
            "status": report.status,
            "ref": report.ref or False,
            "key": report.key or False,
            "at": min(report.at or now, now),
            "detail": report.detail or False,
            "cost": report.cost or 0.0,
            "has_cost": report.cost is not None,
            "currency": report.currency or False,
        }

    @api.model
    def _catch_up(self):
        """Apply reports that came before what they are about was known."""
        # sudo: what providers say is noted whoever is working
        self.sudo().search([("attempt_id", "=", False)])._settle()

    def _settle(self):
        """Find the attempts that these reports are about, and let them follow."""
        if not self:
            return
        self.env["recovery.attempt"].flush_model(["key", "provider_ref", "channel_id"])
        self.flush_model()
        by_key = SQL("a.key = r.key")
        by_ref = SQL("a.provider_ref = r.ref AND a.channel_id = r.channel_id")
        query = """SELECT r.id, a.id FROM recovery_report r JOIN recovery_attempt a ON %s
                    WHERE r.id = ANY(%s)"""
        pairs = {}
        for condition in (by_ref, by_key):
            pairs |= dict(self.env.execute_query(SQL(query, condition, self.ids)))
        found = self.filtered(lambda report: report.id in pairs)
        update_rows(found, [{"attempt_id": pairs[report.id]} for report in found])
        for each in STATUSES:
            found.filtered(lambda report, s=each: report.status == s)._follow(each)
        found._note_costs()

    def _follow(self, kind):
        """Let the attempts that these reports of one kind are about follow them."""
        if not self:
            return
        last = {report.attempt_id: report for report in self}
        attempts = self.attempt_id
        if kind in (DELIVERED, SEEN):
            self._arrived(attempts, kind, last)
            return
        current = attempts._current()
        details = {a: {"detail": last[a].detail or a.detail} for a in attempts}
        target = ATTEMPT_STATES.get(kind, kind)
        moved = attempts._move_to(target, details)
        self._tell_messages(kind, moved & current, last)

    @api.model
    def _tell_messages(self, kind, attempts, last):
        """Let messages follow their last attempts."""
        messages, now = attempts.message_id, fields.Datetime.now()
        details = {m: {"detail": last[m.attempt_id].detail or False} for m in messages}
        if kind == SENT:
            by_time = messages.grouped(lambda message: last[message.attempt_id].at)
            for at, ones in by_time.items():
                ones._move_to("sent", sent_at=at)
        elif kind == UNCERTAIN:
            messages._move_to("uncertain", details)
        else:
            outcome = self.env["recovery.outcome"]
            outcome._go_on_or_fail(messages, details, now, kind)

    @api.model
    def _arrived(self, attempts, kind, last):
        """Note that buyers have got messages, by whatever way, also one that was given up."""
        moved = attempts._move_to(kind)
        moved = moved.filtered(
            lambda a: a._current() or a.message_id.state in ("waiting", "failed", "skipped")
        )
        by_message = {attempt.message_id: attempt for attempt in moved}
        messages = moved.message_id
        messages._move_to(
            "delivered",
            {message: self._prepare_arrival_vals(a, last[a]) for message, a in by_message.items()},
            moves=status.MESSAGE_ARRIVALS,
            reason=False,
        )
        self.env["recovery.event"]._record(messages, "delivered")

    @api.model
    def _prepare_arrival_vals(self, attempt, report):
        message = attempt.message_id
        return {
            "attempt_id": attempt.id,
            "channel_id": attempt.channel_id.id,
            "address": attempt.address or message.address,
            "provider_ref": attempt.provider_ref,
            "sent_at": message.sent_at or attempt.sent_at or report.at,
        }

    def _note_costs(self):
        """Let attempts cost what their last report says."""
        priced = self.filtered("has_cost")
        prices = {report.attempt_id: (report.cost, report.currency) for report in priced}
        self.env["recovery.attempt"]._note_costs(prices)

    @api.model
    def _forget(self, attempts):
        """Forget what was said about attempts whose buyers are erased."""
        self.search([("attempt_id", "in", attempts.ids)]).write({"detail": False})

    @api.autovacuum
    def _gc_strange(self):
        """Forget what was reported of nothing that we know."""
        before = fields.Datetime.now() - KEPT
        self.search([("attempt_id", "=", False), ("create_date", "<", before)]).unlink()
