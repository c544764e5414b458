from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .unfinished_order_erasure import CART_STATES

# After an installation or an upgrade, so that nobody's old carts are gone before anybody has read
# that they will be.
FIRST_TIME = timedelta(days=30)
MAX_DAYS = 3660
DEFAULT_DAYS = 30
# After somebody has chosen a shorter time, so that a slip can be taken back.
SECOND_THOUGHTS = timedelta(days=1)


def _is_shorter(days, known):
    """Tell whether carts are deleted after fewer days than before; 0 is for never."""
    return bool(days) and (not known or days < known)


class Website(models.Model):
    """How long a website keeps carts, and what of them has been erased."""

    _inherit = "website"

    cart_retention = fields.Selection(
        [
            ("7", "After 7 days"),
            ("30", "After 30 days"),
            ("other", "After another time"),
            ("never", "Never"),
        ],
        "Delete Old Carts",
        default=str(DEFAULT_DAYS),
        required=True,
        help="Counted from the buyer's last change of the cart.",
    )
    cart_retention_days = fields.Integer(
        "Days Until Carts Are Deleted", default=90, help="Days without a change of the cart."
    )
    cart_retention_from = fields.Datetime(
        "First Deletion",
        default=lambda self: fields.Datetime.now() + FIRST_TIME,
        readonly=True,
        copy=False,
        help="No cart is deleted before this moment.",
    )

    @api.constrains("cart_retention", "cart_retention_days")
    def _check_cart_retention_days(self):
        """Refuse it in words, before anything is asked about the reminders."""
        for website in self:
            if website.cart_retention == "other" and website.cart_retention_days < 1:
                raise ValidationError(
                    self.env._(
                        "Carts are kept for at least 1 day: enter the number of days after which"
                        " they are deleted, or choose never."
                    )
                )
            if website.cart_retention_days > MAX_DAYS:
                raise ValidationError(
                    self.env._("Enter at most %(days)s days, or choose never.", days=MAX_DAYS)
                )

    def write(self, vals):
        kept = {website: website._retention_days() for website in self}
        result = super().write(vals)
        for website, days in kept.items():
            if _is_shorter(website._retention_days(), days):
                website.cart_retention_from = website._after_second_thoughts()
        return result

    def _after_second_thoughts(self):
        """Return when deletion may begin after a shorter time was chosen, never sooner than before.

        :rtype: datetime
        """
        self.ensure_one()
        begins = fields.Datetime.now() + SECOND_THOUGHTS
        return max(begins, self.cart_retention_from or begins)

    def _retention_days(self):
        """Return after how many days without a change a cart is deleted, 0 for never."""
        self.ensure_one()
        if self.cart_retention == "never":
            return 0
        if self.cart_retention == "other":
            return self.cart_retention_days
        return int(self.cart_retention or 0)

    def _retention_limit(self):
        """Return since when a cart must lie untouched to be deleted now, None for no deletion.

        :rtype: datetime | None
        """
        self.ensure_one()
        days, now = self._retention_days(), fields.Datetime.now()
        if not days or (self.cart_retention_from and now < self.cart_retention_from):
            return None
        return now - timedelta(days=days)

    @api.model
    def _retention_limit_sql(self):
        """Return `_retention_limit` for unfinished orders `r` that have lost their website.

        The longest of their company's websites, as an empty one where they are kept for ever; the
        shipped one where the company has no website any more.
        """
        cases = []
        for company, websites in self._all_shops().grouped("company_id").items():
            limits = [website._retention_limit() for website in websites]
            limit = min(limits) if all(limits) else None
            cases.append(SQL("WHEN r.company_id = %s THEN %s::timestamp", company.id, limit))
        shipped = fields.Datetime.now() - timedelta(days=DEFAULT_DAYS)
        cases.append(SQL("WHEN true THEN %s", shipped))
        return SQL("CASE %s END", SQL(" ").join(cases))

    def _link_days(self):
        """Let no recovery link be valid for longer than its cart is kept."""
        days = super()._link_days()
        return min(days, self._retention_days() or days)

    def _retention_begins(self, days):
        """Return when the first cart is deleted if that is after so many days, None for now.

        :param int days: as chosen, saved or not
        :rtype: datetime | None
        """
        self.ensure_one()
        begins = self.cart_retention_from
        if _is_shorter(days, self._retention_days()):
            begins = self._after_second_thoughts()
        return begins if begins and begins > fields.Datetime.now() else None

    def _count_old_carts(self, days, at=None):
        """Return how many carts would be deleted after so many days, by what the job itself asks.

        :param datetime at: when; now if not given
        """
        self.ensure_one()
        at = at or fields.Datetime.now()
        # sudo: an administrator of the website sees a number only
        unfinished = self.env["unfinished.order"].sudo()
        self.env.flush_all()
        old = (
            unfinished._old_carts_sql(self, state, at - timedelta(days=days), at)
            for state in CART_STATES
        )
        return sum(self.env.execute_query(SQL("SELECT count(*) %s", carts))[0][0] for carts in old)

    def _kept_carts_domain(self):
        """Return which old carts could not be deleted."""
        return Domain("website_id", "=", self.id) & Domain("cart_kept_until", "!=", False)

    def _count_kept_carts(self):
        # sudo: an administrator of the website sees a number only
        return self.env["sale.order"].sudo().search_count(self._kept_carts_domain())
