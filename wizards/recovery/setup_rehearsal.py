from collections import Counter, defaultdict

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import formatLang

from ...models.recovery.message import REASONS
from ...orm.rows import insert_rows

OUTCOMES = [("sent", "Would have been sent"), ("held", "Would wait"), ("skipped", "Skipped")]


class RecoverySetup(models.TransientModel):
    """The dry run: what the campaign would have done in the last weeks, row by row."""

    _inherit = "recovery.setup"

    row_ids = fields.One2many("recovery.setup.row", "setup_id", readonly=True)
    way_ids = fields.One2many("recovery.setup.way", "setup_id", readonly=True)
    figure_ids = fields.One2many("recovery.setup.figure", "setup_id", readonly=True)
    day_count = fields.Integer("Days", readonly=True)
    cart_count = fields.Integer("Carts", readonly=True)
    looked_at_count = fields.Integer("Carts Looked At", readonly=True)
    sent_count = fields.Integer("Would Have Been Sent", readonly=True)
    held_count = fields.Integer("Would Wait", readonly=True)
    skipped_count = fields.Integer("Skipped", readonly=True)
    cost = fields.Char(readonly=True)
    scope = fields.Char("Carts of", compute="_compute_scope")

    @api.depends("day_count", "cart_count", "looked_at_count")
    def _compute_scope(self):
        """Say how many carts the figures are about, and when they are not about all of them."""
        for setup in self:
            words = {
                "carts": setup.cart_count,
                "days": setup.day_count,
                "latest": setup.looked_at_count,
            }
            if setup.cart_count > setup.looked_at_count:
                setup.scope = self.env._(
                    "Of the %(carts)s carts that were left in the last %(days)s days, the latest"
                    " %(latest)s are looked at here.",
                    **words,
                )
            else:
                setup.scope = self.env._(
                    "About all %(carts)s carts that were left in the last %(days)s days.", **words
                )

    def _rehearse(self):
        result = super()._rehearse()
        found = self.env["recovery.rehearsal"]._rehearse(self.campaign_id)
        self.row_ids.unlink()
        insert_rows(
            self.env["recovery.setup.row"],
            [
                {"setup_id": self.id, **row._asdict(), "reason": row.reason or False}
                for row in found.rows
            ],
        )
        counts = Counter(row.outcome for row in found.rows)
        self.write(
            {
                "day_count": found.day_count,
                "cart_count": found.carts,
                "looked_at_count": found.looked_at,
                **{f"{outcome}_count": counts[outcome] for outcome, _label in OUTCOMES},
                "cost": self._cost_of(found.rows),
                "way_ids": self.env["recovery.setup.way"]._prepare_commands(found.rows),
                "figure_ids": self.env["recovery.setup.figure"]._prepare_commands(found.rows),
            }
        )
        return result

    def _cost_of(self, rows):
        """Return in words what would have been paid for the messages that would have been sent."""
        totals = defaultdict(float)
        for channel_id, parts in self._count_parts(rows).items():
            cost, currency = self.env["recovery.channel"].browse(channel_id)._cost_of(parts)
            totals[currency] += cost
        return self._words_on_costs(totals)

    def _count_parts(self, rows):
        """Return how many messages would have left through each channel, texts by their parts.

        A text counts by its words about one and the same cart, in the language of each buyer.
        """
        sent = [row for row in rows if row.outcome == "sent"]
        unfinished = self.env["unfinished.order"].browse({row.unfinished_id for row in sent})
        langs = {one.id: one.lang for one in unfinished}
        alike = Counter(
            (row.channel_id, row.step_id, row.way_id, langs[row.unfinished_id]) for row in sent
        )
        counts = Counter()
        with self.campaign_id.step_ids._cart_to_show(self.website_id) as cart:
            for (channel_id, step_id, way_id, lang), count in alike.items():
                step, way = self._browse("step", step_id), self._browse("way", way_id)
                counts[channel_id] += count * (way or step)._count_parts(cart, lang)
        return counts

    def _browse(self, kind, id_):
        return self.env[f"recovery.{kind}"].browse(id_ or ())

    def _words_on_costs(self, totals):
        """Return amounts in words, by the codes of their currencies."""
        currencies = self.env["res.currency"].search([("name", "in", list(filter(None, totals)))])
        amounts = [formatLang(self.env, totals[c.name], currency_obj=c) for c in currencies]
        own = self.campaign_id.company_currency_id
        return " + ".join(amounts) or formatLang(self.env, totals[""], currency_obj=own)

    # === What the figures open ===#

    def action_show_sent(self):
        return self._show_rows("sent")

    def action_show_held(self):
        return self._show_rows("held")

    def action_show_skipped(self):
        return self._show_rows("skipped")

    def _show_rows(self, outcome, domain=Domain.TRUE):
        """Show the rows with an outcome, of which the figure counts exactly those."""
        self.ensure_one()
        mine = Domain("setup_id", "=", self.id) & Domain("outcome", "=", outcome)
        rows = self.env["recovery.setup.row"]
        titles = dict(rows._fields["outcome"]._description_selection(self.env))
        window = self.env["recovery.health.line"]._window
        return window(titles[outcome], rows._name, mine & domain)


