from uuid import uuid4

from odoo import api, fields, models

from ...orm.languages import language_names
from ...orm.rows import update_rows
from ...tools import status

REASONS = [
    # Why it was not sent, or not yet.
    ("bought", "The customer has ordered since"),
    ("cart_gone", "The cart was cancelled or deleted"),
    ("cart_closed", "The cart is closed"),
    ("emptied", "The cart is empty"),
    ("archived_products", "None of the products is sold any more"),
    ("reminders_off", "Reminders, this step or its channel are off"),
    ("no_address", "No address for this channel"),
    ("contact_archived", "The customer's contact or account was archived or deleted"),
    ("superseded", "A later reminder was due as well"),
    ("payment_in_progress", "A payment is in progress"),
    ("cart_changed", "The customer has changed the cart since"),
    ("cart_edited", "A colleague has changed the cart since"),
    ("staff", "The cart was made by staff"),
    ("robot", "The cart was probably made by a robot"),
    ("opted_out", "The address is on the blacklist"),
    ("stopped", "The customer wants no reminders of this cart"),
    ("declined", "The customer asked for no reminders"),
    ("no_consent", "The customer has not agreed to reminders"),
    ("below_minimum", "The amount is below the minimum of the campaign"),
    ("bounced", "A message to this address came back"),
    ("newer_cart", "The customer has left a newer cart since"),
    ("shopping", "The customer is filling another cart"),
    ("stale", "It would have come too late"),
    ("sold_out", "Sold out at the moment"),
    ("daily_limit", "The customer has got a message today"),
    ("quiet_hours", "Quiet hours of the channel"),
    ("channel_held", "The provider takes no more messages for now"),
    ("channel_stopped", "The channel is stopped: its provider has refused to send"),
    ("provider_busy", "The provider asks to wait"),
    ("day_off", "No working day of the channel"),
    ("country_hours", "The law of the customer's country does not allow it at this time"),
    ("country_limit", "The law of the customer's country allows no more messages for now"),
    ("undone", "The customer had stopped the reminders, and wants them again"),
    ("erased", "The customer was erased"),
    # Why it could not be sent.
    ("rendering", "The template cannot be rendered"),
    ("bad_address", "The address is not accepted"),
    ("server", "The mail server does not accept it"),
    ("unreachable", "The customer is not reached through this channel"),
    ("refused", "The provider does not take these words"),
    ("error", "An unexpected error"),
]


# Some providers charge less than a cent, and no cent may be lost over a million messages.
COST_DIGITS = (16, 6)


