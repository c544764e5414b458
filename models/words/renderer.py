from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize
from odoo.tools.mail import formataddr

from odoo.addons.base.models.ir_qweb import QWebError

from ...orm.memory import asked_once, remembering
from ...tools.one_line import one_line
from ..cart.sale_order_contents import LINE_FIELDS

# Mail clients show less of a subject; mail servers refuse longer lines in a header.
SUBJECT_LENGTH, HEADER_LENGTH, NAME_LENGTH = 200, 998, 100
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
        with _told_as_rendering_errors(), remembering(self.env):
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
        with (
            _told_as_rendering_errors(),
            self.env.cr.savepoint(flush=False),
            remembering(self.env),
        ):
            subjects = self._render_subjects(template, order)
            # In the language of the buyer, whoever looks at it.
            renderer = template.env["recovery.renderer"]
            bodies = renderer._render_bodies(template, order, {order: link}, {}, subjects)
            return subjects[order.id], bodies[order.id]

    @api.model
    def _render_contents(self, template, orders, links, optout_links):
        renderer = template.env["recovery.renderer"]
        self._feed(orders)
        subjects = self._render_subjects(template, orders)
        bodies = renderer._render_bodies(template, orders, links, optout_links, subjects)
        senders, replies = (
            template._render_field(name, orders.ids) for name in ("email_from", "reply_to")
        )
        attachments = self._render_attachments(template, orders)
        return {
            order: {
                "subject": subjects[order.id],
                # Plain text: whoever stores Markup makes a copy of it, which stays beside it.
                "html": str(bodies.pop(order.id)),
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
        """Return the sender for templates without one, by the name under which the buyer knows us.

        The address is that of the company, or else of the system user.
        """
        return self._shop_sender(order.website_id, order.company_id)

    @api.model
    @asked_once
    def _shop_sender(self, website, company):
        source = company if company.email else self.env.user
        address = email_normalize(source.email) or source.email
        name = one_line(website.name or source.name, NAME_LENGTH)
        return formataddr((name, address)) if address else ""

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
