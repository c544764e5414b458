import re
from contextlib import contextmanager
from uuid import uuid4

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...drivers.base import REFUSED, Envelope
from ...tools.one_line import one_line
from ..words.renderer import HEADER_LENGTH, RenderingError

BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)
SAMPLE_PRODUCTS = 2
NOTE = Markup(
    '<div style="padding:12px 16px;background-color:#FFF3CD;color:#332701;'
    'font-family:sans-serif;font-size:14px">%s</div>'
)


class RecoveryStep(models.Model):
    """A step's mail for those who write it: as a picture, and sent to themselves.

    It shows the latest cart that the reader may see, else a sample. Its links lead to the shop's
    own cart page: they restore nobody's cart and stop nobody's reminders. No message is made, so
    that it counts in no figure and uses up nobody's day.
    """

    _inherit = "recovery.step"

    def action_send_test(self):
        """Send this step's mail to the user who asks for it, and to nobody else."""
        self.ensure_one()
        self.check_access("read")
        self._ensure_can_be_tried()
        address = self._trial_address()
        try:
            mail = self._render_trial(self.mail_template_id)
        except RenderingError as error:
            raise UserError(str(error)) from error
        mail["subject"] = self.env._("Test: %(subject)s", subject=mail["subject"])
        self._hand_over_trial(mail, address)
        return self._say_handed_over(address)

    def _ensure_can_be_tried(self):
        """Refuse what nobody could send to themselves."""
        if not self.channel_id._is_email():
            raise UserError(self.env._("Only e-mails can be tried out: this is another channel."))

    @api.model
    def _trial_address(self):
        """Return where the user gets tests, and nobody else."""
        address = self.env.user.email_normalized
        if not address:
            raise UserError(
                self.env._("You have no e-mail address: enter one in your preferences first.")
            )
        return address

    def _hand_over_trial(self, mail, address):
        """Send a mail of this step, marked as a test.

        :param dict mail: values of an `Envelope`
        :param str address: of the user who asks for it
        """
        mail = {**mail, "html": self._mark_as_test(mail["html"]), "is_trial": True}
        envelope = Envelope(key=uuid4().hex, to=address, **mail)
        # sudo: credentials are readable by administrators only, and the queue is the system's
        channel = self.channel_id.sudo()
        (receipt,) = channel._driver()._send(channel._account(), [envelope])
        if receipt.status == REFUSED:
            raise UserError(receipt.detail)
        channel._wake()

    def _say_handed_over(self, address):
        text = self.env._(
            "A test of “%(step)s” has been handed to %(channel)s for %(address)s.",
            step=self.display_name,
            channel=self.channel_id.name,
            address=address,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": text},
        }

    def _mark_as_test(self, html):
        """Say at the top of a mail that it is a test, and which one."""
        text = self.env._(
            "This is a test of the reminder “%(step)s” of “%(campaign)s”. Nobody else got it, it"
            " counts in no figure, and its links lead to the shop's own cart.",
            step=self.display_name,
            campaign=self.campaign_id.name,
        )
        note, html = str(NOTE % text), str(html)
        if found := BODY.search(html):
            return html[: found.end()] + note + html[found.end() :]
        return note + html

    def _render_trial(self, template):
        """Return the mail that a buyer would get, as values of an `Envelope`; nothing is kept.

        :raise RenderingError: when there is no template, or when it breaks
        """
        with self._cart_to_show(self.campaign_id.website_id) as cart:
            return self._render_trial_of(cart, template)

    def _render_trial_of(self, cart, template):
        """Return the same about a cart that `_cart_to_show` has given."""
        if not template:
            raise RenderingError(self.env._("The step has no e-mail template."))
        website = self.campaign_id.website_id
        link = self.env["unfinished.order.link"]._base_url_of(website) + "/shop/cart"
        # sudo: who may see an unfinished order may see what its buyer would get
        renderer, template = self.env["recovery.renderer"].sudo(), template.sudo()
        # Else it would be that of the latest reminder of this cart.
        renderer._feed_links(cart, "cart_optout_url", {cart: link})
        subject, html = renderer._preview(template, cart, self.env.user.lang, website, link)
        names = ("email_from", "reply_to")
        sender, reply_to = (template._render_field(name, cart.ids)[cart.id] for name in names)
        return {
            "subject": subject,
            "html": html,
            "sender": one_line(sender or renderer._default_sender(cart), HEADER_LENGTH),
            "reply_to": one_line(reply_to, HEADER_LENGTH),
            "attachment_ids": tuple(template.attachment_ids.ids),
            "transport_id": template.mail_server_id.id or 0,
            "company_id": cart.company_id.id,
            "alias_domain_id": cart.company_id.alias_domain_id.id or 0,
        }

    @api.model
    def _latest_left(self, website):
        """Return what a customer of a website has left last, as far as the reader may see it."""
        customers = Domain("state", "=", "open") & Domain("made_by", "=", False)
        mine = Domain("website_id", "=", website.id) & Domain("order_id", "!=", False)
        return self.env["unfinished.order"].search(customers & mine, limit=1)

    @contextmanager
    def _cart_to_show(self, website, unfinished=None):
        """Yield the latest cart of a website that the user may see, else a sample.

        What is made or changed meanwhile is gone afterwards.

        :param unfinished.order unfinished: whose cart is shown instead, which the user may see
        """
        left = unfinished or self._latest_left(website)
        savepoint = self.env.cr.savepoint()
        try:
            # sudo: who may see an unfinished order may see what was in its cart
            yield left.sudo().order_id or self._make_sample(website)
        finally:
            savepoint.close(rollback=True)

    def _make_sample(self, website):
        """Make a cart of the user with some products of the shop."""
        shown = Domain(
            [("sale_ok", "=", True), ("is_published", "=", True), ("type", "=", "consu")]
        )
        shown &= Domain("company_id", "in", [False, website.company_id.id])
        shown &= Domain("website_id", "in", [False, website.id])
        # sudo: what the shop shows to everybody; a seller may have no right to make such a cart
        products = self.env["product.product"].sudo().search(shown, limit=SAMPLE_PRODUCTS)
        if not products:
            raise UserError(self.env._("There is no product in the shop to show the mail with."))
        orders = self.env["sale.order"].sudo().with_company(website.company_id)  # sudo: as above
        return orders.create(
            {
                "website_id": website.id,
                "company_id": website.company_id.id,
                "partner_id": self.env.user.partner_id.id,
                "order_line": [Command.create({"product_id": id_}) for id_ in products.ids],
            }
        )
