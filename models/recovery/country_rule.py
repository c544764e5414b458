from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...tools import law
from ...tools.one_line import one_line

# What the driver of a channel says of itself, see `_kind` of `recovery.driver`.
KINDS = [("email", "E-mail"), ("sms", "SMS"), ("chat", "Chat Message")]
LABEL_LENGTH = 20


class RecoveryCountryRule(models.Model):
    """What the law of a country says about messages of one kind; whoever knows better changes it.

    It holds for buyers in that country, whatever the channel itself allows. What it does not allow
    yet waits; nothing is dropped for it.
    """

    _name = "recovery.country.rule"
    _description = "Country Rule for Messages"
    _order = "country_id, kind"
    _rec_name = "country_id"

    active = fields.Boolean(default=True)
    country_id = fields.Many2one(
        "res.country",
        required=True,
        ondelete="cascade",
        help="Of the customer: that of the contact, else of the phone number, else the shop's.",
    )
    kind = fields.Selection(KINDS, "Messages", required=True, default="sms")
    from_hour = fields.Float(
        "From", help="Nothing leaves before this time of day, on the clock of the buyer."
    )
    to_hour = fields.Float(
        "To", default=24.0, help="Nothing leaves from this time of day on. 24:00 is midnight."
    )
    on_sundays = fields.Boolean(default=True)
    max_a_day = fields.Integer(
        "At Most",
        help="To one address within 24 hours; 0 for any number. A customer gets one message a day"
        " anyway; several customers may have given the same number.",
    )
    label = fields.Char(size=LABEL_LENGTH, help="With what a message has to begin, such as [AD].")
    reference = fields.Char("Law", help="Where that is written.")

    _once = models.UniqueIndex(
        "(country_id, kind)", "A country has one rule for each kind of message."
    )

    @api.depends("country_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            rule.display_name = self.env._(
                "%(country)s: %(kind)s",
                country=rule.country_id.name or "",
                kind=kinds.get(rule.kind, ""),
            )

    @api.constrains("from_hour", "to_hour", "max_a_day")
    def _check_values(self):
        for rule in self:
            if not 0 <= rule.from_hour < rule.to_hour <= 24:
                raise ValidationError(
                    self.env._(
                        "The rule “%(rule)s” leaves no time to write: enter times of day from"
                        " 00:00 to 24:00, the earlier one first.",
                        rule=rule.display_name,
                    )
                )
            if rule.max_a_day < 0:
                raise ValidationError(
                    self.env._("A number of messages cannot be negative: enter 0 for any number.")
                )

    # === What follows from a change ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._ensure_single(vals.get("country_id"), vals.get("kind", "sms"))
        rules = super().create(vals_list)
        rules._on_changed(rules._kinds_with_hours())
        return rules

    def write(self, vals):
        for rule in self if {"country_id", "kind"} & set(vals) else ():
            kind = vals.get("kind", rule.kind)
            rule._ensure_single(vals.get("country_id", rule.country_id.id), kind)
        kinds = self._kinds_with_hours()
        result = super().write(vals)
        self._on_changed(kinds | self._kinds_with_hours())
        return result

    def unlink(self):
        kinds = self._kinds_with_hours()
        result = super().unlink()
        self._on_changed(kinds)
        return result

    # Before the database does, which logs what it refuses as an error.
    def _ensure_single(self, country_id, kind):
        """Refuse a second rule of a country for one kind of message.

        :raise ValidationError: naming the one that there is
        """
        same = [("country_id", "=", country_id), ("kind", "=", kind), ("id", "not in", self.ids)]
        if known := self.with_context(active_test=False).search(same, limit=1):
            raise ValidationError(
                self.env._(
                    "There is a rule “%(rule)s” already. Change that one; it may be archived.",
                    rule=known.display_name,
                )
            )

    def _kinds_with_hours(self):
        return {rule.kind for rule in self if law.has_hours(rule._law())}

    @api.model
    def _on_changed(self, kinds):
        """Let what waits follow the rules of now.

        :param set kinds: of messages, for which the times may be others now
        """
        self.env.registry.clear_cache()
        # sudo: who sets up rules may have no right to manage channels and campaigns
        channels = self.env["recovery.channel"].sudo().search([("driver", "!=", False)])
        concerned = channels.filtered(lambda channel: channel._message_kind() in kinds)
        # sudo: as above
        steps = self.env["recovery.step"].sudo().search([("channel_id", "in", concerned.ids)])
        if steps:
            self.env["recovery.message"]._on_timing_changed(steps)

    # === As plain values ===#

    def _law(self):
        self.ensure_one()
        return law.Law(
            from_hour=self.from_hour,
            to_hour=self.to_hour,
            on_sundays=self.on_sundays,
            limit=self.max_a_day,
            label=one_line(self.label or "", LABEL_LENGTH),
        )

    @api.model
    @ormcache("kind")
    def _laws(self, kind):
        """Return what holds for messages of a kind, by the codes of countries.

        :rtype: dict[str, tools.law.Law]
        """
        # sudo: a law holds whoever sends
        rules = self.sudo().search([("kind", "=", kind)])
        return {rule.country_id.code: rule._law() for rule in rules}
