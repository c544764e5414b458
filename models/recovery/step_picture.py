from odoo import api, models
from odoo.exceptions import UserError

from ...drivers.base import MAIL, TEXT, Envelope
from ...tools import text_parts
from ..words.renderer import RenderingError

# As long as any other in the short link of a text.
NUMBER = "+10000000000"


class RecoveryStep(models.Model):
    """What the words of a step look like, by any of its ways: for those who write them."""

    _inherit = "recovery.step"

    def get_mail_picture(self, template_id=None, way_id=None):
        """Return what to draw a step's words from.

        :param int template_id: another template, which has been chosen and not saved yet
        :param int way_id: another way of the step, whose words are shown instead
        :return: ``subject`` and ``html``, or ``text`` and ``size``; else an ``error`` in words
        :rtype: dict[str, str]
        """
        self.ensure_one()
        self.check_access("read")
        words = self.way_ids.filtered(lambda way: way.id == way_id) or self
        template = words.mail_template_id
        if template_id:
            template = self.env["mail.template"].browse(template_id).exists()
        try:
            with self._cart_to_show(self.campaign_id.website_id) as cart:
                if words._content() == MAIL:
                    return self._picture_of_mail(cart, template)
                return self._picture_of_words(cart, words)
        except (RenderingError, UserError) as error:
            return {"error": str(error).split("\n")[0]}

    def _picture_of_mail(self, cart, template):
        mail = self._render_trial_of(cart, template)
        return {"subject": mail["subject"], "html": mail["html"]}

    def _picture_of_words(self, cart, words):
        content = words._render_for_me(cart)
        if content["kind"] == TEXT:
            size = words._size(cart, content["lang"])
            return {"text": content["text"], "size": self._words_on_size(size)}
        envelope = Envelope(key="", to="", **content)
        shown = self.env["recovery.message.words"]._shown(envelope)
        return {"subject": content["template"], "html": shown}

    @api.model
    def _words_on_size(self, size):
        return self.env._(
            "Letters: %(letters)s. Charged as SMS: %(parts)s.",
            letters=size.letters,
            parts=size.parts,
        )


class RecoveryStepWords(models.AbstractModel):
    _inherit = "recovery.step.words"

    def _render_for_me(self, cart):
        """Return the text that a buyer would get, as values of an `Envelope`.

        Its links lead to the shop's own cart page, as those of a mail that is tried do.

        :raise RenderingError: when there is none
        """
        website = self._website()
        link = self.env["unfinished.order.link"]._base_url_of(website) + "/shop/cart"
        # sudo: who may see an unfinished order may see what its buyer would get
        words, lang = self.sudo(), self.env.user.lang
        return words._render(cart, lang, {cart: link}, {cart: link})[cart]

    def _count_parts(self, cart, lang):
        """Return as how many messages these words are charged, 1 where nobody counts letters."""
        if self._content() != TEXT:
            return 1
        try:
            return self._size(cart, lang).parts
        except RenderingError:  # said where it can be mended
            return 1

    def _size(self, cart, lang):
        """Return how long the text about a cart is, with links as long as a buyer's.

        :rtype: text_parts.Size
        """
        words = self.sudo()  # sudo: as above
        to_buyer = {"address": NUMBER, "website_id": self._website().id}
        message = words.env["recovery.message"].new(to_buyer)
        links = {cart: words.env["unfinished.order.link"]._make_url(cart, cart.id)}
        ways_out = {cart: words.env["recovery.optout"]._make_stop_url(message)}
        filled = words._render(cart, lang, links, ways_out)
        return text_parts.measure(filled[cart]["text"])
