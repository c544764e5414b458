import re
from contextlib import contextmanager
from functools import cache
from uuid import uuid4

from lxml import etree, html
from markupsafe import Markup, escape

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_qweb import QWebError

from ...orm.memory import asked_once, remembering
from ...tools.one_line import one_line
from ..cart.sale_order_contents import LINE_FIELDS

# A link that Odoo's own template makes; after rendering it may or may not hold a token.
CORE_LINK = re.compile(r"(?:https?://[^\s\"'/<>]+)?/shop/cart\?id=\d+&(?:amp;)?access_token=[\w-]*")

CORE_LINK_HINT = "/shop/cart?id="
# What tells a mail that is made of our building blocks, and one that is a page already.
FRAME, PAGE = 'class="reminder-page"', "</html>"
# Mail clients show less of a subject; mail servers refuse longer lines in a header.
SUBJECT_LENGTH, HEADER_LENGTH = 200, 998
# What the building blocks ask: less than half of what Odoo reads of carts, lines and customers
# when nobody says what is wanted. A template that asks for more has it read for all carts at once.
ASKED = {
    "sale.order": (
        "amount_tax",
        "amount_total",
        "amount_untaxed",
        "cart_activity_at",
        "cart_link_version",
        "company_id",
        "currency_id",
        "partner_id",
        "pricelist_id",
        "website_id",
    ),
    "sale.order.line": (*LINE_FIELDS, "product_no_variant_attribute_value_ids"),
    "res.partner": ("is_company", "name"),
}


class RenderingError(Exception):
    """A template could not be rendered for a cart; the text says why."""


@contextmanager
def _told_as_rendering_errors():
    try:
        yield
    except (UserError, QWebError, ValueError) as error:
        raise RenderingError(str(error)) from error


