from odoo import models

from ...orm.rows import update_rows
from ...tools.contact import Buyer, customer_key, is_same_person


def buyer_vals(buyer, lang, tz):
    """Return what an unfinished order keeps of a buyer.

    :param Buyer buyer: of the cart, as it knows them now
    :param str lang: code of their language, or None
    :param str tz: name of their time zone, or None
    """
    return {
        "partner_id": buyer.partner_id or False,
        "customer_name": buyer.name or buyer.email or buyer.phone,
        "email": buyer.email,
        "phone": buyer.phone,
        "customer_key": customer_key(buyer.email, buyer.phone, buyer.partner_id),
        "lang": lang or False,
        "tz": tz or False,
    }


def _is_known(unfinished, vals):
    """Tell whether all of `vals` are written there already; "" and False are the same."""
    known = {name: unfinished[name] or False for name in vals}
    known["partner_id"] = unfinished.partner_id.id
    return known == {name: value or False for name, value in vals.items()}


class UnfinishedOrder(models.Model):
    """The buyer of an unfinished order: while it is open, that is the buyer of its cart now."""

    _inherit = "unfinished.order"

    def _follow_buyers(self):
        """Let those of these that are open know their buyers of this moment, in two statements.

        Who was erased stays so: then there is no key, not even an empty one.

        :return: those that had known others
        """
        still_open = self.filtered(lambda u: u.state == "open" and u.customer_key is not False)
        buyers = self.env["unfinished.order.snapshot"]._read_buyers(still_open.order_id)
        changed = {}
        for unfinished in still_open:
            vals = buyers.get(unfinished.order_id.id)
            if vals and not _is_known(unfinished, vals):
                changed[unfinished] = vals
        followed = self.browse(unfinished.id for unfinished in changed)
        if followed:
            followed._note_buyers(changed)
        return followed

    def _note_buyers(self, vals_of):
        """Know other buyers from now on; who minds that extends this.

        :param dict vals_of: what is to be known of each of them, see `buyer_vals`
        """
        update_rows(self, [vals_of[unfinished] for unfinished in self])

    def _follow_unless_held(self):
        """Follow the buyers of these at once, except where somebody else is at work on them.

        Those are seen to before their next message: the sender asks for the buyer again.
        """
        self.try_lock_for_update(allow_referencing=True)._follow_buyers()

    def _buyer(self):
        """Return the buyer as they are known here.

        :rtype: Buyer
        """
        self.ensure_one()
        return Buyer(self.email or "", self.phone or "", self.partner_id.id or 0)

    def _is_same_buyer(self, order):
        """Tell whether the buyer of `order` is known to be the one who left this cart."""
        self.ensure_one()
        return is_same_person(self._buyer(), order._buyer())
