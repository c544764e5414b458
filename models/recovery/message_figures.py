from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# What is counted as a figure, by the moment that makes it so: states alone do not tell, because
# what was clicked or came back had been sent.
FIGURES = {"sent_messages": "sent_at", "clicked_messages": "clicked_at"}
# The same in the totals of what was erased.
MEASURES = {"sent_messages": "sent", "clicked_messages": "clicked"}


class RecoveryMessage(models.Model):
    """How many messages were sent and clicked, in every way in which that is asked.

    The analysis opens the rows behind a figure by the same moments: see
    `static/src/backend_lazy/recovery_message_pivot.js`.
    """

    _inherit = "recovery.message"

    sent_messages = fields.Integer(
        "Messages Sent",
        compute="_compute_figures",
        aggregator="sum",
        help="Those that have left, by hand as well, whatever became of them afterwards.",
    )
    clicked_messages = fields.Integer(
        "Messages Clicked",
        compute="_compute_figures",
        aggregator="sum",
        help="Those whose buyer went on from the link.",
    )

    @api.depends(*FIGURES.values())
    def _compute_figures(self):
        for message in self:
            for name, moment in FIGURES.items():
                message[name] = int(bool(message[moment]))

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let figures be added up, without a column for what others tell."""
        if field_expr not in FIGURES:
            return super()._field_to_sql(alias, field_expr, query)
        moment = super()._field_to_sql(alias, FIGURES[field_expr], query)
        return SQL("(%s IS NOT NULL)::int", moment)


class RecoveryFigures(models.AbstractModel):
    """Which messages count as sent, and how many they are."""

    _name = "recovery.figures"
    _description = "Figures of Reminders"

    @api.model
    def _counted_domain(self, figure, name, records, by_hand=False):
        """Return which messages of these records count, of campaigns or of people.

        :param str figure: one of `FIGURES`
        :param str name: the field that names the record
        """
        counted = Domain(FIGURES[figure], "!=", False) & Domain(name, "in", records.ids)
        # What belongs to a campaign or a step is none by hand. The index of what was sent has the
        # campaign first.
        hand = Domain("campaign_id", "=", False) & Domain("by_hand", "=", True)
        return counted & hand if by_hand else counted

    @api.model
    def _count_figure(self, figure, name, records, by_hand=False):
        """Return how many those are by record: those that are there, and those that were erased.

        :rtype: tuple[dict, dict]
        """
        mine = self._counted_domain(figure, name, records, by_hand)
        there = dict(self.env["recovery.message"]._read_group(mine, [name], ["__count"]))
        totals = self.env["recovery.message.day"]
        return there, totals._count_by(MEASURES[figure], name, records, by_hand)

    @api.model
    def _action_open_rows(self, xmlid, domain, **more):
        """Return the action that opens the rows which a figure counts."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"website_sale_order_handling.{xmlid}"
        )
        return {**action, "domain": list(domain), "context": {}, **more}