class RecoveryRenderer(models.AbstractModel):
    """Renders one mail template for many carts: compiled once, in linear time.

    Core compiles the template again for every record (a quarter of the time that it needs for a
    reminder) and its list of cart lines takes quadratic time over a batch.
    """

    _name = "recovery.renderer"
    _description = "Batch Rendering of Reminders"

    @api.model
    def _render(self, template, orders, lang, website, links, optout_links, lines=None):
        """Render a template for a batch of carts.

        :param mail.template template: in any language
        :param sale.order orders: the carts
        :param str lang: code of the buyers' language
        :param website website: whose language is used where the buyers' is not installed
        :param dict links: the recovery link of each cart
        :param dict optout_links: the unsubscribe link of each cart, as far as there is one
        :param dict lines: what a person adds to the mail of each cart
        :return: the fields of an `Envelope` for each cart
        :rtype: dict[sale.order, dict]
        :raise RenderingError: when there is no template, or when it breaks on one of the carts
        """
        lang = self._known_lang(lang, website)
        template, orders = template.with_context(lang=lang), orders.with_context(lang=lang)
        self._ensure_template(template)
        self._feed_personal_lines(orders, lines or {})
        with _told_as_rendering_errors():
            return self._render_contents(template, orders, links, optout_links)

    @api.model
    def _preview(self, template, order, lang, website, link, line=""):
        """Return the subject and the body that a buyer would get; nothing is kept.

        :raise RenderingError: as `_render`
        :rtype: tuple[str, str]
        """
        lang = self._known_lang(lang, website)
        template, order = template.with_context(lang=lang), order.with_context(lang=lang)
        self._ensure_template(template)
        self._feed_personal_lines(order, {order: line})
        # What a template breaks in the database must not break the page that says so. Not the
        # savepoint that also forgets the cache: in a form, the cache is what was just entered.
        self.env.flush_all()
        with _told_as_rendering_errors(), self.env.cr.savepoint(flush=False):
            body = self._render_bodies(template, order, {order: link}, {})[order.id]
            return self._render_subjects(template, order)[order.id], body

    @api.model
    def _render_contents(self, template, orders, links, optout_links):
        renderer = template.env["recovery.renderer"]
        bodies = renderer._render_bodies(template, orders, links, optout_links)
        subjects = self._render_subjects(template, orders)
        senders, replies = (
            template._render_field(name, orders.ids) for name in ("email_from", "reply_to")
        )
        attachments = self._render_attachments(template, orders)
        return {
            order: {
                "subject": subjects[order.id],
                "html": bodies[order.id],
                "sender": one_line(senders[order.id] or self._default_sender(order), HEADER_LENGTH),
                "reply_to": one_line(replies[order.id], HEADER_LENGTH),
                "attachment_ids": attachments.get(order.id, ()),
                "transport_id": template.mail_server_id.id or 0,
                "company_id": order.company_id.id,
                "alias_domain_id": order.company_id.alias_domain_id.id or 0,
            }
            for order in orders
        }

    @api.model
    def _default_sender(self, order):
        """Return the sender for templates without one: the company, or else the system user."""
        company = order.company_id if order.company_id.email else self.env.user
        return company.email_formatted or ""

    @api.model
    def _known_lang(self, lang, website):
        """Return `lang` when it is installed, else the language of the website."""
        installed = dict(self.env["res.lang"].get_installed())
        return lang if lang in installed else website.default_lang_id.code

    @api.model
    def _render_attachments(self, template, orders):
        """Return the ids of the attachments of each cart's mail."""
        fixed = tuple(template.attachment_ids.ids)
        if not template.report_template_ids:
            return dict.fromkeys(orders.ids, fixed)
        made = template._generate_template(orders.ids, ("report_template_ids",))
        return {
            order.id: fixed + self._store_documents(order, made[order.id].get("attachments", ()))
            for order in orders
        }

    @api.model
    def _store_documents(self, order, documents):
        attachments = self.env["ir.attachment"].create(
            [
                {"name": name, "datas": content, "res_model": order._name, "res_id": order.id}
                for name, content in documents
            ]
        )
        return tuple(attachments.ids)

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
        self._feed(orders)
        self._feed_links(orders, "cart_recovery_url", links)
        self._feed_links(orders, "cart_optout_url", optout_links)
        marker = f"[{uuid4().hex}]"
        values = {**template._render_eval_context(), "objects": orders, "marker": marker}
        # The same prices come again and again, and core works out a language's rules each time.
        values["format_amount"] = cache(values["format_amount"])
        with remembering(self.env):
            rendered = self.env["recovery.qweb"]._render(self._in_a_loop(template), values)
        _before, *bodies = str(rendered).split(marker)
        before, after = self._page(marker)
        complete = {
            order: self._complete_body(template, order, body, links[order])
            for order, body in zip(orders, bodies, strict=True)
        }
        return {
            # A layout, or a template that somebody has brought along, can be a page already.
            order.id: before + body + after if FRAME in body and PAGE not in body else body
            for order, body in complete.items()
        }

    @api.model
    def _page(self, marker):
        """Return what comes before and after a mail that is made of our blocks.

        Mail clients look for what a mail looks like in the dark, or on a phone, in its head only.

        :rtype: tuple[Markup, Markup]
        """
        page = self.env["ir.qweb"]._render(
            "website_sale_order_handling.reminder_page", {"body": marker}
        )
        before, _marker, after = page.partition(marker)
        return Markup("<!DOCTYPE html>\n") + before, after

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

    @api.model
    def _feed(self, orders):
        """Read what mails show of carts, for as many of them as are looked at together.

        :param sale.order orders: the carts, in any language
        """
        orders.fetch(ASKED[orders._name])
        orders.partner_id.fetch(ASKED["res.partner"])
        self._feed_lines(orders)

    @api.model
    def _feed_lines(self, orders):
        """Give each cart its lines in linear time; those of carts that have them are not read."""
        orders.order_line.fetch(ASKED["sale.order.line"])
        lines_field = orders._fields["website_order_line"]
        for order in orders.browse(lines_field._cache_missing_ids(orders)):
            # Core merges the lines of a discount for the page of the cart.
            if not order.order_line.reward_id:
                shown = order.order_line.filtered(lambda line: line._show_in_cart())
                lines_field._update_cache(order, shown._ids)

    @api.model
    def _feed_links(self, orders, name, links):
        """Give each cart the link of this reminder, which the template asks the cart for."""
        link_field = orders._fields[name]
        for order in orders:
            if order in links:
                link_field._update_cache(order, links[order])
