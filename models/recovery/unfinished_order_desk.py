"""What recovery adds to the list and the page of unfinished orders: its messages."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..unfinished.unfinished_order_dashboard import Figure

# What holds a message until somebody does something: fills the shelf, mends the mail server.
# Quiet hours and the like pass by themselves.
NEEDS_SOMEBODY = ("sold_out", "server")
DOTS = {
    "waiting": "next",
    "sending": "sent",
    "sent": "sent",
    "delivered": "sent",
    "uncertain": "sent",
    "clicked": "clicked",
    "bounced": "failed",
    "failed": "failed",
}
DOT_FIELDS = (
    *("state", "due_at", "sent_at", "clicked_at", "step_id", "by_hand", "user_id"),
    *("unfinished_id", "reason", "step_version", "channel_id"),
)
ICONS = {
    "clicked": "fa-mouse-pointer",
    "bounced": "fa-exclamation-triangle",
    "failed": "fa-exclamation-triangle",
    "skipped": "fa-ban",
}


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    _held = models.Index(
        "(unfinished_id) WHERE state = 'waiting' AND reason IN ('sold_out', 'server')"
    )


def _search_held(orders, operator, value):
    """Find those of which a reminder waits for somebody."""
    if operator != "in":
        return NotImplemented
    waits = Domain("state", "=", "waiting") & Domain("reason", "in", NEEDS_SOMEBODY)
    return Domain("message_ids", "any", waits)


class UnfinishedOrder(models.Model):
    _inherit = "unfinished.order"

    is_held = fields.Boolean(
        "Reminder Held",
        store=False,
        search=_search_held,
        help="A reminder waits until somebody fills the shelf or mends the mail server.",
    )

    _without_email = models.Index(
        "(company_id, website_id) WHERE state = 'open' AND made_by IS NULL AND email IS NULL"
    )


class UnfinishedOrderDashboard(models.AbstractModel):
    _inherit = "unfinished.order.dashboard"

    @api.model
    def _figures(self):
        return [
            *super()._figures(),
            Figure(
                "unreachable",
                self.env._("No address"),
                self.env._("The buyer left no address for any channel in use"),
                ("open", "by_customers", "unreachable"),
                self._open_domain() & Domain("is_unreachable", "=", True),
                needs_you=True,
            ),
            Figure(
                "held",
                self.env._("Held reminders"),
                self.env._("Sold out, or refused by the mail server: somebody has to see to it"),
                ("open", "by_customers", "held"),
                self._open_domain() & Domain("is_held", "=", True),
                needs_you=True,
            ),
        ]


class UnfinishedOrderStatus(models.AbstractModel):
    _inherit = "unfinished.order.status"

    @api.model
    def _depends_on(self):
        return [
            *super()._depends_on(),
            *("message_ids.state", "next_reminder_at", "reminder_note", "stopped_at"),
        ]

    @api.model
    def _of(self, unfinished):
        known = super()._of(unfinished)
        # Without the texts, which are large.
        unfinished.message_ids.fetch(DOT_FIELDS)
        for one, status in known.items():
            status["dots"] = self._dots(one)
            if one.state == "open":
                status["next"] = fields.Datetime.to_string(one.next_reminder_at)
                status["note"] = status["note"] or self._note_of(one)
        return known

    @api.model
    def _note_of(self, one):
        """Return why nothing comes, or what holds it; a time says by itself that one is planned."""
        planned = one.next_reminder_at and one.reminder_note == self.env._("Scheduled")
        return False if planned else one.reminder_note

    @api.model
    def _dots(self, one):
        """Return a dot for each message that has left or is to leave, the first one first."""
        labels = dict(one.message_ids._fields["state"]._description_selection(self.env))
        messages = one.message_ids.filtered(lambda message: message.state in DOTS)
        return [
            {
                "tone": DOTS[message.state],
                "title": f"{message.occasion}: {labels[message.state]}",
                "at": fields.Datetime.to_string(
                    message.clicked_at or message.sent_at or message.due_at
                ),
            }
            for message in messages.sorted(lambda message: (message.due_at, message.id))
        ]


class UnfinishedOrderTimeline(models.AbstractModel):
    _inherit = "unfinished.order.timeline"

    @api.model
    def _events(self, unfinished):
        return [
            *super()._events(unfinished),
            *self._message_events(unfinished),
            *self._answer_events(unfinished),
        ]

    @api.model
    def _message_events(self, unfinished):
        """Return what was sent or skipped, and each report and click."""
        messages, reports = unfinished.message_ids, unfinished.message_ids.event_ids
        states = dict(messages._fields["state"]._description_selection(self.env))
        kinds = dict(reports._fields["kind"]._description_selection(self.env))
        events = []
        for message in messages:
            if message.state != "waiting":
                events.append(self._message_event(message, states[message.state]))
            for report in message.event_ids:
                icon = ICONS.get(report.kind, "fa-check")
                tone = {"clicked": "success", "bounced": "danger"}.get(report.kind, "")
                args = (report.at, report.kind, icon, kinds[report.kind])
                events.append(self._event(*args, text=message.occasion or "", tone=tone))
        return events

    @api.model
    def _message_event(self, message, label):
        """Return when and how a message left, or why it did not."""
        unsent = message.state in ("skipped", "failed")
        at = message.sent_at or (message.write_date if unsent else message.due_at)
        # What came later has an event of its own.
        title = label if unsent or not message.sent_at else self.env._("Sent")
        return self._event(
            at.replace(microsecond=0),
            "message",
            ICONS.get(message.state if unsent else "", "fa-envelope-o"),
            f"{title}: {message.occasion}" if message.occasion else title,
            text=(message._reason_label() if unsent else message.subject) or "",
            by=message.address or "",
            tone="danger" if message.state == "failed" else "",
            open={"model": message._name, "id": message.id},
        )

    @api.model
    def _answer_events(self, unfinished):
        """Return what the buyer said about reminders."""
        events = []
        if unfinished.stopped_at:
            title = self.env._("The buyer wants no more reminders")
            events.append(self._event(unfinished.stopped_at, "stopped", "fa-hand-stop-o", title))
        if unfinished.consent and unfinished.consent_at:
            labels = dict(unfinished._fields["consent"]._description_selection(self.env))
            title = self.env._(
                "Consent to reminders: %(answer)s", answer=labels[unfinished.consent]
            )
            args = (unfinished.consent_at, "consent", "fa-check-square-o", title)
            events.append(self._event(*args, text=unfinished.consent_text or ""))
        return events
