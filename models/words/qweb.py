from odoo import models

from ...orm.memory import answers

# What core calls a template that is given as a tree and not as a view.
TREE = "etree._Element"


class RecoveryQweb(models.AbstractModel):
    """QWeb for templates with hundreds of carts in one rendering.

    Each time a template sets a variable, or calls another, with a content of its own, core looks
    for the template by name to learn its options. A template that is no view has no name: core
    searches in vain, for longer each time, and goes on with what it already had.
    """

    _name = "recovery.qweb"
    _inherit = "ir.qweb"
    _description = "QWeb for Reminders"

    def _compile(self, template):
        options = self.env.context.get("__qweb_loaded_options", {})
        if template == TREE and TREE in options:
            return {}, None, options[TREE]
        if isinstance(template, (str, int)):
            # A dict that lives as long as the rendering; its other keys are names of functions.
            known = self.env.context.get("__qweb_loaded_functions", {})
            key = (template, self.env.lang)
        else:  # a tree, which is in one language
            known, key = answers(self.env), template
        if key not in known:
            known[key] = super()._compile(template)
        return known[key]
