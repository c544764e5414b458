from odoo import models


class RecoveryStep(models.Model):
    """Through which channels steps leave: whoever asks about all channels of a step asks here."""

    _inherit = "recovery.step"

    def _channels(self):
        """Return the channels of all ways of these steps, those of the first step first."""
        ways = (way for step in self for way in step._ways())
        return self.env["recovery.channel"].union(*(way.channel_id for way in ways))

    def _ways_by_channel(self):
        """Return the ways of these steps by the channel that they leave through.

        :rtype: dict[recovery.channel, list[recovery.step.words]]
        """
        ways = [way for step in self for way in step._ways()]
        return {
            channel: [way for way in ways if way.channel_id == channel]
            for channel in self._channels()
        }
