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


class RecoveryOutlook(models.AbstractModel):
    """Says what comes next for unfinished orders, when, and why nothing does.

    A message is planned long before it leaves, and most of what happens to a cart, to its buyer
    and to their other carts meanwhile is seen when it is about to leave. So the facts are asked
    when a row is shown, in as many queries for a page as for one row. Who reads rows by the
    million asks for what is noted instead.
    """

    _name = "recovery.outlook"
    _description = "What Becomes of Reminders"

    @api.model
    def _foreseen(self, unfinished):
        """Return when the next reminder of each leaves, and what comes next, as the facts are now.

        :param unfinished.order unfinished: a page of them
        :rtype: list[tuple[datetime | bool, str | bool]]
        """
        return self._statuses(unfinished, self._outlooks(unfinished))

    @api.model
    def _noted(self, unfinished):
        """Return the same as it was noted, whatever the facts are, for any number of them."""
        return self._statuses(unfinished, {})

    @api.model
    def _note_on(self, messages):
        """Say of each of these messages what becomes of it, or why it was not sent."""
        waiting = messages.filtered(lambda message: message.state == "waiting")
        foreseen = self._outlooks(waiting.unfinished_id)
        labels = messages._reason_labels()
        for message in messages:
            known = message in waiting and foreseen.get(message._origin)
            label = labels.get(message.reason) or False
            message.outlook = self._note_foreseen(message, known, labels) if known else label

    # === What the facts say ===#

    @api.model
    def _outlooks(self, unfinished):
        """Return what becomes of the messages that have not left, of these and of their rivals.

        :rtype: dict[recovery.message, tools.outlook.Outlook]
        """
        # sudo: a customer's one message of a day may be another company's, or a colleague's
        open_ones = unfinished._origin.sudo().filtered(lambda one: one.state == "open")
        mine = open_ones.message_ids.filtered(lambda message: message.state in NOT_LEFT)
        if not mine:
            return {}
        messages = mine | self._rivals_of(mine.unfinished_id)
        now = fields.Datetime.now()
        waiting = self._as_waiting(messages, messages._facts(now))
        taken = messages.unfinished_id._taken_days(_days_of(waiting, now))
        holding = {key: holder.id for key, holder in taken.items()}
        awake_since = self.env["recovery.facts"]._awake_since()
        found = outlook.foresee(waiting, holding, now, awake_since)
        by_id = {message.id: message for message in [*taken.values(), *messages]}
        return {
            by_id[id_]: one._replace(holder=by_id.get(one.holder)) for id_, one in found.items()
        }

    @api.model
    def _rivals_of(self, unfinished):
        """Return what waits about other carts of the same customers, on whichever website.

        Who has the same phone and no e-mail is known by the number; who has another e-mail is
        asked about among the rows themselves.
        """
        keys = {key for one in unfinished for key in one._rivals()}
        rivals = Domain("customer_key", "in", list(keys)) & Domain("state", "=", "open")
        others = unfinished.search_fetch(rivals & Domain("id", "not in", unfinished.ids), ["state"])
        return others.message_ids.filtered(lambda message: message.state in NOT_LEFT)

    @api.model
    def _as_waiting(self, messages, facts):
        """Return what decides about messages, by their ids.

        :param dict facts: about each of them, now
        :rtype: dict[int, tools.outlook.Waiting]
        """
        law = self.env["recovery.law"]
        windows = {channel: law._windows(channel) for channel in messages.channel_id}
        shops = {website: website._shop_tz() for website in messages.website_id}
        return {
            message.id: Waiting(
                facts=known,
                due_at=message.due_at,
                planned_at=message.planned_at or message.due_at,
                held_for=message.reason or "",
                marks=frozenset(message._marks()),
                rivals=frozenset(message._rivals()),
                window=law._window_for(windows[message.channel_id], message.unfinished_id),
                tz=message.unfinished_id._buyer_tz(),
                shop_tz=shops.get(message.website_id, "UTC"),
            )
            for message, known in facts.items()
        }

    # === In words ===#

    @api.model
    def _statuses(self, unfinished, outlooks):
        """Return when the next reminder of each leaves, and in one line what comes or why nothing.

        :param dict outlooks: of the messages that have not left, as far as they were asked for
        """
        campaigns = unfinished._campaigns_by_website()
        labels = self.env["recovery.message"]._reason_labels()
        return [self._status_of(one, campaigns, outlooks, labels) for one in unfinished]

    @api.model
    def _status_of(self, unfinished, campaigns, outlooks, labels):
        if unfinished.state != "open":
            return False, False
        # sudo: as of `_outlooks`
        messages = unfinished.sudo().message_ids.sorted("id")
        waiting = messages.filtered(lambda message: message.state == "waiting")
        coming = waiting or messages.filtered(lambda message: message.state in NOT_LEFT)
        if known := [(message, outlooks[message]) for message in coming if message in outlooks]:
            # What leaves first; of what never leaves, what was due first.
            message, first = min(known, key=lambda k: (not k[1].at, k[1].at or k[0].due_at))
            return (waiting and first.at) or False, self._note_foreseen(message, first, labels)
        if waiting:
            first = min(waiting, key=lambda message: (message.due_at, message.id))
            return first.due_at, self._note_held(labels.get(first.reason))
        past = self._note_past(messages[-1:], labels)
        return False, past or self._note_nothing(unfinished, campaigns)

    @api.model
    def _note_foreseen(self, message, foreseen, labels):
        """Say what becomes of a message.

        :param tools.outlook.Outlook foreseen: as the facts are now
        """
        label = labels.get(foreseen.reason)
        if foreseen.action == eligibility.SEND:
            return self.env._("Being sent") if message.state == "sending" else self._note_held("")
        if foreseen.reason in CHANGED:
            return self._note_planned_anew(label)
        if foreseen.action == eligibility.SKIP:
            return self.env._("Will not be sent: %(reason)s", reason=label)
        if foreseen.holder and foreseen.holder.state in NOT_LEFT:
            label = self.env._("The customer gets another message on that day")
        return self._note_held(label)

    @api.model
    def _note_held(self, label):
        return self.env._("Held: %(reason)s", reason=label) if label else self.env._("Scheduled")

    @api.model
    def _note_planned_anew(self, label):
        return self.env._("Planned anew when the cart is left again: %(reason)s", reason=label)

    @api.model
    def _note_past(self, message, labels):
        """Say what became of an order's last message; nothing where a campaign goes on."""
        label = labels.get(message.reason)
        if message.state == "sending":
            return self.env._("Being sent")
        if message.state == "bounced":
            return self.env._("Not delivered: %(reason)s", reason=labels["bounced"])
        if message.state in ("skipped", "failed"):
            if message.reason in CHANGED and self._is_being_changed(message.unfinished_id):
                return self._note_planned_anew(label)
            return self.env._("Not sent: %(reason)s", reason=label)
        return message.by_hand and self.env._("Reminded by hand")

    @api.model
    def _is_being_changed(self, unfinished):
        """Tell whether the cart has been changed so lately that it is not left yet."""
        # sudo: sellers may see the cart's date even when the cart is not theirs
        cart = unfinished.sudo().order_id
        return bool(cart.cart_activity_at) and not cart._is_idle()

    @api.model
    def _note_nothing(self, unfinished, campaigns):
        """Say why nothing is planned for an order."""
        running = campaigns.get(unfinished.website_id, ())
        if not running:
            return self.env._("Automatic reminders are off")
        if unfinished.message_ids:
            return self.env._("All reminders sent")
        if all(unfinished.activity_at < campaign.active_since for campaign in running):
            return self.env._("Left before reminders were switched on")
        return self.env._("Nothing planned")
