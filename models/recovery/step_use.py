from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

MAX_NAMES = 5


class RecoveryStep(models.Model):
    """What belongs to a step: it can be switched off, and keeps its figures."""

    _inherit = "recovery.step"

    def unlink(self):  # pylint: disable=method-required-super
        self.check_access("unlink")
        self._ensure_unused()
        return self._unlink_unasked()

    def _unlink_unasked(self):
        """Delete steps with their campaign."""
        return super().unlink()  # pylint: disable=super-method-mismatch

    def _ensure_unused(self):
        """Refuse to delete a step that messages belong to.

        :raise UserError: naming it, with what to do instead
        """
        for step, count in self.env["recovery.message"]._count_of("step_id", self).items():
            raise UserError(
                self.env._(
                    "The step “%(step)s” of “%(campaign)s” cannot be deleted: messages belong"
                    " to it (%(count)s), and its figures would be lost. Switch it off instead.",
                    step=step.display_name,
                    campaign=step.campaign_id.name,
                    count=count,
                )
            )

    @api.model
    def _used_with(self, name, records):
        """Return all steps that use one of `records`, also those that are switched off.

        :param str name: the field by which they use it
        """
        # sudo: a step of another company's website is in the way as well
        everything = self.sudo().with_context(active_test=False)
        by_another_way = Domain(f"way_ids.{name}", "in", records.ids)
        return everything.search(Domain(name, "in", records.ids) | by_another_way)

    def _list_in_words(self):
        """Name the first of these steps, and their campaigns."""
        lines = [
            self.env._(
                "“%(step)s” of “%(campaign)s”",
                step=step.display_name,
                campaign=step.campaign_id.name,
            )
            for step in self[:MAX_NAMES]
        ]
        if len(self) > MAX_NAMES:
            lines.append(self.env._("%(count)s more", count=len(self) - MAX_NAMES))
        return ", ".join(lines)
