import re

from odoo import models
from odoo.tools.translate import LazyTranslate

from ..base import QUEUED, TEXT, Receipt

_lt = LazyTranslate(__name__)

WAITING = "outgoing"
# By these, Odoo's route for reports knows a text; so no reference of another driver costs a query.
UUID = re.compile(r"[0-9a-f]{32}")


class RecoveryDriverSms(models.AbstractModel):
    """Puts texts into Odoo's own queue, which hands them to the gateway of their company.

    That is Odoo's own gateway, Twilio, or whatever an addon has added there.
    """

    _name = "recovery.driver.sms"
    _inherit = "recovery.driver"
    _description = "SMS through Odoo's gateways"

    _title = _lt("SMS")
    _address = "phone"
    _kind = "sms"
    _contents = (TEXT,)
    _terms = (
        _lt("Your gateway charges for each part of a text: 160 letters, or 70 with accents."),
        _lt("Every text ends with a short link by which the buyer stops them."),
    )
    _queue = ("sms.sms", [("reminder_company_id", "!=", False), ("to_delete", "=", False)])

    def _send(self, account, envelopes):
        values = [self._prepare_sms_vals(envelope) for envelope in envelopes]
        # sudo: the queue of outgoing SMS belongs to the system
        self.env["sms.sms"].sudo().create(values)
        # Without one, Odoo takes no report of the gateway.
        trackers = self.env["sms.tracker"].sudo()
        trackers.create([{"sms_uuid": vals["uuid"], "is_reminder": True} for vals in values])
        return [Receipt(envelope.key, QUEUED, ref=envelope.key) for envelope in envelopes]

    def _prepare_sms_vals(self, envelope):
        company_id = envelope.company_id or self.env.company.id
        vals = {
            "uuid": envelope.key,
            "number": envelope.to,
            "body": envelope.text,
            "reminder_company_id": company_id,
        }
        if "record_company_id" in self.env["sms.sms"]:  # Twilio's addon asks this one
            vals["record_company_id"] = company_id
        return vals

    # === What waits ===#

    def _wake(self):
        self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()

    def _take_back(self, refs):
        texts = self._texts(refs)
        waiting = texts.filtered(lambda sms: sms.state == WAITING).try_lock_for_update()
        taken, leaving = (set(each.mapped("uuid")) for each in (waiting, texts - waiting))
        self._clear(waiting)
        return taken, leaving

    def _forget(self, refs):
        self._clear(self._texts(refs).try_lock_for_update())

    def _clear(self, texts):
        """Let nothing be left that could leave or be read; Odoo deletes the rows every day.

        Deleting them here would be reported as if somebody had removed them from the queue.
        """
        texts.write({"state": "canceled", "to_delete": True, "number": False, "body": False})

    def _texts(self, refs):
        """Return the SMS with these references that have not left for good."""
        # sudo: the queue of outgoing SMS belongs to the system
        texts = self.env["sms.sms"].sudo()
        uuids = [ref for ref in refs if UUID.fullmatch(ref)]
        ours = [("uuid", "in", uuids), ("reminder_company_id", "!=", False)]
        return texts.search(ours) if uuids else texts
