from math import ceil

from odoo import Command, api, fields, models

from ...tools import schedule
from ...tools.schedule import Timing

# What each of them begins with, its one step, and the name of its template.
MORNING = Timing(at_hour=8.0, days_later=1, cutoff_hour=23 + 59 / 60)
SOON = Timing(delay_hours=10 / 60)
SHIPPED = {
    # Once per order, however often it is left.
    "morning": ({"restart_days": 0}, MORNING, "reminder_1"),
    "payment_failed": ({"trigger": "payment_failed"}, SOON, "payment_failed"),
}
XML_ID = "website_sale_order_handling.mail_template_%s"


class RecoveryCampaign(models.Model):
    """The campaigns that every website has beside its default one, switched off.

    They are campaigns like any other: they can be changed, archived and deleted.
    """

    _inherit = "recovery.campaign"

    shipped_as = fields.Selection(
        [("morning", "The next morning"), ("payment_failed", "After a failed payment")],
        readonly=True,
        copy=False,
        help="Which of the campaigns that every website has this one was made as.",
    )

    _shipped_once = models.UniqueIndex(
        "(website_id, shipped_as) WHERE shipped_as IS NOT NULL",
        "A website has each of the shipped campaigns once.",
    )

    @api.model
    def _create_shipped(self, websites):
        """Make the campaigns that these websites do not have yet, and start none of them.

        :param website websites: in sudo
        """
        archived_too = self.with_context(active_test=False)
        known = archived_too.search(
            [("website_id", "in", websites.ids), ("shipped_as", "!=", False)]
        )
        have = {(campaign.website_id.id, campaign.shipped_as) for campaign in known}
        missing = [
            (website, kind)
            for website in websites
            for kind in SHIPPED
            if (website.id, kind) not in have
        ]
        names = self._shipped_names()
        campaigns = self.create([self._prepare_shipped_vals(*one) for one in missing])
        for campaign in campaigns:
            campaign.update_field_translations("name", names[campaign.shipped_as])

    @api.model
    def _prepare_shipped_vals(self, website, kind):
        vals, timing, template = SHIPPED[kind]
        # What carts do not outlast cannot run, until somebody lets them.
        days, needed = website._retention_days(), ceil(schedule.latest_hours(timing) / 24) + 1
        names = self._shipped_names()[kind]
        return {
            **vals,
            "name": names.get(self.env.lang) or names["en_US"],
            "website_id": website.id,
            "shipped_as": kind,
            "active": not days or days >= needed,
            "step_ids": [Command.create(self._prepare_shipped_step(timing, template))],
        }

    @api.model
    def _prepare_shipped_step(self, timing, template):
        template = self.env.ref(XML_ID % template, raise_if_not_found=False)
        vals = {
            "channel_id": self.env["recovery.channel"]._default_channel().id,
            "mail_template_id": template.id if template else False,
        }
        if timing.at_hour is None:
            return {**vals, "timing": "delay", "delay_hours": timing.delay_hours}
        times = ("at_hour", "days_later", "cutoff_hour")
        return {**vals, "timing": "time", **{name: getattr(timing, name) for name in times}}

    @api.model
    def _shipped_names(self):
        """Return what the shipped campaigns are called, by the codes of languages.

        :rtype: dict[str, dict[str, str]]
        """
        codes = {"en_US", *(code for code, _name in self.env["res.lang"].get_installed())}
        envs = {code: self.with_context(lang=code).env for code in codes}
        return {
            "morning": {
                code: env._("Remind about products left in the cart") for code, env in envs.items()
            },
            "payment_failed": {code: env._("Payment failed") for code, env in envs.items()},
        }
