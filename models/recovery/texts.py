from odoo import api, models

from ...drivers.base import TEXT
from ...tools import placeholders
from ..words.renderer import RenderingError


class RecoveryTexts(models.AbstractModel):
    """Texts of SMS and chats as values of an `Envelope`."""

    _name = "recovery.texts"
    _description = "Texts of Reminders"

    @api.model
    def _render(self, text, orders, lang, links, ways_out, lines):
        """Fill a text for each cart; where it names no way out, one stands below it.

        :param str text: in the language of the buyers, `lang`, which is installed
        :rtype: dict[sale.order, dict]
        :raise RenderingError: when there is none
        """
        if not (text or "").strip():
            raise RenderingError(self.env._("The step has no text."))
        if "stop" not in placeholders.used(text) and ways_out:
            text = f"{text}\n{self.with_context(lang=lang)._way_out_line()}"
        filled = self.env["recovery.renderer"]._fill_texts(
            {"text": text}, orders, lang, links, ways_out
        )
        return {
            order: {
                "kind": TEXT,
                "text": "\n".join(filter(None, [lines.get(order), values["text"]])),
                "lang": lang,
                "company_id": order.company_id.id,
            }
            for order, values in filled.items()
        }

    @api.model
    def _way_out_line(self):
        return self.env._("No more messages: %(link)s", link="{stop}")

    @api.model
    def _default_text(self):
        """Return the text that a new step begins with, in the language of the reader."""
        return self.env._(
            "%(shop)s: %(product)s is waiting in your cart. Order here: %(link)s\nStop: %(stop)s",
            shop="{shop}",
            product="{product}",
            link="{link}",
            stop="{stop}",
        )

    # === By hand ===#

    @api.model
    def _default_by_hand(self, unfinished, channel):
        """Return the words of the website's campaign for a channel, or those that are shipped.

        :param unfinished.order unfinished: those to be reminded of, of which the first counts
        :param recovery.channel channel: through which a text is to leave
        """
        # sudo: who may send may have no right to see how campaigns are set up
        steps = unfinished[:1]._campaign_by_hand().sudo()._steps_in_order()
        ways = [way for step in steps for way in step._ways()]
        known = (way.text for way in ways if way.channel_id == channel and way.text)
        return next(known, "") or self._default_text()

    @api.model
    def _preview(self, unfinished, text, line=""):
        """Return the text that the buyer of this order would get, as a page.

        :raise RenderingError: when there is none
        """
        unfinished.ensure_one()
        unfinished.check_access("read")
        # sudo: who may see an unfinished order may see what its buyer would get
        order, texts = unfinished.sudo().order_id, self.sudo()
        lang = self.env["recovery.renderer"]._known_lang(unfinished.lang, order.website_id)
        links = {order: self.env["unfinished.order.link"]._make_url(order)}
        to_buyer = {"address": unfinished.phone, "website_id": order.website_id.id}
        message = texts.env["recovery.message"].new(to_buyer)
        ways_out = {order: self.env["recovery.optout"]._make_stop_url(message)}
        filled = texts._render(text, order, lang, links, ways_out, {order: line})
        return self.env["recovery.message.words"]._as_lines(filled[order]["text"])
