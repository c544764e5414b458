from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import eligibility, outlook, schedule
from ...tools.outlook import Waiting

NOT_LEFT = ("waiting", "sending")
CHANGED = ("cart_changed", "cart_edited")


def _days_of(waiting, now):
    """Return the customers' days on which messages may leave, a day of delay included."""
    days = {schedule.local_day(max(one.due_at, now), one.shop_tz) for one in waiting.values()}
    return {day + timedelta(days=late) for day in days for late in range(3)}


class UnfinishedOrder(models.Model):
    """What comes next for the rows that somebody looks at: what the senders would say now.

    A message is planned long before it leaves, and most of what happens to a cart, to its buyer
    and to their other carts meanwhile is seen when it is about to leave. So the facts are asked
    when a row is shown, in as many queries for a page as for one row. Who reads rows by the
    million asks `_noted_status` instead.
    """

    _inherit = "unfinished.order"

    next_reminder_at = fields.Datetime("Next Reminder", compute="_compute_reminder_note")
    reminder_note = fields.Char(
        "Reminders",
        compute="_compute_reminder_note",
        help="What will be sent next, or why nothing was or will be sent.",
    )

    @api.depends("message_ids.state", "message_ids.due_at", "message_ids.reason", "state")
    @api.depends_context("lang")
    def _compute_reminder_note(self):
        outlooks = self._outlooks()
        campaigns = self._campaigns_by_website()
        for unfinished in self:
            at, note = unfinished._reminder_status(campaigns, outlooks)
            unfinished.next_reminder_at = at
            unfinished.reminder_note = note

    def _noted_status(self):
        """Return what is noted about what comes next, whatever the facts are, for many rows.

        :return: when, and in words
        :rtype: list[tuple[datetime | bool, str | bool]]
        """
        campaigns = self._campaigns_by_website()
        return [unfinished._reminder_status(campaigns, {}) for unfinished in self]

    # === What the facts say ===#

    def _outlooks(self):
        """Return what becomes of the messages that have not left, of these and of their rivals.

        :rtype: dict[recovery.message, tools.outlook.Outlook]
        """
        # sudo: a customer's one message of a day may be another company's, or a colleague's
        open_ones = self._origin.sudo().filtered(lambda unfinished: unfinished.state == "open")
        mine = open_ones.message_ids.filtered(lambda message: message.state in NOT_LEFT)
        if not mine:
            return {}
        messages = mine | mine.unfinished_id._rival_messages()
        now = fields.Datetime.now()
        waiting = messages._as_waiting(messages._facts(now))
        taken = messages.unfinished_id._taken_days(_days_of(waiting, now))
        holding = {key: holder.id for key, holder in taken.items()}
        awake_since = self.env["recovery.facts"]._awake_since()
        found = outlook.foresee(waiting, holding, now, awake_since)
        by_id = {message.id: message for message in [*taken.values(), *messages]}
        return {
            by_id[id_]: one._replace(holder=by_id.get(one.holder)) for id_, one in found.items()
        }

    def _rival_messages(self):
        """Return what waits about other carts of the same customers, on whichever website.

        Who has the same phone and no e-mail is known by the number; who has another e-mail is
        asked about among the rows themselves.
        """
        keys = {key for unfinished in self for key in unfinished._rivals()}
        rivals = Domain("customer_key", "in", list(keys)) & Domain("state", "=", "open")
        others = self.search_fetch(rivals & Domain("id", "not in", self.ids), ["state"])
        return others.message_ids.filtered(lambda message: message.state in NOT_LEFT)

    # === In words ===#

    def _reminder_status(self, campaigns, outlooks):
        """Return when the next reminder leaves, and in one line what comes next or why nothing.

        :param dict campaigns: those that run, by website
        :param dict outlooks: of the messages that have not left, as far as they were asked for
        :rtype: tuple[datetime | bool, str | bool]
        """
        self.ensure_one()
        if self.state != "open":
            return False, False
        # sudo: as of `_outlooks`
        messages = self.sudo().message_ids.sorted("id")
        not_left = messages.filtered(lambda message: message.state in NOT_LEFT)
        known = [(message, outlooks[message]) for message in not_left if message in outlooks]
        if known:
            # What leaves first; of what never leaves, what was due first.
            message, first = min(known, key=lambda k: (not k[1].at, k[1].at or k[0].due_at))
            return first.at or False, message._outlook_note(first)
        if waiting := messages.filtered(lambda message: message.state == "waiting"):
            first = min(waiting, key=lambda message: (message.due_at, message.id))
            return first.due_at, first._noted_note()
        return False, messages[-1:]._past_note() or self._nothing_note(campaigns)

    def _is_being_changed(self):
        """Tell whether the cart has been changed so lately that it is not left yet."""
        self.ensure_one()
        # sudo: sellers may see the cart's date even when the cart is not theirs
        cart = self.sudo().order_id
        idle_since = fields.Datetime.now() - timedelta(hours=cart.website_id.cart_idle_hours)
        return bool(cart.cart_activity_at) and cart.cart_activity_at > idle_since

    def _nothing_note(self, campaigns):
        """Say why nothing is planned for this order."""
        running = campaigns.get(self.website_id, ())
        if not running:
            return self.env._("Automatic reminders are off")
        if self.message_ids:
            return self.env._("All reminders sent")
        if all(self.activity_at < campaign.active_since for campaign in running):
            return self.env._("Left before reminders were switched on")
        return self.env._("Nothing planned")


