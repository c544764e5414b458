from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .unfinished_order import CREDITS, DEFAULT_CREDIT_DAYS

MAX_CREDIT_DAYS = 366


class RecoveryCampaign(models.Model):
    """What a campaign has earned. Each figure opens the rows that it counts, as far as kept."""

    _inherit = "recovery.campaign"

    credit_days = fields.Integer(
        "Credit Window",
        default=DEFAULT_CREDIT_DAYS,
        required=True,
        help="Days after a click, or after a reminder, in which an order counts as earned by it."
        " An order with a coupon code from a reminder counts whenever the code is valid.",
    )
    # Each counts orders; what is erased is counted on, and cannot be opened any more.
    clicked_count = fields.Integer(
        "Orders After a Click",
        compute="_compute_credits",
        help="Orders whose buyers had gone on from a reminder.",
    )
    clicked_revenue = fields.Monetary(
        compute="_compute_credits", currency_field="company_currency_id"
    )
    clicked_erased = fields.Integer(compute="_compute_credits")
    coupon_count = fields.Integer(
        "Orders with Coupon",
        compute="_compute_credits",
        help="Orders with a code that a reminder gave.",
    )
    coupon_revenue = fields.Monetary(
        compute="_compute_credits", currency_field="company_currency_id"
    )
    coupon_erased = fields.Integer(compute="_compute_credits")
    assisted_count = fields.Integer(
        "Orders After a Reminder",
        compute="_compute_credits",
        help="Orders after a reminder that nobody clicked.",
    )
    assisted_revenue = fields.Monetary(
        compute="_compute_credits", currency_field="company_currency_id"
    )
    assisted_erased = fields.Integer(compute="_compute_credits")
    own_accord_count = fields.Integer(
        "Orders of Own Accord",
        compute="_compute_credits",
        help="Orders of this website, placed since the campaign runs, to which no reminder led.",
    )
    own_accord_revenue = fields.Monetary(
        compute="_compute_credits", currency_field="company_currency_id"
    )
    own_accord_erased = fields.Integer(compute="_compute_credits")

    @api.constrains("credit_days")
    def _check_credit_days(self):
        for campaign in self:
            if campaign.credit_days <= 0:
                raise ValidationError(
                    self.env._(
                        "An order needs some time to follow a reminder: enter a credit window of"
                        " at least 1 day."
                    )
                )
            if campaign.credit_days > MAX_CREDIT_DAYS:
                raise ValidationError(
                    self.env._(
                        "Nobody knows after so long what an order follows: enter at most %(days)s"
                        " days.",
                        days=MAX_CREDIT_DAYS,
                    )
                )

    @api.depends("active_since", "website_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_credits(self):
        there, erased = self._read_credits(), self._read_erased_credits()
        for campaign in self:
            for kind, _label in CREDITS:
                count, revenue = there.get((campaign.id, kind), (0, 0.0))
                gone, gone_revenue = erased.get((campaign.id, kind), (0, 0.0))
                campaign[f"{kind}_count"] = count + gone
                campaign[f"{kind}_revenue"] = revenue + gone_revenue
                campaign[f"{kind}_erased"] = gone

    def _read_credits(self):
        """Return count and revenue by campaign and kind, as far as the reader may see them.

        :rtype: dict[tuple[int, str], tuple[int, float]]
        """
        unfinished = self.env["unfinished.order"]
        kinds = [kind for kind, _label in CREDITS if kind != "own_accord"]
        mine = unfinished._credit_domain(*kinds) & Domain("credit_campaign_id", "in", self.ids)
        return self._add_up(
            unfinished,
            (mine, ["credit_campaign_id", "credit"]),
            lambda campaign: campaign._earned_domain("own_accord"),
            ["__count", "placed_amount:sum"],
        )

    def _read_erased_credits(self):
        """Return the same of unfinished orders that have been deleted since."""
        return self._add_up(
            self.env["unfinished.order.day.credit"],
            ([("campaign_id", "in", self.ids)], ["campaign_id", "credit"]),
            lambda campaign: campaign._own_accord_domain(),
            ["orders:sum", "revenue:sum"],
        )

    def _add_up(self, model, earned, own_accord, aggregates):
        """Return the figures of these campaigns by campaign and kind.

        :param tuple earned: the domain of what reminders earned, and what to group it by
        :param callable own_accord: returns the domain of the rest of a campaign
        """
        domain, groups = earned
        rows = model._read_group(domain, groups, aggregates)
        found = {(campaign.id, kind): figures for campaign, kind, *figures in rows}
        for campaign in self.filtered("active_since"):  # each since a moment of its own
            (found[campaign.id, "own_accord"],) = model._read_group(
                own_accord(campaign), [], aggregates
            )
        return {key: (count or 0, revenue or 0.0) for key, (count, revenue) in found.items()}

    def _earned_domain(self, kind):
        """Return the unfinished orders that this campaign counts as `kind`."""
        self.ensure_one()
        domain = self.env["unfinished.order"]._credit_domain(kind)
        if kind != "own_accord":
            return domain & Domain("credit_campaign_id", "=", self.id)
        if not self.active_since:
            return Domain.FALSE
        return domain & self._own_accord_domain()

    def _own_accord_domain(self):
        """Return the same for what was ordered without a reminder, whatever keeps it."""
        return (
            Domain("credit", "=", "own_accord")
            & Domain("website_id", "=", self.website_id.id)
            & Domain("closed_at", ">=", self.active_since)
        )

    def action_open_clicked(self):
        return self._action_open_earned("clicked")

    def action_open_coupon(self):
        return self._action_open_earned("coupon")

    def action_open_assisted(self):
        return self._action_open_earned("assisted")

    def action_open_own_accord(self):
        return self._action_open_earned("own_accord")

    def _action_open_earned(self, kind):
        self.ensure_one()
        self.check_access("read")
        name = self._fields[f"{kind}_count"]._description_string(self.env)
        domain = self._earned_domain(kind)
        figures = self.env["recovery.figures"]
        return figures._action_open_rows("action_unfinished_order", domain, name=name)
