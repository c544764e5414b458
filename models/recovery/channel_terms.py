from odoo import models
from odoo.tools import format_duration


class RecoveryChannel(models.Model):
    """What somebody should know of a channel before they send through it."""

    _inherit = "recovery.channel"

    def _conditions(self):
        """Return under which conditions messages leave, in whole sentences.

        :rtype: list[str]
        """
        self.ensure_one()
        sentences = [self._words_on_hours(), self._words_on_days(), self._words_on_sender()]
        if self.driver in self.env:
            sentences += [self.env._(term) for term in self._driver()._terms]
        limit = self.env._(
            "Nobody gets more than one message a day, over all campaigns and channels."
        )
        return [sentence for sentence in (*sentences, limit) if sentence]

    def _words_on_hours(self):
        if not self.has_quiet_hours:
            return self.env._("At any time of day: no quiet hours are set.")
        return self.env._(
            "Not from %(start)s to %(end)s on the buyer's clock: what is due then leaves"
            " afterwards.",
            start=format_duration(self.quiet_from),
            end=format_duration(self.quiet_to),
        )

    def _words_on_days(self):
        if not self.calendar_id:
            return ""
        return self.env._(
            "Only on the working days of “%(calendar)s”.",
            # sudo: a user who sends may have no right to read the company's working hours
            calendar=self.sudo().calendar_id.name,
        )

    def _words_on_sender(self):
        return self.sender and self.env._("In the name of %(sender)s.", sender=self.sender)

    def _cost_of(self, count):
        """Return what so many messages would cost and in which currency, as far as it is known.

        :param int count: each part of a text counts as one
        :rtype: tuple[float, str]
        """
        self.ensure_one()
        if self.unit_cost:
            return self.unit_cost * count, self.unit_currency_id.name or ""
        # sudo: credentials are readable by administrators only
        price, currency = self._driver()._price(self.sudo()._account())
        return price * count, currency