class RecoveryMessage(models.Model):
    """What becomes of one message, in words."""

    _inherit = "recovery.message"

    def _as_waiting(self, facts):
        """Return what decides about these messages, by their ids.

        :param dict facts: about each of them, now
        :rtype: dict[int, tools.outlook.Waiting]
        """
        windows = {channel: channel._window() for channel in self.channel_id}
        shops = {website: website._shop_tz() for website in self.website_id}
        return {
            message.id: Waiting(
                facts=known,
                due_at=message.due_at,
                planned_at=message.planned_at or message.due_at,
                held_for=message.reason or "",
                marks=frozenset(message._marks()),
                rivals=frozenset(message._rivals()),
                window=windows[message.channel_id],
                tz=message.unfinished_id._buyer_tz(),
                shop_tz=shops.get(message.website_id, "UTC"),
            )
            for message, known in facts.items()
        }

    def _outlook_note(self, foreseen):
        """Say what becomes of this message.

        :param tools.outlook.Outlook foreseen: as the facts are now
        """
        self.ensure_one()
        if foreseen.action == eligibility.SEND:
            return self.env._("Being sent") if self.state == "sending" else self.env._("Scheduled")
        if foreseen.reason in CHANGED:
            return self._planned_anew_note(foreseen.reason)
        label = self._reason_labels()[foreseen.reason]
        if foreseen.action == eligibility.SKIP:
            return self.env._("Will not be sent: %(reason)s", reason=label)
        if foreseen.holder and foreseen.holder.state in NOT_LEFT:
            label = self.env._("The customer gets another message on that day")
        return self.env._("Held: %(reason)s", reason=label)

    def _planned_anew_note(self, reason):
        label = self._reason_labels()[reason]
        return self.env._("Planned anew when the cart is left again: %(reason)s", reason=label)

    def _noted_note(self):
        """Say what was noted about this message, which waits."""
        self.ensure_one()
        label = self._reason_label()
        return self.env._("Held: %(reason)s", reason=label) if label else self.env._("Scheduled")

    def _past_note(self):
        """Say what became of the last message of an order; nothing where a campaign goes on."""
        if self.state == "sending":
            return self.env._("Being sent")
        if self.state == "bounced":
            label = self._reason_labels()["bounced"]
            return self.env._("Not delivered: %(reason)s", reason=label)
        if self.state in ("skipped", "failed"):
            if self.reason in CHANGED and self.unfinished_id._is_being_changed():
                return self._planned_anew_note(self.reason)
            return self.env._("Not sent: %(reason)s", reason=self._reason_label())
        return self.by_hand and self.env._("Reminded by hand")
