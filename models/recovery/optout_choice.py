from typing import NamedTuple

import psycopg2.errors

from odoo import api, fields, models


class Silence(NamedTuple):
    """What is not written any more, to whom a link belongs, at this moment."""

    all: bool  # the address is on core's list of those who get no advertising
    all_asked: bool  # and was put there through a link of ours
    cart: bool  # there are no reminders of this cart
    cart_asked: bool  # and that was asked for through a link of ours


class RecoveryOptout(models.AbstractModel):
    """What the holder of a link can choose: more silence, or the way back.

    Offered is what would change something now, whoever has changed it last, and in whatever
    browser. The way back is there for what was asked for through a link: who has got the mail could
    ask for it, and can take it back. What staff, or the law, has put on a list is not theirs.
    """

    _inherit = "recovery.optout"

    @api.model
    def _silence(self, message):
        """Return what is true now, of the address and the cart of the message.

        :param recovery.message message: in sudo
        :rtype: Silence
        """
        listed, cart = self._listed(message), self._own_cart(message)
        return Silence(
            all=bool(listed),
            all_asked=listed.asked_in_reminder,
            cart=bool(cart.stopped_at) or cart.consent == "declined",
            cart_asked=bool(cart.stopped_at) and cart.consent != "declined",
        )

    @api.model
    def _choices(self, message):
        """Return what may be chosen: what is so already is not offered.

        :rtype: tuple[str, ...]
        """
        silence, cart = self._silence(message), self._own_cart(message)
        has_more = cart.state == "open"  # reminders of it could come
        if silence.all:
            return ("resume_all",) if silence.all_asked else ()
        if not silence.cart:
            about_cart = ("cart",) if has_more else ()
        else:
            about_cart = ("resume_cart",) if has_more and silence.cart_asked else ()
        return (*about_cart, "all") if self._kind(message) else about_cart

    @api.model
    def _own_cart(self, message):
        """Return the unfinished order of the message, as long as it is that of its address."""
        unfinished = message.unfinished_id
        is_own = message.address and message.address in (unfinished.email, unfinished.phone)
        return unfinished if is_own else unfinished.browse()

    @api.model
    def _choose(self, message, choice):
        """Stop the reminders of the message's cart ("cart") or all advertising ("all"), or resume.

        :param recovery.message message: in sudo
        :return: whether this has changed anything
        :rtype: bool
        """
        if choice not in self._choices(message):
            return False
        do = {
            "cart": self._stop_cart,
            "all": self._stop_all,
            "resume_cart": self._resume_cart,
            "resume_all": self._resume_all,
        }
        return do[choice](message)

    @api.model
    def _stop_cart(self, message):
        message.unfinished_id.stopped_at = fields.Datetime.now()
        message.unfinished_id.message_ids._withdraw("stopped")
        return True

    @api.model
    def _stop_all(self, message):
        unsent = [("address", "=", message.address), ("state", "in", ("waiting", "sending"))]
        message.search(unsent)._withdraw("opted_out")
        return self._set_listed(message, True)

    @api.model
    def _resume_cart(self, message):
        message.unfinished_id.stopped_at = False
        self._plan_again(message, [("unfinished_id", "=", message.unfinished_id.id)], "stopped")
        return True

    @api.model
    def _resume_all(self, message):
        done = self._set_listed(message, False)
        self._plan_again(message, [("address", "=", message.address)], "opted_out")
        return done

    @api.model
    def _plan_again(self, messages, domain, reason):
        """Plan again what was withdrawn for a reason that does not hold any more."""
        withdrawn = messages.search([*domain, ("reason", "=", reason)])
        withdrawn.reason = "undone"
        unfinished = withdrawn.unfinished_id.filtered(lambda u: u.state == "open")
        unfinished._plan_next_reminders()

    # === Core's lists ===#

    @api.model
    def _blacklist(self, message):
        """Return core's list for this kind of address, and the name of its column."""
        # sudo: those lists belong to the system
        if self._kind(message) == "phone":
            return self.env["phone.blacklist"].sudo(), "number"
        return self.env["mail.blacklist"].sudo(), "email"

    @api.model
    def _listed(self, message):
        """Return the entry of the message's address on core's list, empty when it is not there."""
        blacklist, column = self._blacklist(message)
        return blacklist.search([(column, "=", message.address)], limit=1)

    @api.model
    def _set_listed(self, message, listed):
        """Put the message's address on core's list, or take it off.

        :return: whether it was done: not when somebody else did it at this very moment
        """
        blacklist, _column = self._blacklist(message)
        address = [message.address] if self._kind(message) == "phone" else message.address
        note = (
            self.env._("Asked for in a reminder of an unfinished order.")
            if listed
            else self.env._("Taken back by the person who had asked for it in a reminder.")
        )
        try:
            with self.env.cr.savepoint():
                (blacklist._add if listed else blacklist._remove)(address, message=note)
                if listed:
                    self._listed(message).asked_in_reminder = True
        except psycopg2.errors.UniqueViolation:
            return False
        return True
