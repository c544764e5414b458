from odoo import api, models

from ...drivers.base import Envelope


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
        optout = self.env["recovery.optout"]
        contents, ways_out = {}, {message: optout._make_url(message) for message in messages}
        for alike in messages.grouped(self._in_common).values():
            rendered = self._render_alike(alike, ways_out)
            for message in alike:
                contents[message] = rendered[message.unfinished_id.order_id]
                sender = contents[message]["sender"]
                message.channel_id._ensure_sender(sender, message.company_id)
        self.env["recovery.law"]._begin_with_labels(messages, contents)
        return [
            Envelope(
                key=message.key,
                to=message.address,
                headers=optout._headers(ways_out[message], contents[message]["alias_domain_id"]),
                **contents[message],
            )
            for message in messages
        ]

    @staticmethod
    def _in_common(message):
        """Return what messages have in common that are rendered together."""
        return message.step_id, message.mail_template_id, message.lang, message.website_id

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
        step, template, lang, website = self._in_common(messages[0])
        if step:
            return step._render(orders, lang, *given)
        return self.env["recovery.renderer"]._render(template, orders, lang, website, *given)
