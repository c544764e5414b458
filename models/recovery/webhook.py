import hmac
import logging
import secrets

from odoo import api, fields, models

from ...drivers.base import Incoming

_logger = logging.getLogger(__name__)

PATH = "/recovery/webhook"


class RecoveryWebhook(models.AbstractModel):
    """Lets what providers report reach the messages that it is about.

    Each channel has an address of its own, which nobody else can guess. It begins with the
    channel's number, so that its secret part is compared and never searched for.
    """

    _name = "recovery.webhook"
    _description = "Reports of Providers"

    @api.model
    def _take(self, token, **parts):
        """Verify and note what has come for a channel.

        :param str token: of the address to which it has come
        :param parts: values of an `Incoming`
        :return: the status of HTTP to answer with
        :rtype: int
        """
        channel = self._channel_of(token)
        if not channel or channel.driver not in self.env:
            return 404
        driver, account, incoming = channel._driver(), channel._account(), Incoming(**parts)
        if not driver._verify(account, incoming):
            _logger.warning("What came for the channel %s is not of its provider", channel.id)
            return 403
        try:
            reports = driver._parse(account, incoming)
        except ValueError:
            # Not its words: anybody may have written them.
            _logger.warning("What came for the channel %s is no report", channel.id)
            return 400
        # sudo: a provider is no user
        self.env["recovery.report"].sudo()._apply(reports, channel)
        return 200

    @api.model
    def _channel_of(self, token):
        """Return the channel with this address, also an archived one: what it sent still counts."""
        # sudo: a provider is no user
        channels = self.env["recovery.channel"].sudo()
        number = token.partition("-")[0]
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            return channels
        channel = channels.browse(int(number)).exists()
        known = (channel.webhook_token or "").encode()
        return channel if known and hmac.compare_digest(known, token.encode()) else channels

    @api.model
    def _make_tokens(self, channels):
        """Give an address to channels whose providers report, and take it from the others."""
        for channel in channels:
            reports = channel.driver in self.env and channel._driver()._has_reports
            secret = f"{channel.id}-{secrets.token_urlsafe(24)}"
            channel.webhook_token = (channel.webhook_token or secret) if reports else False

    @api.model
    def _url_of(self, channel):
        """Return where the provider of a channel reports, "" where it does not."""
        if not channel.webhook_token:
            return ""
        return f"{channel.get_base_url()}{PATH}/{channel.webhook_token}"


class RecoveryChannel(models.Model):
    _inherit = "recovery.channel"

    webhook_token = fields.Char(
        readonly=True, copy=False, exportable=False, groups="base.group_system"
    )
