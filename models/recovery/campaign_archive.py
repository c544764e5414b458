from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


def take_back_all(records, name):
    """Take back what waits or lies in a queue of what is archived.

    :param str name: the field of messages that names `records`
    """
    # sudo: nobody edits messages, the engine moves them
    messages = records.env["recovery.message"].sudo()
    states = ("waiting", "sending")
    unsent = messages.search([(name, "in", records.ids), ("state", "in", states)])
    unsent._withdraw("reminders_off")


class RecoveryCampaign(models.Model):
    """How a campaign goes: it is archived, and keeps its figures; unused ones can be deleted."""

    _inherit = "recovery.campaign"

    # Not by the menu of every form, which does not say what follows.
    active = fields.Boolean(default=True, readonly=True, copy=False)
    waiting_count = fields.Integer("Waiting", compute="_compute_waiting_count")

    @api.depends("message_ids.state")
    def _compute_waiting_count(self):
        messages = self.env["recovery.message"]
        counts = dict(messages._read_group(self._waiting_domain(), ["campaign_id"], ["__count"]))
        for campaign in self:
            campaign.waiting_count = counts.get(campaign, 0)

    def _waiting_domain(self):
        return Domain("campaign_id", "in", self.ids) & Domain("state", "=", "waiting")

    def write(self, vals):
        """Let no archived campaign run; one that is switched on, on whatever screen, comes back."""
        if not vals.get("active", True):
            vals = {**vals, "is_running": False}
        elif vals.get("is_running"):
            vals = {**vals, "active": True}
        result = super().write(vals)
        if not vals.get("active", True):
            take_back_all(self, "campaign_id")
        return result

    def action_open_waiting(self):
        title = self._fields["waiting_count"]._description_string(self.env)
        return self._action_open_counted(title, self._waiting_domain())

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
                    "“%(campaign)s” cannot be deleted: messages belong to it (%(count)s), and its"
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
