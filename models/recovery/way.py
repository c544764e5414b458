from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import placeholders


class RecoveryWay(models.Model):
    """Another way of a step, for buyers whom the ways before it do not reach.

    A step's own channel and words are its first way. It remains one message, whatever its way:
    for the one message a day, for a step that is used once, and for what it has earned.
    """

    _name = "recovery.way"
    _inherit = "recovery.step.words"
    _description = "Another Way of a Recovery Step"
    _order = "step_id, sequence, id"

    step_id = fields.Many2one("recovery.step", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    parameter_ids = fields.One2many("recovery.parameter", "way_id", copy=True)

    @api.depends("channel_id")
    def _compute_display_name(self):
        for way in self:
            way.display_name = way.channel_id.name or self.env._("Another way")

    def write(self, vals):
        self.check_access("write")
        result = super().write(vals)
        if "channel_id" in vals:
            self.env["recovery.message"]._on_timing_changed(self.step_id)
        return result

    def unlink(self):
        """Let messages that wait for a way that goes take the first one."""
        self.check_access("unlink")
        steps = self.step_id
        result = super().unlink()
        self.env["recovery.message"].invalidate_model(["way_id"])
        self.env["recovery.message"]._on_timing_changed(steps.exists())
        return result

    def _step(self):
        return self.step_id

    def _way(self):
        return self


class RecoveryParameter(models.Model):
    """What a parameter of a provider's template is filled with."""

    _name = "recovery.parameter"
    _description = "Parameter of a Provider's Template"
    _order = "sequence, id"

    step_id = fields.Many2one("recovery.step", ondelete="cascade", index="btree_not_null")
    way_id = fields.Many2one("recovery.way", ondelete="cascade", index="btree_not_null")
    sequence = fields.Integer(default=10)
    name = fields.Char("Parameter", required=True)
    value = fields.Char(
        translate=True,
        help="Words, with what each buyer's own are put for in braces: {name}, {shop}, {product},"
        " {products}, {amount}, {link}, {stop}.",
    )

    _belongs = models.Constraint(
        "CHECK (step_id IS NOT NULL OR way_id IS NOT NULL)",
        "A parameter belongs to a step or to one of its ways.",
    )

    @api.constrains("value")
    def _check_value(self):
        for parameter in self:
            self._ensure_known(parameter.value)

    @api.model
    def _ensure_known(self, text):
        """Refuse braces that nothing would be put for.

        :raise ValidationError: naming them, and what there is instead
        """
        if strange := placeholders.unknown(text):
            raise ValidationError(
                self.env._(
                    "Nothing is known as %(wrong)s. In braces can stand: %(names)s.",
                    wrong=", ".join(f"{{{name}}}" for name in strange),
                    names=", ".join(f"{{{name}}}" for name in placeholders.NAMES),
                )
            )


class RecoveryMessage(models.Model):
    _inherit = "recovery.message"

    # Empty for the first way: nothing has to be written for messages by e-mail alone.
    way_id = fields.Many2one(
        "recovery.way", readonly=True, ondelete="set null", index="btree_not_null"
    )
    hand_text = fields.Text(readonly=True, help="The text of a message that was sent by hand.")
