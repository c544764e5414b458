import re
from functools import cache
from uuid import uuid4

from lxml import etree, html
from markupsafe import Markup, escape

from odoo import api, models

# A link that Odoo's own template makes; after rendering it may or may not hold a token.
CORE_LINK = re.compile(r"(?:https?://[^\s\"'/<>]+)?/shop/cart\?id=\d+&(?:amp;)?access_token=[\w-]*")

CORE_LINK_HINT = "/shop/cart?id="
# Without any of these, a mail has no link for core to make absolute.
LOCAL_LINK_HINTS = ('="/', "url(")


class RenderingError(Exception):
    """A template could not be rendered for a cart; the text says why."""


class RecoveryRenderer(models.AbstractModel):
    """Renders one mail template for many carts: compiled once, in linear time.

    Core compiles the template again for every record (a quarter of the time that it needs for a
    reminder) and its list of cart lines takes quadratic time over a batch.
    """

    _name = "recovery.renderer"
    _description = "Batch Rendering of Reminders"

    @api.model
    def _render_bodies(self, template, orders, links, optout_links):
        """Render the body of `template` for each cart.

        :param mail.template template: in the language of the mail
        :param sale.order orders: the carts, in the same language
        :param dict links: the recovery link of each cart
        :param dict optout_links: the unsubscribe link of each cart, as far as there is one
        :return: the HTML of each cart, by the cart's id
        :rtype: dict[int, Markup]
        """
        self._feed_lines(orders)
        self._feed_links(orders, "cart_recovery_url", links)
        self._feed_links(orders, "cart_optout_url", optout_links)
        marker = f"[{uuid4().hex}]"
        values = {**template._render_eval_context(), "objects": orders, "marker": marker}
        # The same prices come again and again, and core works out a language's rules each time.
        values["format_amount"] = cache(values["format_amount"])
        loop = self._in_a_loop(template.body_html)
        with self.env["recovery.mail"]._remembering():
            rendered = self.env["recovery.qweb"]._render(loop, values)
        _before, *bodies = str(rendered).split(marker)
        return {
            order.id: self._complete_body(template, order, body, links[order])
            for order, body in zip(orders, bodies, strict=True)
        }

    @api.model
    def _in_a_loop(self, source):
        """Return `source` wrapped in a loop over carts, with a marker before each body."""
        content = html.fragment_fromstring(source or "", create_parent="div")
        loop = etree.Element("t", {"t-foreach": "objects", "t-as": "object"})
        etree.SubElement(loop, "t", {"t-out": "marker"})
        for name in {node.get("t-set") for node in content.iter() if node.get("t-set")}:
            # What the template sets for one customer must not be seen by the next.
            etree.SubElement(loop, "t", {"t-set": name, "t-value": "None"})
        loop.append(content)
        content.tag = "t"
        return loop

    @api.model
    def _complete_body(self, template, order, body, link):
        """Put the layout around a body, make its links absolute, and put in the safe link."""
        body = Markup(body)
        if template.email_layout_xmlid:
            body = template._render_encapsulate(
                template.email_layout_xmlid, body, context_record=order
            )
        # Looking first is much faster than searching a whole mail for what is not there.
        if any(hint in body for hint in LOCAL_LINK_HINTS):
            body = template._replace_local_links(body, order.get_base_url())
        if CORE_LINK_HINT in body:
            body = Markup(CORE_LINK.sub(lambda _match: str(escape(link)), str(body)))
        return self._ensure_way_out(order, body)

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

    @api.model
    def _feed_lines(self, orders):
        """Give each cart its lines in linear time; those of carts that have them are not read."""
        lines_field = orders._fields["website_order_line"]
        orders = orders.browse(lines_field._cache_missing_ids(orders))
        lines = self.env["sale.order.line"].search_fetch([("order_id", "in", orders.ids)])
        shown = lines.filtered(lambda line: line._show_in_cart()).grouped("order_id")
        for order in orders:
            lines_field._update_cache(order, shown.get(order, lines.browse())._ids)

    @api.model
    def _feed_links(self, orders, name, links):
        """Give each cart the link of this reminder, which the template asks the cart for."""
        link_field = orders._fields[name]
        for order in orders:
            if order in links:
                link_field._update_cache(order, links[order])
