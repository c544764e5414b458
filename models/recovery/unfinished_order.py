from collections import defaultdict
from uuid import uuid4

from odoo import api, fields, models
from odoo.fields import Domain

from ...orm.rows import insert_rows
from ...tools import schedule
from ...tools.schedule import known_tz
from ...tools.status import MESSAGE_SENT_STATES

# Why a step was skipped that is used after all once the reason has passed.
NOT_FOR_GOOD = ("undone", "newer_cart")
# The same, once there is an address for the channel of the step.
NO_ADDRESS = ("no_address", "contact_archived")


class UnfinishedOrder(models.Model):
    """What recovery adds to an unfinished order: its messages, what is next, and why not."""

    _inherit = "unfinished.order"

    message_ids = fields.One2many("recovery.message", "unfinished_id", "Messages")
    reminder_count = fields.Integer("Reminders Sent", compute="_compute_reminders")
    last_reminder_at = fields.Datetime("Last Reminder", compute="_compute_reminders")
    is_reminded = fields.Boolean(compute="_compute_reminders", search="_search_is_reminded")
    is_unreachable = fields.Boolean(
        compute="_compute_is_unreachable",
        search="_search_is_unreachable",
        help="The buyer left no address for any channel that the website uses.",
    )

    @api.depends("message_ids.state", "message_ids.sent_at")
    def _compute_reminders(self):
        for unfinished in self:
            messages = unfinished.message_ids
            sent = messages.filtered(lambda message: message.state in MESSAGE_SENT_STATES)
            unfinished.reminder_count = len(sent)
            unfinished.is_reminded = bool(sent)
            unfinished.last_reminder_at = max(filter(None, sent.mapped("sent_at")), default=False)

    def _search_is_reminded(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("message_ids.state", "in", MESSAGE_SENT_STATES)]

    @api.depends("email", "phone", "website_id")
    def _compute_is_unreachable(self):
        addresses = self._addresses_in_use()
        for unfinished in self:
            names = addresses.get(unfinished.website_id, ())
            unfinished.is_unreachable = not any(unfinished[name] for name in names)

    def _search_is_unreachable(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("website_id", "=", website.id)
            & Domain.AND(Domain(name, "=", False) for name in names)
            for website, names in self._addresses_in_use().items()
        )

    @api.model
    def _addresses_in_use(self):
        """Return the contact details that the steps of each website need.

        :rtype: dict[website, set[str]]
        """
        addresses = defaultdict(set)
        # sudo: a seller of one company may search all carts they see; others have set up the steps
        for step in self.env["recovery.step"].sudo().search([("campaign_id.active", "=", True)]):
            for way in step._ways():
                if way.channel_id._is_usable():
                    address = way.channel_id._driver()._address
                    addresses[step.campaign_id.website_id].add(address)
        return addresses

    @api.model
    def _campaigns_by_website(self):
        # sudo: a batch or a seller may have no right to read how reminders are set up
        running = self.env["recovery.campaign"].sudo().search([("is_running", "=", True)])
        return running.grouped("website_id")

    # === Planning ===#

    @api.model
    def _on_search(self, last_run):
        self.env["recovery.facts"]._note_silence(last_run)
        return super()._on_search(last_run)

    def _on_idle(self):
        result = super()._on_idle()
        outdated = self.message_ids._outdated().filtered(lambda message: message.state == "waiting")
        outdated._move_to("skipped", reason="cart_changed")
        self._supersede_older()
        self._plan_next_reminders()
        return result

    @api.model
    def _on_cart_edited(self, orders):
        """Take back what was planned for the carts as they were, and note who changed them."""
        edited = super()._on_cart_edited(orders)
        outdated = edited.message_ids._outdated()
        for website, messages in outdated.grouped("website_id").items():
            words = website._words_env()._("Changed by %(user)s", user=self.env.user.name)
            messages._withdraw("cart_edited", detail=words)
        return edited

    @api.model
    def _on_reminder_wished(self, orders):
        result = super()._on_reminder_wished(orders)
        wished = self._of_orders(orders).filtered(lambda u: u.state == "open")
        wished._follow_buyers()
        wished._plan_next_reminders()
        return result

    def _plan_next_reminders(self):
        """Plan the next step of every running campaign, for a batch of unfinished orders."""
        messages = self.env["recovery.message"]
        if not self:
            return messages
        now = fields.Datetime.now()
        awake_since = self.env["recovery.facts"]._awake_since()
        known = messages.search_fetch(
            [("unfinished_id", "in", self.ids)],
            [
                *("unfinished_id", "step_id", "campaign_id", "state", "reason", "planned_for"),
                *("due_at", "sent_at", "round"),
            ],
        ).grouped("unfinished_id")
        campaigns = self._campaigns_by_website()
        steps = self.env["recovery.step"].union(*(ones.step_ids for ones in campaigns.values()))
        plans = steps._plans()
        older = self._with_newer_cart()
        vals_list = []
        for unfinished in self:
            planned = known.get(unfinished, messages)
            for campaign in campaigns.get(unfinished.website_id, ()):
                if campaign._is_about(unfinished, now):
                    mine = planned and planned.filtered(lambda m, c=campaign: m.campaign_id == c)
                    number = unfinished._round_to_plan(campaign, mine)
                    steps = [plans[step] for step in campaign.step_ids if step in plans]
                    steps = [plan.reaching(unfinished) for plan in steps]
                    steps = unfinished._steps_to_come(steps, mine, number)
                    following = unfinished._prepare_next_reminders(steps, now, awake_since)
                    if unfinished in older:
                        following = unfinished._prepare_superseded(following, mine)
                    vals_list += [{**vals, "round": number} for vals in following]
        return insert_rows(messages, vals_list, unless_known=True)

    def _steps_to_come(self, steps, known, number):
        """Return which steps of a campaign can still be sent.

        :param list[StepPlan] steps: of the campaign
        :param recovery.message known: this campaign's messages so far
        :param int number: the round that is planned
        """
        self.ensure_one()
        if not known:
            return steps
        if any(message.state == "waiting" for message in known):
            return []
        used = known.filtered(
            lambda message: (
                message.round == number
                and (
                    message.state != "skipped"
                    or (
                        message.planned_for == self.activity_at
                        and message.reason not in NOT_FOR_GOOD
                    )
                )
            )
        )
        lacking = used.filtered(lambda m: m.state == "skipped" and m.reason in NO_ADDRESS)
        used_up = (used - lacking).step_id
        return [
            plan
            for plan in steps
            if plan.step not in used_up and (self[plan.address] or plan.step not in lacking.step_id)
        ]

    def _prepare_next_reminders(self, steps, now, awake_since):
        """Return the values of the next reminder, after those that can only be skipped.

        :param list[StepPlan] steps: those that have not been used yet
        """
        self.ensure_one()
        unreachable = [plan for plan in steps if not self[plan.address]]
        reachable = [plan for plan in steps if self[plan.address]]
        times = [self._opening(plan) for plan in reachable]
        choice = schedule.choose_step([due for due, _reason in times], now, awake_since)
        dropped = [
            *((plan, now, "no_address") for plan in unreachable),
            *((reachable[late], times[late][0], "superseded") for late in choice.superseded),
            *((reachable[late], times[late][0], "stale") for late in choice.stale),
        ]
        vals_list = [
            self._prepare_reminder_vals(plan, due, state="skipped", reason=reason)
            for plan, due, reason in dropped
        ]
        if choice.chosen is not None:
            due, reason = times[choice.chosen]
            plan = reachable[choice.chosen]
            vals_list.append(self._prepare_reminder_vals(plan, due, reason=reason))
        return vals_list

    def _opening(self, plan):
        """Return when a step may leave for this cart, and what it waits for beyond its own time.

        :rtype: tuple[datetime, str | bool]
        """
        tz = self._buyer_tz()
        due = schedule.due_at(self.activity_at, plan.timing, tz)
        window = self.env["recovery.law"]._window_for(plan.windows, self)
        at, reason = schedule.opens_at(due, window, tz)
        return at, reason or False

    def _buyer_tz(self):
        """Return the name of the buyer's time zone, or the website's when it is not known."""
        self.ensure_one()
        return known_tz(self.tz) or self.website_id._shop_tz()

    def _prepare_reminder_vals(self, plan, due_at, **values):
        return self._prepare_message_vals(plan.channel, due_at, **plan.ids, **values)

    def _prepare_message_vals(self, channel, due_at, **values):
        return {
            "unfinished_id": self.id,
            "website_id": self.website_id.id,
            "company_id": self.company_id.id,
            "channel_id": channel.id,
            **self._prepare_addressee_vals(channel),
            "planned_for": self.activity_at,
            "planned_at": due_at,
            "due_at": due_at,
            "key": uuid4().hex,
            "state": "waiting",
            "reason": False,
            **values,
        }

    def _recovery_address(self, channel):
        """Return where `channel` would reach the buyer, "" when it cannot."""
        self.ensure_one()
        return self[channel._driver()._address] or ""

    # === Outcome ===#

    @api.model
    def _on_order_placed(self, orders):
        closed = super()._on_order_placed(orders)
        closed.message_ids._withdraw("bought")
        return closed

    @api.model
    def _on_cart_quoted(self, orders):
        quoted = super()._on_cart_quoted(orders)
        quoted.message_ids._withdraw("cart_closed")
        quoted._let_older_go_on()
        return quoted

    @api.model
    def _on_cart_gone(self, orders):
        gone = super()._on_cart_gone(orders)
        gone.message_ids._withdraw("cart_gone")
        gone._let_older_go_on()
        return gone
