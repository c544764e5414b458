from odoo import models


class RecoveryMessage(models.Model):
    """Messages in the queues of their drivers.

    All drivers are asked, not only those of the channels: a channel may have got another driver
    since, as in a copy of the database that must not write to anybody.
    """

    _inherit = "recovery.message"

    def _refs(self):
        """Return by which references the drivers know these messages."""
        return [ref for ref in self.mapped("provider_ref") if ref]

    def _take_back(self):
        """Take these messages out of the queues, except those that have left or are leaving.

        :return: those that were taken back, and those that have left or are leaving
        :rtype: tuple[recovery.message, recovery.message]
        """
        taken, leaving = set(), set()
        if refs := self._refs():
            for driver in self.env["recovery.channel"]._drivers():
                taken_here, leaving_here = driver._take_back(refs)
                taken |= taken_here
                leaving |= leaving_here
        return (
            self.filtered(lambda message: message.provider_ref in taken),
            self.filtered(lambda message: message.provider_ref in leaving),
        )

    def _clear_queues(self):
        """Delete what the queues still hold of these messages."""
        if refs := self._refs():
            for driver in self.env["recovery.channel"]._drivers():
                driver._forget(refs)
