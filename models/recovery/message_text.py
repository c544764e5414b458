from odoo import api, fields, models
from odoo.tools import SQL


class RecoveryMessage(models.Model):
    """What a message says: while it waits in a driver's queue, the text is there and only there.

    A text has ten thousand letters. Writing each of them twice for hundreds of messages takes
    longer than everything else that the database has to do for them.
    """

    _inherit = "recovery.message"

    personal_line = fields.Text(
        readonly=True, help="What somebody has added who sent this by hand."
    )
    text = fields.Html(compute="_compute_text", sanitize=False)

    @api.depends("body", "provider_ref", "address")
    def _compute_text(self):
        texts = self._texts()
        for message in self:
            message.text = texts[message]

    def _texts(self):
        """Return what each message says, False for those that say nothing, or nothing any more.

        :rtype: dict[recovery.message, str | bool]
        """
        self.fetch(["body"])  # of these and no others
        # A person who was erased has no address here.
        queued = self.filtered(lambda message: message.address and not message.body)
        texts = dict(queued._read_queued_texts())
        return {message: message.body or texts.get(message.provider_ref, False) for message in self}

    def _read_queued_texts(self):
        """Return the reference of each of these messages that waits in a queue, and its text."""
        if not (refs := self._refs()):
            return []
        query = "SELECT ref, text FROM (%s) queued WHERE ref = ANY(%s)"
        queries = [SQL(query, texts, refs) for texts in self._queues()]
        return [row for query in queries for row in self.env.execute_query(query)]

    def _keep_texts(self):
        """Copy what these messages say from the queue, from where it goes when they have left.

        The text of an erased message stays erased.
        """
        if not self:
            return
        self.flush_recordset(["address", "body", "provider_ref"])
        for texts in self._queues():
            self.env.cr.execute(
                SQL(
                    """UPDATE recovery_message SET body = queued.text
                         FROM (%s) queued
                        WHERE recovery_message.id = ANY(%s)
                          AND recovery_message.address IS NOT NULL
                          AND recovery_message.body IS NULL
                          AND queued.ref = recovery_message.provider_ref""",
                    texts,
                    self.ids,
                )
            )
        self.invalidate_recordset(["body"], flush=False)

    @api.model
    def _queues(self):
        """Return the queries for the texts in the queues of all drivers that keep some."""
        texts = (driver._queued_texts() for driver in self.env["recovery.channel"]._drivers())
        return [query for query in texts if query]
