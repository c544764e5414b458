from contextlib import contextmanager
from itertools import pairwise

from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools import schedule

# Under which key a transaction knows that a campaign is being saved with its steps.
TOGETHER = "website_sale_order_handling.steps_together"


class RecoveryCampaign(models.Model):
    """The steps of a campaign are due one after the other, in whatever way they are changed."""

    _inherit = "recovery.campaign"

    @api.constrains("step_ids")
    def _check_order_of_steps(self):
        """Refuse two steps at one time, and one that would always be due before the one above."""
        for campaign in self:
            for step, following in pairwise(campaign._steps_in_order()):
                if problem := following._wrong_order_text(step):
                    raise ValidationError(problem)

    @api.model_create_multi
    def create(self, vals_list):
        with self._steps_together():
            return super().create(vals_list)

    def write(self, vals):
        with self._steps_together():
            return super().write(vals)

    @api.model
    @contextmanager
    def _steps_together(self):
        """Let steps be saved one after the other: only what comes of all of them must be right."""
        cache = self.env.cr.cache
        cache[TOGETHER] = cache.get(TOGETHER, 0) + 1
        try:
            yield
        finally:
            if cache.get(TOGETHER):  # a savepoint that was undone within has emptied it
                cache[TOGETHER] -= 1


class RecoveryStep(models.Model):
    _inherit = "recovery.step"

    @api.constrains(
        "timing", "delay_hours", "days_later", "at_hour", "sequence", "active", "campaign_id"
    )
    def _check_order(self):
        """Look at a step that is changed alone; its campaign looks at those that come with it."""
        if not self.env.cr.cache.get(TOGETHER):
            self.campaign_id._check_order_of_steps()

    def _wrong_order_text(self, above):
        """Say what is wrong about the time of this step, with another one above it."""
        self.ensure_one()
        words = {"following": self.display_name, "step": above.display_name}
        if schedule.comes_before(self._timing(), above._timing()):
            return self.env._(
                "The step “%(following)s” would be due before “%(step)s”, which stands above it."
                " Change its time, or move it up.",
                **words,
            )
        if schedule.is_same_time(self._timing(), above._timing()):
            return self.env._(
                "Two steps are due at the same time, “%(step)s” and “%(following)s”, and nobody"
                " gets more than one message a day. Change the time of one of them.",
                **words,
            )
        return ""
