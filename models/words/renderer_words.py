import re

from markupsafe import Markup, escape

from odoo import api, models
from odoo.tools import is_html_empty

from ...tools.one_line import one_line
from .renderer import SUBJECT_LENGTH, RenderingError

# What tells a mail whose frame shows the personal line, and where a whole page begins.
PERSONAL, BODY = 'class="reminder-personal"', re.compile(r"<body\b[^>]*>", re.IGNORECASE)


class RecoveryRenderer(models.AbstractModel):
    """What is refused before anybody has to read it, and what comes to a template's own words."""

    _inherit = "recovery.renderer"

    @api.model
    def _ensure_template(self, template):
        """Refuse what nobody should read.

        :param mail.template template: in the language of the mail
        :raise RenderingError: when it is gone, is for something else, or says nothing
        """
        if not template:
            raise RenderingError(
                self.env._("There is no e-mail template any more: it has been deleted.")
            )
        if template.model != "sale.order":
            problem = self.env._(
                "The template “%(template)s” is written for another kind of record."
                " Choose one that applies to sales orders."
            )
        elif is_html_empty(template.body_html):
            problem = self.env._("The template “%(template)s” has no text.")
        elif not (template.subject or "").strip():
            problem = self.env._("The template “%(template)s” has no subject.")
        else:
            return
        raise RenderingError(problem % {"template": template.name})

    @api.model
    def _render_subjects(self, template, orders):
        """Return the subject of each cart's mail, by the cart's id."""
        subjects = template._render_field("subject", orders.ids)
        # A name with a line break must not become a header, nor one of a megabyte a subject.
        lines = {order_id: one_line(text, SUBJECT_LENGTH) for order_id, text in subjects.items()}
        if not all(lines.values()):
            raise RenderingError(
                self.env._(
                    "The subject of the template “%(template)s” comes out empty.",
                    template=template.name,
                )
            )
        return lines

    # === What somebody adds who sends it by hand ===#

    @api.model
    def _feed_personal_lines(self, orders, lines):
        """Give each cart the line that comes with this mail, and no other mail's.

        :param dict lines: the line of each cart, as far as there is one
        """
        field = orders._fields["cart_personal_line"]
        for order in orders:
            field._update_cache(order, lines.get(order, False))

    @api.model
    def _ensure_personal_line(self, order, body):
        """Put the personal line above a mail whose own frame does not show it."""
        if not order.cart_personal_line or PERSONAL in body:
            return body
        line = str(self._personal_block(order.cart_personal_line))
        begin = BODY.search(body)
        place = begin.end() if begin else 0
        return Markup(body[:place] + line + body[place:])

    @api.model
    def _personal_block(self, line):
        """Return a personal line as a paragraph of a mail; it is text, whatever it looks like."""
        lines = Markup("<br/>").join(escape(part) for part in line.splitlines())
        values = {"line": lines}
        return self.env["ir.qweb"]._render("website_sale_order_handling.reminder_personal", values)

    # === The way out ===#

    @api.model
    def _ensure_way_out(self, order, body):
        """Put the unsubscribe link below a mail whose own template does not show it."""
        url = order.cart_optout_url
        if not url or url in body:
            return body
        values = {"url": url}
        line = self.env["ir.qweb"]._render("website_sale_order_handling.reminder_way_out", values)
        # A layout can be a whole page, after whose end mail clients show nothing.
        content, end, rest = str(body).rpartition("</body>")
        return Markup(content + str(line) + end + rest) if end else body + line