class RecoverySetupFigure(models.TransientModel):
    """How many messages would have come to one end, for one reason."""

    _name = "recovery.setup.figure"
    _description = "Figure of a Dry Run"
    _order = "outcome desc, messages desc, id"

    setup_id = fields.Many2one("recovery.setup", required=True, ondelete="cascade", index=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    reason = fields.Selection(REASONS, readonly=True)
    messages = fields.Integer(readonly=True)

    @api.model
    def _prepare_commands(self, rows):
        """Return the commands that make a line for each end and reason.

        :param list[Rehearsed] rows: what would have become of each message
        """
        counts = Counter((row.outcome, row.reason) for row in rows if row.reason)
        figures = [
            {"outcome": outcome, "reason": reason, "messages": count}
            for (outcome, reason), count in counts.items()
        ]
        return [Command.clear(), *map(Command.create, figures)]

    def action_rows(self):
        """Show exactly the rows that the figure counts."""
        self.ensure_one()
        return self.setup_id._show_rows(self.outcome, Domain("reason", "=", self.reason))


class RecoverySetupWay(models.TransientModel):
    """How many messages would have left through a channel."""

    _name = "recovery.setup.way"
    _description = "Channel of a Dry Run"
    _order = "messages desc, id"

    setup_id = fields.Many2one("recovery.setup", required=True, ondelete="cascade", index=True)
    channel_id = fields.Many2one("recovery.channel", required=True, ondelete="cascade")
    messages = fields.Integer(readonly=True)

    @api.model
    def _prepare_commands(self, rows):
        """Return the commands that make a line for each channel."""
        counts = Counter(row.channel_id for row in rows if row.outcome == "sent")
        ways = [{"channel_id": id_, "messages": count} for id_, count in counts.items()]
        return [Command.clear(), *map(Command.create, ways)]

    def action_rows(self):
        """Show exactly the rows that the figure counts."""
        self.ensure_one()
        return self.setup_id._show_rows("sent", Domain("channel_id", "=", self.channel_id.id))


class RecoverySetupRow(models.TransientModel):
    """What would have become of one step for one unfinished order."""

    _name = "recovery.setup.row"
    _description = "Row of a Dry Run"
    _order = "at desc, id desc"

    setup_id = fields.Many2one("recovery.setup", required=True, ondelete="cascade", index=True)
    unfinished_id = fields.Many2one(
        "unfinished.order", "Number", required=True, readonly=True, ondelete="cascade", index=True
    )
    # Not in sudo, as related fields are by default.
    customer_name = fields.Char(
        related="unfinished_id.customer_name", string="Customer", related_sudo=False
    )
    step_id = fields.Many2one("recovery.step", readonly=True, ondelete="cascade", index=True)
    channel_id = fields.Many2one("recovery.channel", readonly=True, ondelete="cascade")
    way_id = fields.Many2one("recovery.way", readonly=True, ondelete="cascade")
    outcome = fields.Selection(OUTCOMES, readonly=True)
    reason = fields.Selection(REASONS, readonly=True)
    at = fields.Datetime("When", readonly=True)

    def action_open(self):
        """Open the unfinished order."""
        self.ensure_one()
        return self.unfinished_id._get_records_action()
