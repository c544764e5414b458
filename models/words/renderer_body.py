import re
from functools import cache
from uuid import uuid4

from lxml import etree, html
from markupsafe import Markup, escape

from odoo import api, models

from ...orm.memory import asked_once, remembering
from ...tools.stencil import cut, fill

# A link that Odoo's own template makes; after rendering it may or may not hold a token.
CORE_LINK = re.compile(r"(?:https?://[^\s\"'/<>]+)?/shop/cart\?id=\d+&(?:amp;)?access_token=[\w-]*")

CORE_LINK_HINT = "/shop/cart?id="
# What tells a mail that is made of our building blocks, and one that is a page already.
FRAME, PAGE = 'class="reminder-page"', "</html>"


class RecoveryRenderer(models.AbstractModel):
    """Renders the bodies: those of hundreds of carts in one go."""

    _inherit = "recovery.renderer"

    @api.model
    def _render_bodies(self, template, orders, links, optout_links, subjects):
        """Render the body of `template` for each cart.

        :param mail.template template: in the language of the mail
        :param sale.order orders: the carts, in the same language
        :param dict links: the recovery link of each cart
        :param dict optout_links: the unsubscribe link of each cart, as far as there is one
        :param dict subjects: of each mail, by the cart's id
        :return: the HTML of each cart, by the cart's id
        :rtype: dict[int, Markup]
        """
        self._feed(orders)
        self._feed_links(orders, "cart_recovery_url", links)
        self._feed_links(orders, "cart_optout_url", optout_links)
        marker = f"[{uuid4().hex}]"
        values = {**template._render_eval_context(), "objects": orders, "marker": marker}
        # The same prices come again and again, and core works out a language's rules each time.
        values["format_amount"] = cache(values["format_amount"])
        with remembering(self.env):
            render = self.env["recovery.qweb"]._render
            # The text of all of them is let go as soon as it is cut: it weighs as much as they do.
            _before, *bodies = str(render(self._in_a_loop(template), values)).split(marker)
        return {
            order.id: self._in_a_page(
                self._complete_body(template, order, body, links[order]), subjects[order.id]
            )
            for order, body in zip(orders, bodies, strict=True)
        }

    @api.model
    def _in_a_page(self, body, subject):
        """Return a mail that is made of our blocks as a page of its own, with its head.

        Mail clients look for what a mail looks like in the dark, or on a phone, in its head only. A
        layout, or a template that somebody has brought along, can be a page already.
        """
        is_page = FRAME not in body or PAGE in body
        return body if is_page else fill(self._page_stencil(), title=subject, body=body)

    @api.model
    @asked_once
    def _page_stencil(self):
        def render(**blanks):
            page = self.env["ir.qweb"]._render("website_sale_order_handling.reminder_page", blanks)
            return Markup("<!DOCTYPE html>\n") + page

        return cut(render, ("title", "body"))

    @api.model
    @asked_once
    def _in_a_loop(self, template):
        """Return the body of `template` in a loop over carts, with a marker before each of them."""
        content = html.fragment_fromstring(template.body_html or "", create_parent="div")
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
        body = template._replace_local_links(body, order.get_base_url())
        if CORE_LINK_HINT in body:
            body = Markup(CORE_LINK.sub(lambda _match: str(escape(link)), str(body)))
        return self._ensure_way_out(order, self._ensure_personal_line(order, body))
