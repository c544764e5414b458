from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...orm.rows import insert_rows
from ...tools import eligibility, schedule
from .facts import Candidate
from .hand_words import clock, hint, when_it_leaves


class HandPlan(NamedTuple):
    """What becomes of one unfinished order when somebody sends a reminder by hand."""

    reason: str  # why it is skipped; "" when it is sent
    text: str  # the same in words, or when it leaves
    due_at: datetime
    day: date  # the customer's day that the message takes


class UnfinishedOrder(models.Model):
    """Reminders that a person sends: what would become of each, and sending them."""

    _inherit = "unfinished.order"

    # === What would become of them ===#

    def _plan_by_hand(self, channel):
        """Work out what becomes of these orders, in as many queries for five hundred as for one.

        Of two carts of one customer, the one that was changed last is the one to be reminded of.

        :param recovery.channel channel: through which they are to leave
        :rtype: dict[unfinished.order, HandPlan]
        """
        self.check_access("read")
        now = fields.Datetime.now()
        candidates = [unfinished._candidate_by_hand(channel, now) for unfinished in self]
        facts = self.env["recovery.facts"]._about(candidates, now)
        zones = {site.id: site._shop_tz() for site in self.env["website"]._all_shops()}
        latest_first = self.sorted(lambda u: (u.activity_at, u.id), reverse=True)
        clocks = {order: zones.get(order.website_id.id, "UTC") for order in latest_first}
        days = {
            unfinished: schedule.local_day(facts[unfinished.id].opens_at, tz)
            for unfinished, tz in clocks.items()
        }
        taken = self._taken_days(set(days.values()))
        plans = {}
        for unfinished, tz in clocks.items():
            known, day = facts[unfinished.id], days[unfinished]
            rivals = sorted(unfinished._rivals())
            holder = next((taken[key, day] for key in rivals if (key, day) in taken), None)
            # Quiet hours are no obstacle: the message waits for their end.
            judged = replace(known, opens_at=now, reminded_today=bool(holder))
            if reason := eligibility.verdict(judged, now).reason:
                text = unfinished._skip_text(reason, channel, holder, tz)
            else:
                text = when_it_leaves(self.env, known, now, tz)
                taken.update({(key, day): unfinished for key in unfinished._marks()})
            plans[unfinished] = HandPlan(reason, text, known.opens_at, day)
        return plans

    def _candidate_by_hand(self, channel, now):
        return Candidate(
            ref=self.id,
            message_id=0,
            unfinished_id=self.id,
            campaign_id=0,
            step_id=0,
            channel_id=channel.id or 0,
            address=self._recovery_address(channel) if channel else "",
            planned_for=self.activity_at,
            planned_at=now,
            by_hand=True,
        )

    def _taken_days(self, days):
        """Return which of these customers get a message on which of these days already.

        :return: what has taken them: a message, or what is kept of one that is gone
        :rtype: dict[tuple[str, date], recovery.message | recovery.taken.day]
        """
        # sudo: the limit counts for all companies; what is told about another one's is little
        messages = self.env["recovery.message"].sudo()
        rivals = {key for unfinished in self for key in unfinished._rivals()}
        gone = self.env["recovery.taken.day"].sudo()._taken(rivals, days)
        same = Domain("customer_key", "in", list(rivals)) | Domain(
            "phone", "in", list(filter(None, self.mapped("phone")))
        )
        names = ["customer_key", "phone"]
        names += ["local_day", "state", "sent_at", "due_at", "unfinished_id", "company_id"]
        known = messages.search_fetch(same & Domain("local_day", "in", list(days)), names)
        there = {(key, m.local_day): m for m in known for key in m._marks()}
        return gone | there

    # === In words ===#

    def _skip_text(self, reason, channel, holder, tz):
        """Say why this order is skipped.

        :param holder: what has taken the customer's one message of the day: a message, what is
            kept of one, or an unfinished order of the same selection
        """
        self.ensure_one()
        if reason == "daily_limit":
            return self._limit_text(holder, tz)
        if reason == "no_address" and channel:
            return self.env._("No address for %(channel)s", channel=channel.name)
        return self.env["recovery.message"]._reason_labels().get(reason, reason)

    def _limit_text(self, holder, tz):
        if holder._name == self._name:
            return self.env._("The same customer is reminded of %(order)s", order=holder.name)
        if holder._name != "recovery.message":
            return self.env["recovery.message"]._reason_labels()["daily_limit"]
        time = clock(self.env, holder.sent_at or holder.due_at, tz)
        words = {"time": time, "order": self._order_of_holder(holder)}
        if holder.state == "sending":
            text = self.env._("A message about %(order)s is on its way to the customer")
        elif holder.state != "waiting":
            text = self.env._("The customer got a message today at %(time)s about %(order)s")
        elif holder.local_day == schedule.local_day(fields.Datetime.now(), tz):
            text = self.env._("The customer gets a message today at %(time)s about %(order)s")
        else:
            words["date"] = format_date(self.env, holder.local_day)
            text = self.env._("The customer gets a message on %(date)s at %(time)s about %(order)s")
        return text % words

    def _order_of_holder(self, holder):
        """Return the number of the order that a message is about, as far as the reader may see it.

        :param recovery.message holder: which has taken the customer's one message of the day
        """
        if holder.company_id not in self.env.companies:
            return self.env._("another shop's order")
        # As the reader: a colleague's customers are the colleague's.
        order = holder.unfinished_id.with_env(self.env)
        return order.name if order.has_access("read") else self.env._("a colleague's order")

    def _refusal(self, plan):
        """Return the whole message for somebody who wanted to remind of this one order."""
        self.ensure_one()
        return self.env._(
            "No reminder of %(order)s can be sent: %(why)s. %(hint)s",
            order=self.name,
            why=plan.text[:1].lower() + plan.text[1:],
            hint=hint(self.env, plan.reason),
        ).strip()

    # === Sending ===#

    def _send_by_hand(self, channel, template, line="", text=""):
        """Put a reminder of each of these orders into the queue, except where that must not be.

        :param recovery.channel channel: through which they leave
        :param mail.template template: their words, in a mail
        :param str line: what is added to them
        :param str text: their words, in a text
        :return: the messages, and the plans of all orders
        :rtype: tuple[recovery.message, dict[unfinished.order, HandPlan]]
        """
        # sudo: a seller may send, nobody may write unfinished orders
        self.sudo()._follow_buyers()
        plans = self._plan_by_hand(channel)
        vals_list = [
            unfinished._prepare_message_vals(
                channel,
                plan.due_at,
                by_hand=True,
                user_id=self.env.uid,
                mail_template_id=template.id,
                personal_line=line or False,
                hand_text=text or False,
                local_day=plan.day,
            )
            for unfinished, plan in plans.items()
            if not plan.reason
        ]
        # sudo: nobody may write messages; who may see an unfinished order may send one about it
        queue = self.env["recovery.message"].sudo()
        # Should somebody have been faster, the unique indexes leave out the second message. One
        # that this transaction cannot see yet ends it: Odoo tries the request again and sees it.
        messages = insert_rows(queue, vals_list, unless_known=True)
        sent = messages.unfinished_id
        if lost := self.filtered(lambda u: not plans[u].reason and u not in sent):
            plans |= lost._plan_by_hand(channel)
        if messages:
            # sudo: a seller may not touch crons
            cron = self.env.ref("website_sale_order_handling.ir_cron_send").sudo()
            cron._trigger(set(messages.mapped("due_at")))
        return messages.sudo(False), plans

    # === What the dialog starts with ===#

    def action_send_by_hand(self):
        """Open the dialog for a reminder by hand; refuse at once what cannot be sent."""
        self.check_access("read")
        return self.env["unfinished.order.send"]._open_for(self)

    def _default_channel_by_hand(self):
        """Return the channel of the website's first step, or another that reaches this buyer."""
        first = self[:1]
        preferred = first._campaign_by_hand()._first_step().channel_id.filtered("active")
        preferred = preferred or self.env["recovery.channel"]._default_channel()
        if len(self) > 1 or not self or self._recovery_address(preferred):
            return preferred
        channels = self.env["recovery.channel"].search([("active", "=", True)])
        return channels.filtered(self._recovery_address)[:1] or preferred

    def _campaign_by_hand(self):
        """Return the campaign whose words a person would send."""
        campaigns = self.env["recovery.campaign"].search([("website_id", "=", self.website_id.id)])
        begins = "payment_failed" if self.payment_failed else "left"
        fitting = campaigns.filtered(lambda campaign: campaign.trigger == begins)
        return (fitting or campaigns).sorted("is_running", reverse=True)[:1]

    def _default_template_by_hand(self):
        """Return the words of the next step that the first of these orders has not had yet."""
        first = self[:1]
        steps = first._campaign_by_hand()._steps_in_order().filtered("mail_template_id")
        had = first.message_ids.filtered(
            lambda message: message.state not in ("waiting", "skipped", "failed")
        )
        used = had.step_id.mail_template_id | had.mail_template_id
        unused = steps.filtered(lambda step: step.mail_template_id not in used)
        template = (unused[:1] or steps[-1:]).mail_template_id
        shipped = self.env["recovery.step"]._default_template(0)
        return template or self.env["mail.template"].browse(shipped or ())

    def _preview_by_hand(self, template, line=""):
        """Return the subject and the body that this order's buyer would get.

        :raise RenderingError: when the template cannot be rendered
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: who may see an unfinished order may see what its buyer would get
        renderer = self.env["recovery.renderer"].sudo()
        order = self.sudo().order_id
        link = self.env["unfinished.order.link"]._make_url(order)
        return renderer._preview(template.sudo(), order, self.lang, order.website_id, link, line)