class RecoveryMessage(models.Model):
    """One message to one buyer: queue and log in one, and the only sender of reminders.

    waiting    due at a time; a reason says why it is held
    sending    handed to a queue that has not reported yet
    sent       accepted by the mail server or provider
    delivered  the provider has seen it arrive
    clicked    the buyer went on from its link
    bounced    it came back
    failed     it could not be made or was refused; the detail says more
    skipped    it was not sent, for the reason given
    uncertain  the provider did not answer; it may have left

    States never move backwards; only a message that a queue could not get rid of waits again, and
    one that a way could not deliver, for the next way of its step.
    """

    _name = "recovery.message"
    _description = "Recovery Message"
    _order = "due_at desc, id desc"
    _rec_name = "subject"

    key = fields.Char(default=lambda self: uuid4().hex, required=True, readonly=True, copy=False)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("clicked", "Clicked"),
            ("bounced", "Bounced"),
            ("failed", "Failed"),
            ("skipped", "Skipped"),
            ("uncertain", "Uncertain"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    reason = fields.Selection(REASONS, readonly=True)
    detail = fields.Text(
        "Details", readonly=True, help="What the mail server or the template said."
    )

    # === What it is about ===#
    unfinished_id = fields.Many2one(
        "unfinished.order", "Unfinished Order", readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(related="unfinished_id.partner_id", string="Customer")
    website_id = fields.Many2one("website", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True)
    campaign_id = fields.Many2one("recovery.campaign", readonly=True, ondelete="set null")
    step_id = fields.Many2one("recovery.step", readonly=True, ondelete="set null")
    channel_id = fields.Many2one("recovery.channel", readonly=True, ondelete="restrict")

    by_hand = fields.Boolean(
        "Sent by Hand", readonly=True, help="Sent by a person, not by a campaign."
    )
    user_id = fields.Many2one("res.users", "Sent By", readonly=True, ondelete="set null")
    mail_template_id = fields.Many2one(
        "mail.template", "Template", readonly=True, ondelete="set null"
    )

    occasion = fields.Char("Reminder", compute="_compute_occasion")

    # === To whom: one message per customer and day ===#
    customer_key = fields.Char(readonly=True)
    phone = fields.Char(readonly=True)
    local_day = fields.Date(
        "Customer's Day",
        readonly=True,
        help="The day, in the website's time zone, on which this is the customer's one message.",
    )

    # === Times, all UTC ===#
    planned_for = fields.Datetime(
        "Cart Left On",
        readonly=True,
        help="The buyer's last change of the cart, from which the time of this message counts.",
    )
    planned_at = fields.Datetime(
        "Planned For",
        readonly=True,
        help="When it was to leave, quiet hours included. What holds it does not move this time:"
        " a day later it is dropped.",
    )
    due_at = fields.Datetime("Due", required=True, default=fields.Datetime.now, readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)
    clicked_at = fields.Datetime("Clicked", readonly=True)
    tries = fields.Integer(
        "Attempts", readonly=True, help="How often the mail server or provider has refused it."
    )

    # === What was sent ===#
    address = fields.Char("Sent To", readonly=True)
    lang = fields.Char("Language Code", readonly=True)
    lang_name = fields.Char("Language", compute="_compute_lang_name")
    subject = fields.Char(readonly=True)
    # Our own rendering, shown in a sandboxed frame; cleaning it a second time is what makes
    # core slow. Kept from when it has left; read only when a single message is opened.
    body = fields.Html(readonly=True, sanitize=False, prefetch=False)
    provider_ref = fields.Char(
        "Provider's Reference", readonly=True, copy=False, index="btree_not_null"
    )
    cost = fields.Float(digits=COST_DIGITS, readonly=True)
    cost_currency_id = fields.Many2one("res.currency", readonly=True)

    event_ids = fields.One2many("recovery.event", "message_id", "Reports")

    _key_unique = models.UniqueIndex("(key)", "A message is sent once: its key must be unique.")
    _step_once = models.UniqueIndex(
        "(unfinished_id, step_id, COALESCE(round, 0))"
        " WHERE state != 'skipped' AND step_id IS NOT NULL",
        "This step has already been used for this unfinished order, in this round.",
    )
    _one_a_day = models.UniqueIndex(
        "(customer_key, local_day) WHERE local_day IS NOT NULL",
        "This customer has got a message today.",
    )
    # Of one phone number, those with an e-mail are many people and those without are one.
    _by_phone = models.Index("(phone, local_day) WHERE local_day IS NOT NULL AND phone IS NOT NULL")
    # With the company, so that those of one company are counted without a look at the table.
    _due = models.Index("(due_at, id) INCLUDE (company_id) WHERE state = 'waiting'")
    _list = models.Index("(company_id, due_at DESC, id DESC)")
    _refused = models.Index("(channel_id) WHERE state = 'waiting' AND reason = 'server'")
    # The messages of a step, and all that their report asks, without a look at the table.
    _by_step = models.Index(
        "(step_id, campaign_id, state) INCLUDE (company_id, cost, cost_currency_id)"
    )
    _sent_by_campaign = models.Index("(campaign_id) WHERE sent_at IS NOT NULL")

    @api.depends("subject", "occasion")
    def _compute_display_name(self):
        for message in self:
            message.display_name = message.subject or message.occasion or self.env._("Reminder")

    @api.depends("lang")
    def _compute_lang_name(self):
        names = language_names(self.env)
        for message in self:
            message.lang_name = names.get(message.lang, message.lang)

    @api.model
    def _reason_labels(self):
        """Return the plain words for each reason."""
        return dict(self._fields["reason"]._description_selection(self.env))

    def _reason_label(self):
        self.ensure_one()
        return self._reason_labels().get(self.reason, "")

    # === State ===#

    def _move_to(self, state, each=None, moves=status.MESSAGE_MOVES, **values):
        """Write `state`, here and nowhere else; a move backwards is ignored.

        :param dict each: further values of each message
        :param dict moves: which moves are legal, as in `tools.status`
        """
        movable = self.filtered(lambda message: status.may_move(moves, message.state, state))
        common = {"state": state, **values}
        if state in status.MESSAGE_UNSENT_STATES:
            common["local_day"] = False  # the customer may get another message on that day
        if state not in ("waiting", "skipped"):  # those are made anew, or never read
            movable.filtered(lambda message: message.state == "sending")._keep_texts()
        each = each or {message: {} for message in movable}
        self.env["recovery.attempt"]._on_messages_moved(movable, state, values, each)
        update_rows(movable, [{**common, **each[message]} for message in movable])
        return movable

    def _withdraw(self, reason, **words):
        """Take back what has not left yet: waiting messages, and those in a driver's queue.

        :param words: a `detail` to be noted with the reason
        """
        open_ones = self.filtered(lambda message: message.state in ("waiting", "sending"))
        # A buyer who orders must not wait for a sender. What it holds at this moment it finds in
        # the facts, when it asks for them again before the mail leaves.
        mine = open_ones.try_lock_for_update(allow_referencing=True)
        waiting = mine.filtered(lambda message: message.state == "waiting")
        taken_back, _leaving = (mine - waiting)._take_back()
        return (waiting | taken_back)._move_to("skipped", reason=reason, **words)

    def _outdated(self):
        """Return what waits, or lies in a queue, and was planned before its cart was changed."""
        return self.filtered(
            lambda message: (
                message.state in ("waiting", "sending")
                and not message.by_hand
                and message.planned_for < message.unfinished_id.activity_at
            )
        )

    @api.model
    def _on_timing_changed(self, steps):
        """Let waiting messages follow a step whose time was changed."""
        # sudo: nobody edits messages, the engine moves them
        messages = self.sudo()
        waiting = messages.search([("step_id", "in", steps.ids), ("state", "=", "waiting")])
        waiting._follow_clocks()

    def _follow_clocks(self):
        """Let waiting messages follow the times of their steps, by the clocks of their buyers."""
        plans = self.step_id._plans()
        planned = self.filtered(lambda message: message.step_id in plans)
        # What is held for another reason waits for that reason, not for the time.
        reasons = (False, "quiet_hours", "day_off", "country_hours")
        ways = [plans[message.step_id].by(message.way_id) for message in planned]
        times = [m.unfinished_id._opening(way) for m, way in zip(planned, ways, strict=True)]
        versions = {step: step._version() for step in planned.step_id}
        update_rows(
            planned,
            [
                {
                    "planned_at": at,
                    "due_at": at if message.reason in reasons else message.due_at,
                    "reason": reason if message.reason in reasons else message.reason,
                    "step_version": versions[message.step_id],
                    "channel_id": way.channel.id,
                    "way_id": way.ids["way_id"],
                }
                for message, way, (at, reason) in zip(planned, ways, times, strict=True)
            ],
        )
        planned._follow_buyers()
