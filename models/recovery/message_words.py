from markupsafe import Markup, escape

from odoo import api, models

from ...drivers.base import MAIL, TEXT, Envelope


class RecoveryMessageWords(models.AbstractModel):
    """Puts messages into words, by the hundred."""

    _name = "recovery.message.words"
    _description = "Words of Recovery Messages"

    @api.model
    def _make_envelopes(self, messages):
        """Render messages, each in its buyer's language.

        :param recovery.message messages: that may leave now
        :return: one envelope per message, in their order
        :rtype: list[Envelope]
        """
        contents = {}
        for alike in messages.grouped(self._in_common).values():
            kind = self._kind(alike[0])
            ways_out = {message: self._way_out(message, kind) for message in alike}
            rendered = self._render_alike(alike, ways_out)
            for message in alike:
                contents[message] = rendered[message.unfinished_id.order_id]
                if kind == MAIL:
                    self._complete_mail(message, contents[message], ways_out[message])
        self.env["recovery.law"]._begin_with_labels(messages, contents)
        return [
            Envelope(key=message.key, to=message.address, **contents[message])
            for message in messages
        ]

    @api.model
    def _complete_mail(self, message, content, way_out):
        """Put the headers of a mail to its content.

        :raise RenderingError: when nobody would be its sender
        """
        message.channel_id._ensure_sender(content["sender"], message.company_id)
        optout = self.env["recovery.optout"]
        content["headers"] = optout._headers(way_out, content["alias_domain_id"])

    @staticmethod
    def _in_common(message):
        """Return what messages have in common that are rendered together."""
        words = message.way_id or message.step_id or message.hand_text
        return words, message.mail_template_id, message.lang, message.website_id

    @api.model
    def _kind(self, message):
        """Return what a message holds: a mail, a text, or what a provider's template needs."""
        words = message.way_id or message.step_id
        if words:
            return words._content()
        return TEXT if message.hand_text else MAIL

    @api.model
    def _way_out(self, message, kind):
        """Return the link by which the buyer stops messages of this kind: a short one in a text."""
        optout = self.env["recovery.optout"]
        is_short = kind != MAIL and optout._kind(message) == "phone"
        return optout._make_stop_url(message) if is_short else optout._make_url(message)

    @api.model
    def _shown(self, envelope):
        """Return what an envelope says, as a page to look at."""
        if envelope.kind == MAIL:
            return envelope.html
        if envelope.kind == TEXT:
            return str(self._as_lines(envelope.text))
        rows = [
            Markup("<p><b>%s</b>: %s</p>") % (name, value)
            for name, value in envelope.parameters.items()
        ]
        return str(Markup().join([Markup("<p>%s</p>") % envelope.template, *rows]))

    @api.model
    def _as_lines(self, text):
        return Markup("<p>%s</p>") % Markup("<br/>").join(map(escape, text.split("\n")))

    @api.model
    def _render_alike(self, messages, ways_out):
        """Render messages with the same words; the result is that of `recovery.renderer`.

        :param dict ways_out: the unsubscribe link of each message
        """
        by_cart = {message.unfinished_id.order_id: message for message in messages}
        links = self.env["unfinished.order.link"]
        given = (
            {cart: links._make_url(cart, message.id) for cart, message in by_cart.items()},
            {cart: ways_out[message] for cart, message in by_cart.items()},
            {cart: m.personal_line for cart, m in by_cart.items() if m.personal_line},
        )
        orders = messages.unfinished_id.order_id
        words, template, lang, website = self._in_common(messages[0])
        renderer = self.env["recovery.renderer"]
        if not words:
            return renderer._render(template, orders, lang, website, *given)
        if isinstance(words, str):
            lang = renderer._known_lang(lang, website)
            return self.env["recovery.texts"]._render(words, orders, lang, *given)
        return words._render(orders, lang, *given)
