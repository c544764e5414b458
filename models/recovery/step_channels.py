from odoo import models


class RecoveryStep(models.Model):
    """Through which channels steps leave: whoever asks about all channels of a step asks here."""

    _inherit = "recovery.step"

    def _channels(self):
        """Return the channels of these steps, those of the first step first."""
        return self.channel_id

    def _steps_by_channel(self):
        """Return which of these steps leave through each of their channels.

        :rtype: dict[recovery.channel, recovery.step]
        """
        return {
            channel: self.filtered(lambda step, c=channel: c in step._channels())
            for channel in self._channels()
        }
