from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class RecoveryCampaign(models.Model):
    """How a campaign goes: it is archived, and keeps its figures; unused ones can be deleted."""

    _inherit = "recovery.campaign"

    # Not by the menu of every form, which does not say what follows.
    active = fields.Boolean(default=True, readonly=True, copy=False)
    waiting_count = fields.Integer("Waiting", compute="_compute_waiting_count")

    @api.depends("message_ids.state")
    def _compute_waiting_count(self):
        waiting = Domain("campaign_id", "in", self.ids) & Domain("state", "=", "waiting")
        counts = dict(
            self.env["recovery.message"]._read_group(waiting, ["campaign_id"], ["__count"])
        )
        for campaign in self:
            campaign.waiting_count = counts.get(campaign, 0)

    def write(self, vals):
        """Let no archived campaign run; one that is switched on, on whatever screen, comes back."""
        if not vals.get("active", True):
            vals = {**vals, "is_running": False}
        elif vals.get("is_running"):
            vals = {**vals, "active": True}
        result = super().write(vals)
        if not vals.get("active", True):
            self._take_back_all()
        return result

    def _take_back_all(self):
        """Take back what waits or lies in a queue."""
        # sudo: nobody edits messages, the engine moves them
        messages = self.env["recovery.message"].sudo()
        states = ("waiting", "sending")
        messages.search([("campaign_id", "in", self.ids), ("state", "in", states)])._withdraw(
            "reminders_off"
        )

    def action_open_waiting(self):
        action = self.action_open_messages()
        return {**action, "domain": [*action["domain"], ("state", "=", "waiting")]}

    # === Deleting ===#

    def unlink(self):  # pylint: disable=method-required-super
        self.check_access("unlink")
        self._ensure_unused()
        return self._unlink_with_steps()

    def _unlink_with_steps(self):
        """Delete campaigns with whatever belongs to them, as when their website goes."""
        # One after the other: the database cannot both empty a message's step and check it.
        self.with_context(active_test=False).step_ids._unlink_unasked()
        return super().unlink()  # pylint: disable=super-method-mismatch

    def _ensure_unused(self):
        """Refuse to delete a campaign that Settings show, or that figures or messages belong to.

        :raise UserError: naming it, with what to do instead
        """
        if default := self.filtered("is_default")[:1]:
            raise UserError(
                self.env._(
                    "“%(campaign)s” cannot be deleted: it is the campaign on the Settings screen of"
                    " “%(website)s”. Archive it instead: it stops, and its figures stay.",
                    campaign=default.name,
                    website=default.website_id.name,
                )
            )
        counts = self.env["recovery.message"]._count_of("campaign_id", self)
        for campaign, count in counts.items():
            raise UserError(
                self.env._(
                    "“%(campaign)s” cannot be deleted: %(count)s messages belong to it, and its"
                    " figures would be lost. Archive it instead: it stops, and its figures stay.",
                    campaign=campaign.name,
                    count=count,
                )
            )


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    @api.model
    def _count_of(self, name, records):
        """Return how many messages belong to each of `records`, the erased ones included.

        :param str name: the field that names the record
        :return: those to which any belong
        :rtype: dict
        """
        domain = [(name, "in", records.ids)]
        # sudo: a message of another company is in the way as well
        there = dict(self.sudo()._read_group(domain, [name], ["__count"]))
        totals = self.env["recovery.message.day"].sudo()
        erased = dict(totals._read_group(domain, [name], ["messages:sum"]))
        counts = {}
        for record in records:
            if count := there.get(record, 0) + (erased.get(record) or 0):
                counts[record] = count
        return counts
