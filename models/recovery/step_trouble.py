import hashlib
from itertools import pairwise
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import ormcache

from ...drivers.base import MAIL
from ...tools import schedule

# Whatever of a template decides whether it can be rendered.
TRIED_FIELDS = (
    *("model", "subject", "body_html", "email_from", "reply_to", "email_layout_xmlid"),
    *("report_template_ids", "attachment_ids"),
)


class Trouble(NamedTuple):
    """Why a step would fail."""

    step: models.BaseModel
    text: str
    record: models.BaseModel  # which has to be changed


class TrialError(Exception):
    """Ends a trial that went well, so that nothing of it is kept."""


class RecoveryStep(models.Model):
    """What keeps a step from being sent to anybody, found before the first message fails.

    The engine's own methods are asked, so that what is found is what would happen.
    """

    _inherit = "recovery.step"

    def _troubles(self):
        """Return what keeps these steps from being sent.

        :rtype: list[Trouble]
        """
        # sudo: who looks at the steps may have no right to carts, templates and channels
        found = (step.sudo()._trouble() for step in self)
        return [trouble for trouble in found if trouble]

    def _trouble(self):
        """Return what keeps this step from being sent, None when nothing does.

        :rtype: Trouble | None
        """
        self.ensure_one()
        if text := self.channel_id._trouble():
            return Trouble(self, text, self.channel_id)
        if text := self._order_trouble() or self._website_trouble():
            return Trouble(self, text, self.campaign_id)
        for way in self._ways():
            if way != self and (text := way.channel_id._trouble()):
                return Trouble(self, text, way.channel_id)
            if text := way._words_trouble():
                return Trouble(self, text, way.mail_template_id or self.campaign_id)
        return None

    def _order_trouble(self):
        """Say why this step never has its turn: steps of earlier versions may be in any order."""
        for above, step in pairwise(self.campaign_id._steps_in_order()):
            if step == self:
                return self._wrong_order_text(above)
        return ""

    def _website_trouble(self):
        """Say which setting of the website makes this step come too late, whatever the cart."""
        website, timing = self.campaign_id.website_id, self._timing()
        steps = self.campaign_id._steps_in_order()
        following = next((step for above, step in pairwise(steps) if above == self), None)
        if following and following._wrong_order_text(self):
            following = None  # which has a trouble of its own
        idle_hours, days = self.campaign_id._idle_hours(), website._link_days()
        if schedule.has_no_turn(timing, following and following._timing(), idle_hours):
            return self.env._(
                "It is too late by then: a cart of %(website)s is unfinished after %(hours)s hours."
                " Make “Unfinished After” shorter in the settings, or let it leave later.",
                website=website.name,
                hours=round(idle_hours, 2),
            )
        if schedule.earliest_hours(timing) >= days * 24:
            return self.env._(
                "The cart is closed by then: links of %(website)s are valid for %(days)s days. Make"
                " “Recovery Link Valid For” longer in the settings, or let it leave earlier.",
                website=website.name,
                days=days,
            )
        return ""


class RecoveryStepWords(models.AbstractModel):
    """What keeps the words of a step, or of another of its ways, from being sent."""

    _inherit = "recovery.step.words"

    def _words_trouble(self):
        """Say why the words could not be sent, "" when they can."""
        is_mail = self._content() == MAIL
        server = is_mail and self.mail_template_id.mail_server_id
        if server and not server.active:
            return self.env._(
                "The mail server “%(server)s” of its template is archived.", server=server.name
            )
        try:
            self._try()
        except Exception as error:  # noqa: BLE001  (whatever it is, the engine would meet it)
            # What follows says where in Odoo's source it broke.
            return " ".join(str(error).split("\n")[:2]) or repr(error)
        return ""

    # === Trying ===#

    def _try(self):
        """Make this reminder for the website's latest cart, in each language of a buyer.

        :raise RenderingError: as `_render`, and as `recovery.channel._ensure_sender`
        """
        for lang, _name in self.env["res.lang"].get_installed():
            self._try_once(self.id, lang, self._digest_of_words(lang))
        cart = self._sample_cart()
        if cart and self._content() == MAIL:
            template = self.mail_template_id
            sender = template._render_field("email_from", cart.ids)[cart.id]
            sender = sender or self.env["recovery.renderer"]._default_sender(cart)
            self.channel_id._ensure_sender(sender, cart.company_id)

    def _digest_of_words(self, lang):
        """Return what is another one when anything of the template is changed."""
        words = self.with_context(lang=lang)
        template, parameters = words.mail_template_id, words.parameter_ids
        values = [template[name] for name in TRIED_FIELDS]
        values += [words._content(), words.text, words.template_name]
        values += [value for parameter in parameters for value in (parameter.name, parameter.value)]
        text = repr([getattr(value, "ids", value) for value in values])
        return hashlib.sha256(text.encode()).hexdigest()

    # The cache of QWeb: forgotten when one of the views is changed that templates call. What
    # raises is not remembered, so that somebody who mends it sees it at once.
    @api.model
    @ormcache("words_id", "lang", "digest", cache="templates")
    def _try_once(self, words_id, lang, digest):
        """Render words in one language; only once for as long as they stay the same.

        :param str digest: of the words
        """
        words = self.browse(words_id)
        cart = words._sample_cart()
        link = self.env["unfinished.order.link"]._make_url(cart) if cart else ""
        self.env.flush_all()
        try:
            # Not the savepoint that also forgets the cache: in a form, that is what was entered.
            with self.env.cr.savepoint(flush=False):
                words._render(cart, lang, {cart: link})
                raise TrialError
        except TrialError:
            self.env["ir.attachment"].invalidate_model(flush=False)
        return True

    def _sample_cart(self):
        """Return the latest cart of the website, none in a shop that has had none yet."""
        website = self._website()
        if left := self._step()._latest_left(website):
            return left.order_id
        filled = [("website_id", "=", website.id), ("order_line", "!=", False)]
        return self.env["sale.order"].search(filled, order="id desc", limit=1)


class RecoveryCampaign(models.Model):
    _inherit = "recovery.campaign"

    trouble = fields.Text(compute="_compute_trouble")

    @api.depends_context("uid")
    def _compute_trouble(self):
        """Say which steps would fail, and why."""
        for campaign in self:
            lines = [
                self.env._("“%(step)s”: %(why)s", step=step.display_name, why=text)
                for step, text, _record in campaign._origin.step_ids._troubles()
            ]
            if campaign.is_running and not campaign._origin.step_ids:
                lines.append(self.env._("No step is switched on: nobody is reminded."))
            campaign.trouble = "\n".join(lines)
