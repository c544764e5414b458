from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...drivers.base import MAIL, TEMPLATE, TEXT
from ..words.renderer import RenderingError


class RecoveryStepWords(models.AbstractModel):
    """A channel, and the words that leave through it: those of a step, or of another of its ways.

    What a channel can send decides which of the words are used: a mail template, a text, or a
    template that a provider keeps, with its parameters.
    """

    _name = "recovery.step.words"
    _description = "Channel and Words of a Step"

    channel_id = fields.Many2one(
        "recovery.channel",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env["recovery.channel"]._default_channel(),
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        "E-mail Template",
        domain=[("model", "=", "sale.order")],
        ondelete="set null",
        index="btree_not_null",
    )
    text = fields.Text(
        translate=True,
        help="In braces stands what each buyer's own words are put for: {name}, {shop}, {product},"
        " {products}, {amount}, {link} for the way back to the cart, {stop} for the way out.",
    )
    template_name = fields.Char(
        "Provider's Template",
        help="The name or number under which the provider keeps the approved words.",
    )
    content = fields.Selection(
        [(MAIL, "E-mail"), (TEXT, "Text"), (TEMPLATE, "Provider's Template")],
        compute="_compute_content",
    )

    @api.depends("channel_id", "mail_template_id", "text", "template_name")
    def _compute_content(self):
        for words in self:
            words.content = words._content()

    @api.constrains("mail_template_id")
    def _check_mail_template(self):
        for words in self:
            if words.mail_template_id and words.mail_template_id.model != "sale.order":
                raise ValidationError(
                    self.env._(
                        "The template “%(template)s” is written for another kind of record."
                        " Choose one that applies to sales orders.",
                        template=words.mail_template_id.name,
                    )
                )

    @api.constrains("text")
    def _check_text(self):
        for words in self:
            self.env["recovery.parameter"]._ensure_known(words.text)

    @api.onchange("channel_id")
    def _onchange_channel_id(self):
        """Begin with words of ours where there are none for what the channel can send."""
        for words in self:
            if words.content == TEXT and not words.text:
                words.text = self.env["recovery.texts"]._default_text()

    def _content(self):
        """Return what leaves: of what the channel can send, the first that there are words for."""
        self.ensure_one()
        if not self.channel_id._is_usable():
            return MAIL
        kinds = self.channel_id._driver()._contents
        given = {MAIL: self.mail_template_id, TEXT: self.text, TEMPLATE: self.template_name}
        return next((kind for kind in kinds if given[kind]), kinds[0])

    # === Rendering ===#

    def _render(self, orders, lang, links, optout_links=None, lines=None):
        """Render these words for a batch of carts.

        :param sale.order orders: the carts
        :param str lang: code of the buyers' language
        :param dict links: the recovery link of each cart
        :param dict optout_links: the link by which each buyer stops them; without it, in a mail,
            that of the cart's latest reminder, if any
        :param dict lines: what a person adds to the message of each cart
        :return: the fields of an `Envelope` for each cart
        :rtype: dict[sale.order, dict]
        :raise RenderingError: when there are no words, or when they break on one of the carts
        """
        self.ensure_one()
        render = {MAIL: self._render_mail, TEXT: self._render_text, TEMPLATE: self._fill_template}
        return render[self._content()](orders, lang, links, optout_links or {}, lines or {})

    def _render_mail(self, orders, lang, links, ways_out, lines):
        if not self.mail_template_id:
            raise RenderingError(self.env._("The step has no e-mail template."))
        return self.env["recovery.renderer"]._render(
            self.mail_template_id, orders, lang, self._website(), links, ways_out, lines
        )

    def _render_text(self, orders, lang, links, ways_out, lines):
        lang = self.env["recovery.renderer"]._known_lang(lang, self._website())
        text = self.with_context(lang=lang).text
        return self.env["recovery.texts"]._render(text, orders, lang, links, ways_out, lines)

    def _fill_template(self, orders, lang, links, ways_out, _lines):
        if not self.template_name:
            raise RenderingError(self.env._("The step has no template of the provider."))
        renderer = self.env["recovery.renderer"]
        lang = renderer._known_lang(lang, self._website())
        parameters = self.with_context(lang=lang).parameter_ids
        texts = {parameter.name: parameter.value or "" for parameter in parameters}
        return {
            order: {
                "kind": TEMPLATE,
                "template": self.template_name,
                "parameters": filled,
                "lang": lang,
                "company_id": order.company_id.id,
            }
            for order, filled in renderer._fill_texts(texts, orders, lang, links, ways_out).items()
        }

    def _website(self):
        return self._step().campaign_id.website_id
