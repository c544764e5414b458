from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, get_lang

from ...orm.rows import update_rows
from ...tools import attribution
from ...tools.status import MESSAGE_SENT_STATES
from ..cart.sale_order_placed import PLACED_STATES

DEFAULT_CREDIT_DAYS = 7
CREDITS = [
    ("clicked", "Clicked"),
    ("coupon", "Coupon Used"),
    ("assisted", "Assisted"),
    ("own_accord", "Own Accord"),
]


class UnfinishedOrder(models.Model):
    """Which reminder earned the order that an unfinished order became, and how much that was.

    An order that was placed from a copied cart closes two unfinished orders: that of the link,
    and its own when the copy had been idle as well. One of them carries credit and amount: the
    one whose reminder earned the order, else the order's own. Carts of staff and robots carry
    none.
    """

    _inherit = "unfinished.order"

    credit = fields.Selection(
        CREDITS,
        "Earned By",
        readonly=True,
        help="Clicked: the buyer went on from a reminder before ordering."
        " Coupon used: the order carries a code that a reminder gave."
        " Assisted: a reminder had left, nobody clicked."
        " Own accord: none of these.",
    )
    credit_message_id = fields.Many2one(
        "recovery.message",
        "Earning Reminder",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    credit_campaign_id = fields.Many2one(
        "recovery.campaign", "Earning Campaign", readonly=True, ondelete="set null"
    )
    credit_at = fields.Datetime(
        "Clicked or Sent",
        readonly=True,
        help="When the buyer went on from the reminder, or when it had left.",
    )
    placed_amount = fields.Monetary(
        "Revenue",
        readonly=True,
        currency_field="company_currency_id",
        help="Amount of the placed order, taxes included. 0 while that order is cancelled.",
    )

    _credited_once = models.UniqueIndex(
        "(placed_order_id) WHERE credit IS NOT NULL AND placed_order_id IS NOT NULL",
        "This order is counted already: an order is earned once.",
    )
    _by_credit = models.Index("(credit_campaign_id, credit) WHERE credit_campaign_id IS NOT NULL")
    _of_own_accord = models.Index("(website_id, closed_at) WHERE credit = 'own_accord'")

    @api.model
    def _credit_domain(self, *kinds):
        """Return which unfinished orders count as earned in one of these ways."""
        return Domain("credit", "in", kinds) & Domain("made_by", "=", False)

    @api.model
    def _earned_by_orders_domain(self, orders):
        return self._credit_domain(*dict(CREDITS)) & Domain("placed_order_id", "in", orders.ids)

    def _lead_time_label(self):
        """Return how long before the order its reminder was clicked, or had left: ``3 days``."""
        self.ensure_one()
        if not self.credit_at:
            return ""
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_timedelta(self.closed_at - self.credit_at, locale=locale)

    # === When an order is placed ===#

    @api.model
    def _outcomes(self, placed):
        outcomes = super()._outcomes(placed)
        codes = {order: self._codes_on(order) for order, ones in placed.items() if ones}
        sent = self._sent_reminders(placed, codes)
        counted = self._orders_counted(codes)
        for order, ones in placed.items():
            for one in ones:
                kind = attribution.credit(sent[one], codes[order], order.placed_at).kind
                outcomes[one].update(state=attribution.outcome(kind), **self._prepare_credit())
            buyers = ones.filtered(lambda one: not one.made_by)
            if buyers and order not in counted:
                reminders = [reminder for one in buyers for reminder in sent[one]]
                earned = attribution.credit(reminders, codes[order], order.placed_at)
                holder = self._holder(buyers, sent, earned, order)
                outcomes[holder].update(self._prepare_credit(*earned))
        return outcomes

    @api.model
    def _prepare_credit(self, kind=False, message_id=None, at=None):
        message = self.env["recovery.message"].browse(message_id)
        return {
            "credit": kind,
            "credit_at": at or False,
            "credit_message_id": message.id,
            "credit_campaign_id": message.campaign_id.id,
        }

    @api.model
    def _orders_counted(self, orders):
        """Return which of `orders` are counted already: placed, set back to draft, placed again."""
        ids = [order.id for order in orders]
        counted = Domain("placed_order_id", "in", ids) & Domain("credit", "!=", False)
        return self.search(counted).placed_order_id

    @api.model
    def _holder(self, unfinished, sent, earned, order):
        """Return which of several unfinished orders carries what `order` earned."""
        ids = {one: [reminder.id for reminder in sent[one]] for one in unfinished}
        earner = unfinished.filtered(lambda one: earned.reminder_id in ids[one])
        return earner or unfinished.filtered(lambda one: one.order_id == order) or unfinished[0]

    @api.model
    def _sent_reminders(self, placed, codes):
        """Return the reminders that have left about each unfinished order, in one query or two.

        :param dict codes: the codes on each order
        :rtype: dict[unfinished.order, list[attribution.Reminder]]
        """
        wanted = {one: codes[order] for order, ones in placed.items() for one in ones}
        # sudo: the buyer's own request places the order
        messages = self.env["recovery.message"].sudo()
        messages = messages.search_fetch(
            Domain("unfinished_id", "in", [one.id for one in wanted])
            & (Domain("state", "in", MESSAGE_SENT_STATES) | Domain("clicked_at", "!=", False))
            & Domain("sent_at", "!=", False),
            ["unfinished_id", "campaign_id", "sent_at", "clicked_at", "subject"],
        )
        # Texts are large, and hardly ever needed.
        texts = messages.filtered(lambda message: wanted[message.unfinished_id])._texts()
        clicks = self._clicks(messages)
        sent = {one: [] for one in wanted}
        for message in messages:
            one = message.unfinished_id
            # Subject and text side by side, so that no word spans both.
            content = f"{message.subject or ''} | {texts.get(message) or ''}"
            codes = attribution.codes_given(content, wanted[one])
            sent[one].append(self._as_reminder(message, codes, clicks.get(message)))
        return sent

    @api.model
    def _clicks(self, messages):
        """Return when the buyer last went on from each message; the message keeps the first."""
        clicked = Domain("message_id", "in", messages.ids) & Domain("kind", "=", "clicked")
        # What the clock dates after now is no click before an order that is placed now.
        clicked &= Domain("at", "<=", fields.Datetime.now())
        # sudo: the buyer's own request places the order
        events = self.env["recovery.event"].sudo()
        return dict(events._read_group(clicked, ["message_id"], ["at:max"]))

    @api.model
    def _as_reminder(self, message, codes, clicked_at):
        return attribution.Reminder(
            id=message.id,
            sent_at=message.sent_at,
            window_days=message.campaign_id.credit_days or DEFAULT_CREDIT_DAYS,
            clicked_at=clicked_at or message.clicked_at or None,
            codes=codes,
        )

    @api.model
    def _codes_on(self, order):
        """Return the codes that the buyer of `order` has used.

        A code gets onto an order as a promotion code (a rule it enables), as a coupon that was
        entered, or as the coupon of a reward. Cards that customers have anyway (loyalty, eWallet)
        and coupons for the next order are none that a reminder could have given.
        """
        coupons = order.applied_coupon_ids | order.order_line.coupon_id
        given = coupons.filtered(lambda coupon: not coupon.program_id.is_nominative)
        return {*given.mapped("code"), *order.code_enabled_rule_ids.mapped("code")} - {False, ""}

    @api.model
    def _on_order_placed(self, orders):
        closed = super()._on_order_placed(orders)
        self._count_revenue(orders)
        return closed

    @api.model
    def _on_order_withdrawn(self, orders):
        result = super()._on_order_withdrawn(orders)
        self._count_revenue(orders)
        return result

    @api.model
    def _count_revenue(self, orders):
        """Note what these orders brought in; nothing while they are cancelled or drafts again."""
        # sudo: a user who buys or cancels may have no right to see what reminders earn
        domain = Domain("placed_order_id", "in", orders.ids) & Domain("credit", "!=", False)
        earned = self.sudo().search(domain)
        update_rows(
            earned,
            [
                {"placed_amount": one._revenue(), "placed_margin": one._placed_margin()}
                for one in earned
            ],
        )

    def _book(self):
        if earned := self.filtered("credit"):
            self.env["unfinished.order.day.credit"]._add(self._credit_figures_sql(earned))
        return super()._book()

    @api.model
    def _credit_figures_sql(self, earned):
        self.env.flush_all()
        return SQL(
            """SELECT %(day)s AS date, u.closed_at, u.website_id, u.company_id,
                      u.credit_campaign_id AS campaign_id, m.step_id, u.credit, 1 AS orders,
                      COALESCE(u.placed_amount, 0) AS revenue,
                      COALESCE(u.placed_margin, 0) AS margin
                 FROM unfinished_order u
            LEFT JOIN recovery_message m ON m.id = u.credit_message_id
                WHERE u.id IN %(ids)s AND u.made_by IS NULL""",
            day=self.env["unfinished.order.total"]._local_day_sql("u.closed_at"),
            ids=earned._ids,
        )

    def _revenue(self):
        self.ensure_one()
        order = self.placed_order_id
        if order.state not in PLACED_STATES:
            return 0.0
        return self.company_currency_id.round(order.amount_total / (order.currency_rate or 1.0))
